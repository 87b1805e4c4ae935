-- depends: 0108.invitation-message
-- An undo is a batch without a file: the batch that it undoes.
ALTER TABLE batches
    ADD COLUMN undoes uuid,
    ALTER COLUMN file_size DROP NOT NULL,
    ALTER COLUMN sha256 DROP NOT NULL,
    ALTER COLUMN original_ref DROP NOT NULL;
-- Whether a batch was undone.
CREATE INDEX batches_undoing ON batches (undoes) WHERE undoes IS NOT NULL;
