-- depends: 0112.tidied
-- Batches that wait for licenses that were asked for, until they are there or the wait is over.
CREATE TABLE seat_waits (
    request_id      uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    batch_id        uuid        NOT NULL
);
CREATE INDEX seat_waits_by_company ON seat_waits (company_id);
ALTER TABLE seat_waits ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON seat_waits
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- Licenses and methodology seats, purchased and occupied, as licensing said them last.
CREATE TABLE seat_counts (
    company_id      uuid        PRIMARY KEY,
    purchased       integer     NOT NULL DEFAULT 0,
    occupied        integer     NOT NULL DEFAULT 0,
    pools_purchased jsonb       NOT NULL DEFAULT '{}',
    pools_occupied  jsonb       NOT NULL DEFAULT '{}',
    sequence        bigint      NOT NULL
);
ALTER TABLE seat_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON seat_counts
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
