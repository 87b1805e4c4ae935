-- depends: 0111.columns
-- What the list leaves out: an admin has tidied it away.
ALTER TABLE batches ADD COLUMN tidied boolean NOT NULL DEFAULT false;

-- What waits for an admin, counted on every page.
CREATE INDEX batches_waiting ON batches (company_id)
    WHERE status IN ('needs_correction', 'ready_for_review', 'awaiting_approval') AND NOT tidied;
