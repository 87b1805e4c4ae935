-- depends: 0101.licensing 0005.row-security
-- See shared/postgres/row_security.py. Without it: `addresses`, which says across companies whose an address is, and `invitations`, by
-- which a link is found before it is known whose it is.
ALTER TABLE companies ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON companies
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON users
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON deliveries
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
