-- A report of a failure says why, and whom it is about.

-- +goose Up
ALTER TABLE notices ADD COLUMN why text NOT NULL DEFAULT '', ADD COLUMN blame text NOT NULL DEFAULT '';
