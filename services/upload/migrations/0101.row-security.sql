-- depends: 0001.batches 0005.row-security
-- See shared/postgres/row_security.py. Without it: `web_sessions`, in which a session is found before it is known whose it is.
ALTER TABLE batches ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON batches
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON deliveries
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
ALTER TABLE companies ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON companies
    USING ((SELECT usher_everybody()) OR id = (SELECT usher_company()));
