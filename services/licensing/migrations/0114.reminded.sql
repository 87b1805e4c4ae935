-- depends: 0113.erasures
-- When who has not answered an invitation was reminded of it last.
ALTER TABLE deliveries ADD COLUMN reminded_at timestamptz;
