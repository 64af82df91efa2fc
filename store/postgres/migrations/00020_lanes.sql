-- The half of a number that writes to people who do not know it. Who waits for it
-- waits in a lane: -1 for whoever may write to strangers, a number for that one,
-- which knows the person, 0 for any.

-- +goose Up
ALTER TABLE meters ADD COLUMN cold text NOT NULL DEFAULT '', ADD COLUMN cold_until bigint NOT NULL DEFAULT 0,
	ADD COLUMN cold_holds integer NOT NULL DEFAULT 0, ADD COLUMN cold_errors integer NOT NULL DEFAULT 0;
ALTER TABLE waiting ADD COLUMN lane bigint NOT NULL DEFAULT 0;
CREATE INDEX waiting_lane ON waiting (lane, campaign, due, position);
