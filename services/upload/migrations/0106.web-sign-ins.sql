-- depends: 0100.web-sessions
-- Sign-ins that have come back from the issuer: none is taken a second time. Those whose time is over are refused for that,
-- and cleared away.

create table web_sign_ins (
    state_hash bytea primary key,
    ends_at timestamptz not null
);

create index web_sign_ins_ends on web_sign_ins (ends_at);
