-- Read model of the stream "batch-…", kept with every append (services/upload/read_models/batches/projection.py).
CREATE TABLE batches (
    id              uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    status          text        NOT NULL,
    review          integer     NOT NULL DEFAULT 0,
    file_name       text        NOT NULL,
    file_size       bigint      NOT NULL,
    sha256          text        NOT NULL,
    original_ref    text        NOT NULL,
    uploaded_by     jsonb       NOT NULL,
    uploaded_at     timestamptz NOT NULL,
    replaces        uuid,
    superseded_by   uuid,
    upload_warnings jsonb       NOT NULL DEFAULT '[]',
    warnings        jsonb       NOT NULL DEFAULT '[]',
    file_errors     jsonb       NOT NULL DEFAULT '[]',
    counts          jsonb,
    seats           jsonb,
    refused         jsonb,
    rows_ref        text,
    annotated_ref   text,
    notice          jsonb,
    confirmed_by    jsonb,
    confirmed_at    timestamptz,
    processed       jsonb,
    completed       jsonb,
    completed_at    timestamptz
);
-- The list, newest first, and its keyset cursor.
CREATE INDEX batches_by_company ON batches (company_id, uploaded_at DESC, id DESC);
-- Whether the same file was uploaded before.
CREATE INDEX batches_by_content ON batches (company_id, sha256);

-- Deliveries counted as notification tells them, until the batch's own end says the final numbers.
CREATE TABLE deliveries (
    batch_id        uuid        PRIMARY KEY,
    company_id      uuid        NOT NULL,
    sent            integer     NOT NULL,
    failed          integer     NOT NULL
);

-- What licensing says of each company: its plan, and what its template is made of.
CREATE TABLE companies (
    id              uuid        PRIMARY KEY,
    company         jsonb       NOT NULL,
    sequence        bigint      NOT NULL
);
