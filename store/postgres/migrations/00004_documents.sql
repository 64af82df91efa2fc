-- Small records of accounts, gateways and the like, by their names. A revision
-- is never given twice, also not to a document that was removed and made again.

-- +goose Up
CREATE SEQUENCE document_revs;
CREATE TABLE documents (
	tenant     text   COLLATE "C" NOT NULL,
	kind       text   COLLATE "C" NOT NULL CHECK (kind <> ''),
	name       text   COLLATE "C" NOT NULL CHECK (name <> ''),
	rev        bigint NOT NULL CHECK (rev > 0),
	ref        text   COLLATE "C" NOT NULL,
	data       bytea  NOT NULL CHECK (length(data) <= 1048576),
	expires_at bigint NOT NULL,
	PRIMARY KEY (tenant, kind, name)
) WITH (fillfactor = 80);
CREATE INDEX documents_ref ON documents (tenant, kind, ref, name) WHERE ref <> '';
CREATE INDEX documents_expiry ON documents (expires_at) WHERE expires_at <> 0;
