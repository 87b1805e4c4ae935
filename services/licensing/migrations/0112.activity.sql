-- depends: 0103.row-security
-- What happened in a company, a line a command and kind of event: who did what is read from the events themselves, by the
-- stream and version of the first of them. Kept behind the log (services/licensing/read_models/activity); `position` is
-- that of the last event which a line tells of. `who` is made of an address and is none.
CREATE TABLE activity (
    id          uuid        PRIMARY KEY,
    company_id  uuid        NOT NULL,
    at          timestamptz NOT NULL,
    what        text        NOT NULL,
    who         uuid,
    user_id     uuid,
    count       integer     NOT NULL,
    batch_id    uuid,
    origin      text,
    stream      text        NOT NULL,
    version     integer     NOT NULL,
    position    bigint      NOT NULL
);
CREATE INDEX activity_by_time ON activity (company_id, at, id);
CREATE INDEX activity_by_who ON activity (company_id, who, at, id);
CREATE INDEX activity_by_what ON activity (company_id, what, at, id);
CREATE INDEX activity_by_who_and_what ON activity (company_id, who, what, at, id);
CREATE INDEX activity_by_batch ON activity (company_id, batch_id, at, id) WHERE batch_id IS NOT NULL;
CREATE INDEX activity_of_user ON activity (company_id, user_id, at, id) WHERE what = 'refused';
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON activity
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));

-- The same of batches, as upload tells of them: `said` is who it was, and the file's name.
CREATE TABLE batch_activity (
    id          uuid        PRIMARY KEY,
    company_id  uuid        NOT NULL,
    at          timestamptz NOT NULL,
    what        text        NOT NULL,
    who         uuid,
    batch_id    uuid        NOT NULL,
    origin      text        NOT NULL,
    said        jsonb       NOT NULL
);
CREATE INDEX batch_activity_by_time ON batch_activity (company_id, at, id);
CREATE INDEX batch_activity_by_who ON batch_activity (company_id, who, at, id);
CREATE INDEX batch_activity_by_what ON batch_activity (company_id, what, at, id);
CREATE INDEX batch_activity_by_batch ON batch_activity (company_id, batch_id, at, id);
ALTER TABLE batch_activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON batch_activity
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
