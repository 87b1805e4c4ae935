-- depends: 0005.row-security
-- Whole records of all companies stand in it. No request has a use for them: what works outside of requests sees them, and
-- the owner, as `usher dlq` does.
ALTER TABLE dead_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY machinery ON dead_letter USING ((SELECT usher_everybody()));
