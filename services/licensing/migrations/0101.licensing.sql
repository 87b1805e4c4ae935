-- What licensing reads, all of it kept in the transaction of the events and rebuilt from them, but for deliveries.

-- A company as of now: its settings, its ledger's head (version, purchased, occupied) and its users by status. One row, so
-- that seats are one consistent reading. occupied is the ledger's own count, waiting and the rest the users'.
CREATE TABLE companies (
    company_id        uuid    PRIMARY KEY,
    version           integer NOT NULL,
    settings          jsonb   NOT NULL,
    purchased         integer NOT NULL,
    occupied          integer NOT NULL,
    waiting           integer NOT NULL DEFAULT 0,
    pending_transfer  integer NOT NULL DEFAULT 0,
    active            integer NOT NULL DEFAULT 0,
    inactive          integer NOT NULL DEFAULT 0
);

-- Everybody who stands in My Team, whole: a batch is decided on these rows, read in bulk, never by folding streams.
CREATE TABLE users (
    user_id           uuid        PRIMARY KEY,
    company_id        uuid        NOT NULL,
    version           integer     NOT NULL,
    status            text        NOT NULL,
    email             text        NOT NULL,
    email_key         text        NOT NULL,
    first_name        text        NOT NULL,
    last_name         text        NOT NULL,
    functional_area   text,
    title             text,
    region            text,
    manager_id        uuid,
    custom_fields     jsonb       NOT NULL,
    plan              text,
    invited_at        timestamptz,
    activated_at      timestamptz,
    invitation_id     uuid,
    invited_by        jsonb,
    issued_at         timestamptz,
    expires_at        timestamptz,
    offered           boolean,
    resent_at         timestamptz
);
CREATE INDEX users_by_email ON users (company_id, email_key);
CREATE INDEX users_by_manager ON users (company_id, manager_id) WHERE manager_id IS NOT NULL;
CREATE INDEX users_by_name ON users (company_id, lower(last_name), lower(first_name), lower(email), user_id);
CREATE INDEX users_by_status ON users (company_id, status);

-- Who an address belongs to, over all companies, and whether it has an individual plan. Locked in the order of email_key
-- by all that claims, frees or changes one: outside the tenants' row security.
CREATE TABLE addresses (
    email_key         text        PRIMARY KEY,
    user_id           uuid,
    company_id        uuid,
    plan              text
);

-- Every link that was ever issued, so that an old one is answered with its reason.
CREATE TABLE invitations (
    invitation_id     uuid        PRIMARY KEY,
    user_id           uuid        NOT NULL,
    company_id        uuid        NOT NULL
);

-- What notification said of an invitation's mail; no row: queued.
CREATE TABLE deliveries (
    invitation_id     uuid        PRIMARY KEY,
    company_id        uuid        NOT NULL,
    state             text        NOT NULL,
    error             text,
    at                timestamptz NOT NULL
);
