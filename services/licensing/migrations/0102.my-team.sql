-- depends: 0101.licensing
-- My Team for companies of 100,000: sorted, searched and told of by time without reading everybody.

-- expired: the end of the link has been told. last_key, first_key, search: folded as services/licensing/read_models/team/table.py
-- folds; for rows that are there already nearly so, and wholly so after `./usher rebuild licensing team`.
ALTER TABLE users
    ADD COLUMN expired   boolean,
    ADD COLUMN last_key  text NOT NULL DEFAULT '',
    ADD COLUMN first_key text NOT NULL DEFAULT '',
    ADD COLUMN search    text NOT NULL DEFAULT '';
UPDATE users SET expired   = CASE WHEN invitation_id IS NOT NULL THEN false END,
                 last_key  = lower(last_name),
                 first_key = lower(first_name),
                 search    = left(lower(first_name || ' ' || last_name || ' ' || email || ' ' || coalesce(title, '')), 350);
ALTER TABLE users ALTER last_key DROP DEFAULT, ALTER first_key DROP DEFAULT, ALTER search DROP DEFAULT;

-- The usual order with the searched text beside it: a page, a search in that order and its count read the index alone.
DROP INDEX users_by_name;
CREATE INDEX users_by_name ON users (company_id, last_key, first_key, email_key, user_id) INCLUDE (search);
-- Reports and their counts, likewise; a manager's whole line is followed in it.
DROP INDEX users_by_manager;
CREATE INDEX users_by_manager ON users (company_id, manager_id, user_id);
-- Links that have ended and of which it was not told.
CREATE INDEX users_due ON users (expires_at) WHERE expired = false;
