-- depends: 0113.seat-waits
-- Of the invitations that were sent, how many have come back.
ALTER TABLE deliveries ADD bounced integer NOT NULL DEFAULT 0;
