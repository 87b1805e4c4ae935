-- depends: 0108.access
-- Who has any, of whom there are few: who may do what, whether an admin is left, My Team filtered by them.
CREATE INDEX users_permitted ON users (company_id, email_key) WHERE permissions <> '[]';
