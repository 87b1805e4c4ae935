-- depends: 0011.forgotten
-- The last of an append, as before (0006, 0010) but without a NOTIFY, which is said after the commit
-- (shared/postgres/wakeups.py).
CREATE FUNCTION usher_place_commit(append_lock bigint, this_commit bigint, events integer) RETURNS bigint
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
    RETURN given;
END;
$$;

-- For processes of the release before, which still run while an upgrade goes on and rely on its NOTIFY.
CREATE OR REPLACE FUNCTION usher_give_positions(append_lock bigint, this_commit bigint, events integer) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('events_appended', '');
    RETURN usher_place_commit(append_lock, this_commit, events);
END;
$$;
