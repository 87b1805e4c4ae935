-- depends: 0101.licensing
-- When which address was sent an invitation, whoever it came from: an address is not sent too many. `again`: it was not the
-- first of its kind. Of links that are older than this migration only the present ones are known.
ALTER TABLE invitations
    ADD COLUMN email_key text,
    ADD COLUMN issued_at timestamptz,
    ADD COLUMN again     boolean NOT NULL DEFAULT false;
UPDATE invitations i SET email_key = u.email_key, issued_at = u.issued_at, again = u.resent_at IS NOT NULL
FROM users u WHERE u.invitation_id = i.invitation_id;
CREATE INDEX invitations_by_address ON invitations (email_key, issued_at);
