-- depends: 0002.mails-under-way
-- Who was sent an invitation is told when it is taken back: of what was sent the log alone knows.
CREATE INDEX events_of_mails_sent ON events ((data #>> '{delivery,user_id}')) WHERE type = 'mail-sent.v1';
