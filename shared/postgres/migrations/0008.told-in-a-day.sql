-- depends: 0005.row-security
-- What a company was told today that is rationed, by the hash of what it was about (shared/http/daily_quota.py). Of days before
-- nothing is kept.
CREATE TABLE told_in_a_day (
    company_id  uuid    NOT NULL,
    day         date    NOT NULL,
    about       bytea   NOT NULL,
    PRIMARY KEY (company_id, day, about)
);
ALTER TABLE told_in_a_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON told_in_a_day
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
