-- +goose Up
-- Small records of accounts, gateways and the like, by their names. A revision
-- is never given twice, also not to a document that was removed and made again.
CREATE TABLE documents (
	tenant     TEXT    NOT NULL,
	kind       TEXT    NOT NULL CHECK (kind <> ''),
	name       TEXT    NOT NULL CHECK (name <> ''),
	rev        INTEGER NOT NULL CHECK (rev > 0),
	ref        TEXT    NOT NULL,
	data       BLOB    NOT NULL CHECK (length(data) <= 1048576),
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (tenant, kind, name)
) STRICT;
CREATE INDEX documents_ref ON documents (tenant, kind, ref, name) WHERE ref <> '';
CREATE INDEX documents_expiry ON documents (expires_at) WHERE expires_at <> 0;

CREATE TABLE document_revs (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	last INTEGER NOT NULL
) STRICT;
INSERT INTO document_revs (one, last) VALUES (1, 0);
