-- Taking events in, once (see shared/messaging/inbox.py).
-- What a consumer has seen. Kept for the topics' retention and a week, then swept.
CREATE TABLE inbox (
    consumer        text        NOT NULL,
    event_id        uuid        NOT NULL,
    received_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_by_age ON inbox (received_at);

-- Records that could not be applied, as they came. Of one consumer's stream the one with an error stands first; those
-- without an error are parked behind it, in the order of their ids. Without a stream a record parks nothing.
CREATE TABLE dead_letter (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer        text        NOT NULL,
    stream          text,
    topic           text        NOT NULL,
    partition       integer     NOT NULL,
    "offset"        bigint      NOT NULL,
    key             bytea,
    value           bytea,
    headers         bytea       NOT NULL,
    type            text,
    error           text,
    attempts        integer     NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    retry_at        timestamptz,
    UNIQUE (consumer, topic, partition, "offset"),
    CHECK (stream IS NOT NULL OR error IS NOT NULL)
);
CREATE INDEX dead_letter_streams ON dead_letter (consumer, stream, id) WHERE stream IS NOT NULL;
CREATE INDEX dead_letter_retries ON dead_letter (consumer, id) WHERE retry_at IS NOT NULL;

-- How far each consumer has come in each partition; written with the effects, so what is below is known here.
CREATE TABLE applied_offsets (
    consumer        text        NOT NULL,
    topic           text        NOT NULL,
    partition       integer     NOT NULL,
    next_offset     bigint      NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);

-- Answers to calls that carried an Idempotency-Key, for 24 hours (see shared/http/idempotency.py).
CREATE TABLE idempotency (
    company_id      uuid        NOT NULL,
    call            text        NOT NULL,
    key             text        NOT NULL,
    body_sha256     bytea       NOT NULL,
    status          integer,
    headers         jsonb,
    body            bytea,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, call, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
