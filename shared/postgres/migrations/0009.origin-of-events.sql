-- depends: 0001.event-log
-- By which way the command came in; events of before it was kept have none.
ALTER TABLE events ADD COLUMN origin text;
