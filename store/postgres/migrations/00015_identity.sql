-- +goose Up
-- What a number has alone, among the records of all tenants: where it is, and its
-- phone. Records of earlier versions get theirs when a program opens them; the
-- younger ones of a number are suspended then.
ALTER TABLE instances
	ADD COLUMN endpoint text COLLATE "C" NOT NULL DEFAULT '',
	ADD COLUMN owner text COLLATE "C" NOT NULL DEFAULT '',
	ADD COLUMN suspended text NOT NULL DEFAULT '',
	ADD CONSTRAINT instances_suspended CHECK (suspended = '' OR endpoint = '' AND owner = '');
CREATE UNIQUE INDEX instances_endpoint ON instances (endpoint) WHERE endpoint <> '';
CREATE UNIQUE INDEX instances_owner ON instances (owner) WHERE owner <> '';
