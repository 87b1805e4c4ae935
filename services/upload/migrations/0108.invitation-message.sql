-- depends: 0001.batches
-- What the admin who confirmed a batch chose for its invitations: a sentence of their own, and whether who does not answer is
-- reminded (null: as the company has it).
ALTER TABLE batches
    ADD COLUMN message text,
    ADD COLUMN reminders boolean;
