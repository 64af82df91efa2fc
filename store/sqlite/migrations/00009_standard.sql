-- +goose Up
-- The number of a new campaign that names none: one of a tenant at most.
ALTER TABLE instances ADD COLUMN standard INTEGER NOT NULL DEFAULT 0 CHECK (standard IN (0, 1));
CREATE UNIQUE INDEX instances_standard ON instances (tenant) WHERE standard = 1;
