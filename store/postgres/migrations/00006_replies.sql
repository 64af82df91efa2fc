-- +goose Up
-- What people write is a report too: it is matched by who wrote it, so it waits
-- among the others with a phone. Each message counts its answers.
ALTER TABLE progress ADD COLUMN responded_of text NOT NULL DEFAULT '';
ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check
	CHECK (kind IN ('server_ack', 'delivered', 'read', 'error', 'sent', 'reply'));
DROP INDEX notices_unknown;
CREATE INDEX notices_unknown ON notices (instance, provider_id) WHERE known = 0 AND kind <> 'reply';
CREATE INDEX notices_reply ON notices (tenant, phone) WHERE kind = 'reply' AND known = 0;
