-- depends: 0109.undo
-- What became of the last request for an approval of a batch. `approval_until`: when it goes back by itself.
ALTER TABLE batches
    ADD COLUMN approval_asked_by jsonb,
    ADD COLUMN approval_asked_at timestamptz,
    ADD COLUMN approval_until timestamptz,
    ADD COLUMN approval_decided_by jsonb,
    ADD COLUMN approval_decided_at timestamptz,
    ADD COLUMN approval_decision text,
    ADD COLUMN approval_comment text;

-- What goes back by itself, the oldest first.
CREATE INDEX batches_awaiting ON batches (approval_until) WHERE status = 'awaiting_approval';

DROP INDEX batches_open;
CREATE INDEX batches_open ON batches (uploaded_at)
    WHERE status IN ('validating', 'needs_correction', 'ready_for_review', 'awaiting_approval');

-- Who has come with the permission to invite and change users, as their token said it last: whom a request for an
-- approval can be sent to. Who has not come for long is forgotten.
CREATE TABLE known_admins (
    company_id  uuid        NOT NULL,
    issuer      text        NOT NULL,
    subject     text        NOT NULL,
    email       text        NOT NULL,
    email_key   text        NOT NULL,
    name        text        NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (company_id, issuer, subject)
);
CREATE INDEX known_admins_by_time ON known_admins (seen_at);
ALTER TABLE known_admins ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON known_admins
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
