-- depends: 0001.event-log 0002.inbox
-- The second wall behind the queries (shared/postgres/row_security.py): a session shows the rows of the company that it is set to. The
-- tables' owner is not subject to it: migrations, rebuilds and restores see everything.
CREATE FUNCTION usher_company() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('usher.company_id', true) ~ '^[0-9a-f-]{36}$'
                THEN current_setting('usher.company_id', true)::uuid END
$$;
CREATE FUNCTION usher_everybody() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('usher.company_id', true) IS NOT DISTINCT FROM '*'
$$;

-- Sub-selects, so that each is asked once a statement and not once a row.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON events
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON idempotency
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
