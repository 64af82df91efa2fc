-- +goose Up
-- What a number has alone, among the records of all tenants: where it is, and its
-- phone. Records of earlier versions get theirs when a program opens them; the
-- younger ones of a number are suspended then.
ALTER TABLE instances ADD COLUMN endpoint TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN suspended TEXT NOT NULL DEFAULT '' CHECK (suspended = '' OR endpoint = '' AND owner = '');
CREATE UNIQUE INDEX instances_endpoint ON instances (endpoint) WHERE endpoint <> '';
CREATE UNIQUE INDEX instances_owner ON instances (owner) WHERE owner <> '';
