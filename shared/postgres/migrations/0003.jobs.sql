-- Work that handlers only record and leased workers do (see shared/jobs/queue.py).
CREATE TABLE jobs (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text        NOT NULL,
    key             text        NOT NULL,
    company_id      uuid        NOT NULL,
    payload         jsonb       NOT NULL,
    correlation_id  text        NOT NULL,
    causation_id    text,
    traceparent     text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    run_at          timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    lease           uuid,
    lease_until     timestamptz,
    last_error      text,
    UNIQUE (kind, key)
);
CREATE INDEX jobs_due ON jobs (kind, run_at);
CREATE INDEX jobs_leased ON jobs (kind, company_id) WHERE lease IS NOT NULL;

-- When each company was last served, so that the next turn is another's.
CREATE TABLE job_turns (
    kind            text        NOT NULL,
    company_id      uuid        NOT NULL,
    served_at       timestamptz NOT NULL,
    PRIMARY KEY (kind, company_id)
);
