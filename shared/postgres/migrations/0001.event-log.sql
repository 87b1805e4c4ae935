-- The event log. An event row carries the commit it belongs to and its index there, but no position: positions are
-- given by the one row in commits that is written last of all, under the append lock (see shared/eventsourcing/event_store.py).
CREATE TABLE events (
    stream          text        NOT NULL,
    version         integer     NOT NULL CHECK (version > 0),
    commit_id       bigint      NOT NULL,
    index           integer     NOT NULL,
    id              uuid        NOT NULL,
    type            text        NOT NULL,
    data            json        NOT NULL,
    company_id      uuid,
    correlation_id  text        NOT NULL,
    causation_id    text,
    traceparent     text        NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (stream, version)
);
CREATE UNIQUE INDEX events_by_commit ON events (commit_id, index);
CREATE SEQUENCE commit_ids AS bigint;

CREATE TABLE commits (
    first_position  bigint      PRIMARY KEY,
    commit_id       bigint      NOT NULL UNIQUE,
    count           integer     NOT NULL CHECK (count > 0),
    committed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How far a reader of the log has come: the position of the last event whose effects are durable.
CREATE TABLE checkpoints (
    reader          text        PRIMARY KEY,
    position        bigint      NOT NULL
);
