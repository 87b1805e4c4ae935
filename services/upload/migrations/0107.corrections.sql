-- depends: 0001.batches
-- Of the draft in which a batch is corrected: how many cells, and how many rows are left out. Of a batch that was made of
-- one: the corrections, and the workbook of the rows that they left out.
ALTER TABLE batches
    ADD COLUMN corrections integer NOT NULL DEFAULT 0,
    ADD COLUMN left_out integer NOT NULL DEFAULT 0,
    ADD COLUMN corrections_ref text,
    ADD COLUMN left_out_ref text;
