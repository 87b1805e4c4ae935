-- Events that Kafka holds and that their owner's log no longer does, since it was restored from a backup
-- (see shared/messaging/restore.py). No consumer of this service applies them, neither now nor in a rebuild.
CREATE TABLE orphans (
    event_id        uuid        PRIMARY KEY,
    message         jsonb       NOT NULL,
    known_since     timestamptz NOT NULL DEFAULT now()
);
