-- +goose Up
-- A report of a failure says why, and whom it is about.
ALTER TABLE notices ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN blame TEXT NOT NULL DEFAULT '';
