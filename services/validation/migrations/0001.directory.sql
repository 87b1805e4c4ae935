-- What validation knows of each company and its people, fed by usher.licenses.v1 and usher.users.v1.
CREATE TABLE companies (
    company_id      uuid        PRIMARY KEY,
    settings        jsonb,
    purchased       integer     NOT NULL DEFAULT 0,
    occupied        integer     NOT NULL DEFAULT 0
);

-- Everyone on a company's list, Inactive users too. Blank texts are "", so that they compare without a thought.
CREATE TABLE people (
    user_id         uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    email           text        NOT NULL,
    email_key       text        NOT NULL,
    status          text        NOT NULL,
    first_name      text        NOT NULL,
    last_name       text        NOT NULL,
    functional_area text        NOT NULL,
    title           text        NOT NULL,
    region          text        NOT NULL,
    reports_to_id   uuid,
    custom_fields   jsonb       NOT NULL,
    version         integer     NOT NULL,
    sequence        bigint      NOT NULL
);
CREATE INDEX people_by_company ON people (company_id, email_key);
-- An address is looked up across companies: who else holds it (the error email_in_other_company).
CREATE INDEX people_by_address ON people (email_key) WHERE status <> 'inactive';
