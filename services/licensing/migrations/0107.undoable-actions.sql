-- depends: 0103.row-security
-- What actions touched that can still be taken back, for half a minute: each user as they were.
CREATE TABLE undoable_actions (
    id          uuid        PRIMARY KEY,
    company_id  uuid        NOT NULL,
    done_by     text        NOT NULL,
    until       timestamptz NOT NULL,
    settings    text        NOT NULL,
    touched     jsonb       NOT NULL
);
ALTER TABLE undoable_actions ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON undoable_actions
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
