-- Browser sessions of the frontend. Whoever reads this table can impersonate nobody: the cookie's value is kept as its
-- SHA-256 only, and the tokens are encrypted with a key that is not in the database.
-- No row security: a session is found by its cookie, before it is known whose it is.

create table web_sessions (
    id_hash    bytea primary key,
    tokens     bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index web_sessions_expires on web_sessions (expires_at);
