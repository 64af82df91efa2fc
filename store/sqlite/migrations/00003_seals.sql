-- +goose Up
-- The event log is sealed in batches: each seal holds the hash of the events
-- up to through and of the seal before it, so that a change of the past shows.
CREATE TABLE seals (
	tenant  TEXT    NOT NULL,
	through INTEGER NOT NULL CHECK (through > 0),
	events  INTEGER NOT NULL CHECK (events > 0),
	prev    BLOB    NOT NULL CHECK (length(prev) = 32),
	hash    BLOB    NOT NULL CHECK (length(hash) = 32),
	at      INTEGER NOT NULL,
	PRIMARY KEY (tenant, through)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seals_no_delete BEFORE DELETE ON seals
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
-- +goose StatementEnd
