-- depends: 0107.undoable-actions
-- What users have beside their license: seats of methodologies by id, and permissions.
ALTER TABLE users
    ADD methodologies jsonb NOT NULL DEFAULT '{}',
    ADD permissions   jsonb NOT NULL DEFAULT '[]';
