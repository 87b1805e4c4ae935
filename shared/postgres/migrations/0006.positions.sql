-- depends: 0001.event-log
-- The last of an append, in one round trip: waits for the append lock, then gives the commit its positions and wakes the
-- relay. Each statement of such a function sees what was committed before it, so what the one before in the lock gave.
CREATE FUNCTION usher_give_positions(append_lock bigint, this_commit bigint, events integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    given bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(append_lock);
    INSERT INTO commits (first_position, commit_id, count)
    VALUES (
        coalesce((SELECT c.first_position + c.count FROM commits c ORDER BY c.first_position DESC LIMIT 1), 1),
        this_commit, events
    ) RETURNING first_position INTO given;
    PERFORM pg_notify('events_appended', '');
    RETURN given;
END;
$$;
