-- depends: 0101.row-security
-- Who was ever deactivated in which company, and whether they still are, as licensing has said it last (by its sequence):
-- an Inactive user may nothing, whatever their token says. Who was reactivated stays, so that what is heard again, or
-- late, changes nothing.
CREATE TABLE standing (
    user_id     uuid    PRIMARY KEY,
    company_id  uuid    NOT NULL,
    email_key   text    NOT NULL,
    inactive    boolean NOT NULL,
    sequence    bigint  NOT NULL
);
CREATE INDEX standing_by_email ON standing (company_id, email_key) WHERE inactive;
ALTER TABLE standing ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON standing
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
