-- +goose Up
-- The half of a number that writes to people who do not know it. Who waits for it
-- waits in a lane: -1 for whoever may write to strangers, a number for that one,
-- which knows the person, 0 for any.
ALTER TABLE meters ADD COLUMN cold TEXT NOT NULL DEFAULT '';
ALTER TABLE meters ADD COLUMN cold_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meters ADD COLUMN cold_holds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meters ADD COLUMN cold_errors INTEGER NOT NULL DEFAULT 0;
ALTER TABLE waiting ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
CREATE INDEX waiting_lane ON waiting (lane, campaign, due);
