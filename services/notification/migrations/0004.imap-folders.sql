-- depends: 0003.who-was-told
-- How far the IMAP folders are read in which mails to return addresses are kept.
CREATE TABLE imap_folders (
    folder          text        PRIMARY KEY,
    uidvalidity     bigint      NOT NULL DEFAULT 0,
    next_uid        bigint      NOT NULL DEFAULT 1,
    leased_until    timestamptz NOT NULL
);
