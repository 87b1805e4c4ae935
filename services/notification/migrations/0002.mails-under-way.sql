-- depends: 0001.notification
-- The table has the mails that are to be sent, and those that failed, about which an admin is told: of what was sent or
-- withdrawn the log tells. Its names are asked for by batch where they failed, and else only of what is put off for long.
DELETE FROM mail_jobs WHERE state IN ('sent', 'withdrawn');
CREATE INDEX mail_jobs_failed_by_batch ON mail_jobs (batch_id) WHERE state = 'failed';
DROP INDEX mail_jobs_undelivered_by_batch;
