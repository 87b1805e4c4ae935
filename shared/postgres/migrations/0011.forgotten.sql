-- depends: 0005.row-security
-- Who is forgotten here (shared/erasure/forgotten.py): what Kafka still has of them is read without them. No address stands in it.
CREATE TABLE forgotten (
    erasure_id      uuid        NOT NULL PRIMARY KEY,
    company_id      uuid        NOT NULL, -- the nil UUID: in all companies
    user_ids        uuid[]      NOT NULL,
    address_digests text[]      NOT NULL,
    erased_at       timestamptz NOT NULL
);
ALTER TABLE forgotten ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON forgotten
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
