-- depends: 0108.access
-- Beside the ledger's head the pools': the version of their stream, and by methodology how many seats are reserved and
-- consumed. On the company's row, so that seats stay one consistent reading, and whoever counts them waits for one lock.
ALTER TABLE companies
    ADD pools_version integer NOT NULL DEFAULT 0,
    ADD pools         jsonb   NOT NULL DEFAULT '{}';
