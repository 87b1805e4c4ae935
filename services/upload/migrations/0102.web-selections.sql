-- depends: 0100.web-sessions
-- Who is selected in My Team, across its pages, in one browser session. Gone with the session.

create table web_selections (
    id_hash bytea not null references web_sessions on delete cascade,
    user_id uuid not null,
    primary key (id_hash, user_id)
);
