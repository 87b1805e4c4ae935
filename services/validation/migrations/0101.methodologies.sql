-- depends: 0001.directory
-- How many seats of which methodology are occupied, by its id; how each user has a seat of which.
ALTER TABLE companies ADD occupied_seats jsonb NOT NULL DEFAULT '{}';
ALTER TABLE people ADD methodologies jsonb NOT NULL DEFAULT '{}';
