-- depends: 0006.permissions
-- Whether who does not answer is reminded: as the company has it, and as was chosen for a batch (null: as the company).
ALTER TABLE companies ADD COLUMN reminders boolean NOT NULL DEFAULT false;
ALTER TABLE batch_progress ADD COLUMN reminders boolean;

-- Invitations that were sent and not answered, while there may be a reminder of them (read_models/reminders).
CREATE TABLE reminders (
    mail_id     uuid        PRIMARY KEY,
    company_id  uuid        NOT NULL,
    user_id     uuid        NOT NULL,
    batch_id    uuid,
    sent_at     timestamptz NOT NULL,
    due_at      timestamptz NOT NULL
);
CREATE INDEX reminders_due ON reminders (due_at);
CREATE INDEX reminders_by_user ON reminders (user_id);
ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON reminders
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- When an address was reminded last, by whichever company: the log alone tells.
CREATE INDEX events_of_reminders ON events ((data ->> 'email_key')) WHERE type = 'mail-invitation-reminded.v1';
