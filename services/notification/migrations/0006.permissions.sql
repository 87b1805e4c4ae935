-- depends: 0005.webhooks
-- What was granted to users in which company, as licensing has said it last (by its sequence): whom nothing was ever
-- granted has no row. Who is not Active may nothing of it.
CREATE TABLE permissions (
    user_id     uuid    PRIMARY KEY,
    company_id  uuid    NOT NULL,
    email_key   text    NOT NULL,
    active      boolean NOT NULL,
    permissions text[]  NOT NULL,
    sequence    bigint  NOT NULL
);
CREATE INDEX permissions_by_email ON permissions (company_id, email_key);
ALTER TABLE permissions ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON permissions
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
