-- depends: 0103.row-security
-- Who is to be forgotten, and what each service has said of it. `company_id` is the nil UUID where it is in every company;
-- neither names nor addresses stand here.
CREATE TABLE erasures (
    erasure_id       uuid        PRIMARY KEY,
    company_id       uuid        NOT NULL,
    user_ids         uuid[]      NOT NULL,
    address_digests  text[]      NOT NULL,
    reason           text        NOT NULL,
    asked_by         jsonb,
    asked_at         timestamptz NOT NULL,
    done_at          timestamptz,
    places           jsonb
);
CREATE INDEX erasures_by_company ON erasures (company_id, erasure_id DESC);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON erasures
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- The same of the other services, as they tell it.
CREATE TABLE erasure_reports (
    erasure_id       uuid        NOT NULL,
    service          text        NOT NULL,
    company_id       uuid        NOT NULL,
    done_at          timestamptz NOT NULL,
    places           jsonb       NOT NULL,
    PRIMARY KEY (erasure_id, service)
);
ALTER TABLE erasure_reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON erasure_reports
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
