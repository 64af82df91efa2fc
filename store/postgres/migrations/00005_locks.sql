-- The locks of phones, for those who have no Redis. They last for seconds and
-- may be lost at any time, so the table is not logged: a lock writes nothing
-- to the log, waits for no disk, and is gone after a crash of the server. An
-- expired row is free, and is overwritten or removed by whoever comes next.

-- +goose Up
CREATE UNLOGGED TABLE locks (
	key   text   COLLATE "C" PRIMARY KEY,
	token text   COLLATE "C" NOT NULL CHECK (token <> ''),
	until bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
