-- depends: 0108.access
-- What companies' admins have asked the billing side for, and what it answered.
CREATE TABLE seat_requests (
    request_id      uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    state           text        NOT NULL,
    licenses        integer     NOT NULL,
    methodologies   jsonb       NOT NULL,
    note            text,
    batch_id        uuid,
    asked_by        jsonb       NOT NULL,
    asked_at        timestamptz NOT NULL,
    answered_at     timestamptz,
    comment         text
);
CREATE INDEX seat_requests_by_company ON seat_requests (company_id, request_id DESC);
ALTER TABLE seat_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON seat_requests
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- Which batches there are: a request may name one.
CREATE TABLE known_batches (
    batch_id        uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL
);
ALTER TABLE known_batches ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON known_batches
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- Who may authorize purchases: a few among many.
CREATE INDEX users_purchasing ON users (company_id) WHERE permissions ? 'authorize_purchases';
