-- depends: 0101.row-security
-- Which columns of My Team somebody wants to see, in which order: theirs, whatever browser they use.
CREATE TABLE web_columns (
    company_id  uuid    NOT NULL,
    subject     text    NOT NULL,
    columns     text[]  NOT NULL,
    PRIMARY KEY (company_id, subject)
);
ALTER TABLE web_columns ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON web_columns
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
