-- depends: 0109.seat-requests
-- Tokens of a company's directories (SCIM). Only their hashes: whoever reads this table can't use one.
CREATE TABLE scim_tokens (
    id          uuid        PRIMARY KEY,
    company_id  uuid        NOT NULL,
    name        text        NOT NULL,
    hash        bytea       NOT NULL UNIQUE,
    made_by     jsonb       NOT NULL,
    made_at     timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX scim_tokens_by_company ON scim_tokens (company_id);
ALTER TABLE scim_tokens ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON scim_tokens
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- What a directory knows a user by, and has said of them that is no fact about the user. Users whom no directory has
-- touched have no row: their id is the user's. `profile`: of who is on no list any more, what the resource still says.
CREATE TABLE scim_users (
    id              uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    user_id         uuid        NOT NULL UNIQUE,
    external_id     text,
    wanted_manager  text,
    in_circle       boolean     NOT NULL DEFAULT false,
    asserted        text[]      NOT NULL DEFAULT '{}',
    hidden          boolean     NOT NULL DEFAULT false,
    profile         jsonb,
    email_key       text,
    version         integer     NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL
);
CREATE INDEX scim_users_by_external_id ON scim_users (company_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX scim_users_by_wanted_manager ON scim_users (company_id, wanted_manager) WHERE wanted_manager IS NOT NULL;
CREATE UNIQUE INDEX scim_users_off_the_list ON scim_users (company_id, email_key) WHERE profile IS NOT NULL;
ALTER TABLE scim_users ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON scim_users
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
