-- depends: 0006.positions
-- Which server's log this is: the cluster's identity, and how often a standby or a recovery has become it (the timeline).
-- Another one than that which wrote last may lack what was published before (docs/decisions/0059): until that has been
-- looked up, no position is given and no offset moves.
CREATE TABLE log_server (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    server text NOT NULL
);

CREATE FUNCTION usher_server() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) FROM pg_control_system()
$$;

CREATE FUNCTION usher_on_known_server() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM log_server WHERE server = usher_server()) THEN
        RAISE EXCEPTION 'another server has taken this log over, and whether it lacks anything is not known yet'
            USING ERRCODE = 'cannot_connect_now';
    END IF;
    RETURN true;
END;
$$;

INSERT INTO log_server (server) VALUES (usher_server());

CREATE OR REPLACE FUNCTION usher_give_positions(append_lock bigint, this_commit bigint, events integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    given bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(append_lock);
    PERFORM usher_on_known_server();
    INSERT INTO commits (first_position, commit_id, count)
    VALUES (
        coalesce((SELECT c.first_position + c.count FROM commits c ORDER BY c.first_position DESC LIMIT 1), 1),
        this_commit, events
    ) RETURNING first_position INTO given;
    PERFORM pg_notify('events_appended', '');
    RETURN given;
END;
$$;
