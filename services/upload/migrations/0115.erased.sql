-- depends: 0114.bounced
-- Of people who were forgotten: how many rows of a batch are blank since, and which of its files were deleted.
ALTER TABLE batches ADD COLUMN erased jsonb;
