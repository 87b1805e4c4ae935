-- depends: 0110.approval
-- Of a batch: what the sheet's columns are, as the last check found them, and what admins have said of them.
ALTER TABLE batches
    ADD COLUMN columns_ref text,
    ADD COLUMN mapping_ref text;
