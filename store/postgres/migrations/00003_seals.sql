-- The event log is sealed in batches: each seal holds the hash of the events
-- up to through and of the seal before it, so that a change of the past shows.

-- +goose Up
CREATE TABLE seals (
	tenant  text   COLLATE "C" NOT NULL,
	through bigint NOT NULL CHECK (through > 0),
	events  bigint NOT NULL CHECK (events > 0),
	prev    bytea  NOT NULL CHECK (length(prev) = 32),
	hash    bytea  NOT NULL CHECK (length(hash) = 32),
	at      bigint NOT NULL,
	PRIMARY KEY (tenant, through)
);
CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals FOR EACH ROW EXECUTE FUNCTION refuse('seals are append-only');
CREATE TRIGGER seals_no_delete BEFORE DELETE ON seals FOR EACH ROW EXECUTE FUNCTION refuse('seals are append-only');
CREATE TRIGGER seals_not_emptied BEFORE TRUNCATE ON seals EXECUTE FUNCTION refuse('seals are append-only');
