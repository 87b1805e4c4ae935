-- depends: 0001.batches
-- Uploads under way, of all replicas, each under a lease (shared/postgres/leased_slots.py).
CREATE TABLE places (
    id              uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    until           timestamptz NOT NULL
);
CREATE INDEX places_by_company ON places (company_id);

-- How many files of a company wait to be judged.
CREATE INDEX batches_validating ON batches (company_id) WHERE status = 'validating';
