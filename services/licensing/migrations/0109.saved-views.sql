-- depends: 0108.access
-- The views of My Team that admins have saved, and the one that each begins with. `owner` and `person` are who they are to
-- their issuer.
CREATE TABLE saved_views (
    view_id     uuid    PRIMARY KEY,
    company_id  uuid    NOT NULL,
    owner       text    NOT NULL,
    saved_by    jsonb   NOT NULL,
    name        text    NOT NULL,
    name_key    text    NOT NULL,
    shared      boolean NOT NULL,
    view        jsonb   NOT NULL
);
CREATE INDEX saved_views_by_name ON saved_views (company_id, name_key, view_id);
CREATE TABLE beginning_views (
    company_id  uuid    NOT NULL,
    person      text    NOT NULL,
    view_id     uuid    NOT NULL,
    PRIMARY KEY (company_id, person)
);
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON saved_views
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
ALTER TABLE beginning_views ENABLE ROW LEVEL SECURITY;
CREATE POLICY company ON beginning_views
    USING ((SELECT usher_everybody()) OR company_id = (SELECT usher_company()));
