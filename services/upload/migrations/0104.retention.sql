-- depends: 0001.batches
-- Objects of the store that nobody needs, since when: deleted after a week of that (shared/object_store/garbage_collector.py).
-- No row security: the collector works for all companies, and no request reads it.
CREATE TABLE unneeded_objects (
    ref     text        PRIMARY KEY,
    since   timestamptz NOT NULL
);

-- Uploads that nobody has confirmed, the oldest first.
CREATE INDEX batches_open ON batches (uploaded_at)
    WHERE status IN ('validating', 'needs_correction', 'ready_for_review');
