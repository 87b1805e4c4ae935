-- Mails, a row each: what workers claim from. Every row is the last event of its stream (mails/projection.py).
CREATE TABLE mail_jobs (
    id              uuid        PRIMARY KEY,
    version         integer     NOT NULL,
    company_id      uuid        NOT NULL,
    batch_id        uuid,
    user_id         uuid,
    recipient       text        NOT NULL,
    message_id      text        NOT NULL,
    content         json        NOT NULL,
    queued_at       timestamptz NOT NULL,
    state           text        NOT NULL,
    attempts        integer     NOT NULL,
    uncertain       boolean     NOT NULL,
    withdrawal      text,
    run_at          timestamptz,
    lease_until     timestamptz,
    error           text,
    correlation_id  text        NOT NULL,
    causation_id    text,
    traceparent     text        NOT NULL
);
CREATE INDEX mail_jobs_due ON mail_jobs (company_id, run_at) WHERE state IN ('queued', 'retry', 'ambiguous');
CREATE INDEX mail_jobs_leased ON mail_jobs (lease_until) WHERE state = 'sending';
CREATE INDEX mail_jobs_open_by_user ON mail_jobs (user_id)
    WHERE state IN ('queued', 'retry', 'ambiguous', 'sending');
CREATE INDEX mail_jobs_undelivered_by_batch ON mail_jobs (batch_id)
    WHERE state IN ('queued', 'retry', 'ambiguous', 'sending', 'failed');

-- How far each confirmed batch's invitations are. `expected` is null until the batch was decided.
CREATE TABLE batch_progress (
    batch_id        uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    confirmed       boolean     NOT NULL DEFAULT false,
    expected        integer,
    processed_at    timestamptz,
    sent            integer     NOT NULL DEFAULT 0,
    failed          integer     NOT NULL DEFAULT 0,
    withdrawn       integer     NOT NULL DEFAULT 0,
    finished        boolean     NOT NULL DEFAULT false,
    correlation_id  text,
    causation_id    text,
    traceparent     text
);
CREATE INDEX batch_progress_open ON batch_progress (processed_at) WHERE NOT finished AND expected IS NOT NULL;

-- The companies' names, which stand in their mails. A mail waits until its company's name is known.
CREATE TABLE companies (
    company_id      uuid        PRIMARY KEY,
    name            text        NOT NULL
);
