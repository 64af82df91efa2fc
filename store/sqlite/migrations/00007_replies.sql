-- +goose Up
-- What people write is a report too: it is matched by who wrote it, so it waits
-- among the others with a phone. Each message counts its answers.
ALTER TABLE progress ADD COLUMN responded_of TEXT NOT NULL DEFAULT '';
CREATE TABLE notices_new (
	seq         INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant      TEXT    NOT NULL,
	instance    INTEGER NOT NULL,
	provider_id TEXT    NOT NULL,
	kind        TEXT    NOT NULL CHECK (kind IN ('server_ack', 'delivered', 'read', 'error', 'sent', 'reply')),
	at          INTEGER NOT NULL,
	arrived_at  INTEGER NOT NULL,
	known       INTEGER NOT NULL CHECK (known IN (0, 1)),
	phone       TEXT    NOT NULL DEFAULT '',
	digest      TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO notices_new (seq, tenant, instance, provider_id, kind, at, arrived_at, known, phone, digest)
	SELECT seq, tenant, instance, provider_id, kind, at, arrived_at, known, phone, digest FROM notices;
UPDATE sqlite_sequence SET seq = (SELECT s.seq FROM sqlite_sequence s WHERE s.name = 'notices')
	WHERE name = 'notices_new' AND EXISTS (SELECT 1 FROM sqlite_sequence s WHERE s.name = 'notices');
DROP TABLE notices;
ALTER TABLE notices_new RENAME TO notices;
CREATE INDEX notices_known ON notices (seq) WHERE known = 1;
CREATE INDEX notices_unknown ON notices (instance, provider_id) WHERE known = 0 AND kind <> 'reply';
CREATE INDEX notices_arrived ON notices (arrived_at);
CREATE INDEX notices_sent ON notices (instance, phone) WHERE kind = 'sent' AND known = 0;
CREATE INDEX notices_reply ON notices (tenant, phone) WHERE kind = 'reply' AND known = 0;
