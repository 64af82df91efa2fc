-- +goose Up
-- When a send of the instance was last acknowledged.
ALTER TABLE meters ADD COLUMN acked_at INTEGER NOT NULL DEFAULT 0;
