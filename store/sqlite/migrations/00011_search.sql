-- +goose Up
-- What contacts are searched by, without going through all of them. Runs of
-- contacts, in the order of their ids, are segments; for each three letters
-- that follow each other somewhere in a segment's texts there is a row with the
-- places of the contacts that have them. Contacts behind the last segment have
-- none yet, and are read. All of this is derived: a dump does not hold it.
CREATE TABLE contact_segments (
	id      INTEGER PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	first   INTEGER NOT NULL,
	through INTEGER NOT NULL CHECK (through >= first),
	size    INTEGER NOT NULL CHECK (size >= 0), -- contacts that are still there
	ids     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX contact_segments_through ON contact_segments (tenant, through);

CREATE TABLE contact_grams (
	segment INTEGER NOT NULL,
	gram    INTEGER NOT NULL,
	places  BLOB    NOT NULL,
	PRIMARY KEY (segment, gram)
) STRICT, WITHOUT ROWID;

-- Contacts of segments whose text has changed since, or who are gone.
CREATE TABLE contact_changed (
	tenant  TEXT    NOT NULL,
	contact INTEGER NOT NULL,
	PRIMARY KEY (tenant, contact)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER contact_text_changed AFTER UPDATE OF search ON contacts
WHEN NEW.search <> OLD.search AND EXISTS (SELECT 1 FROM contact_segments s WHERE s.tenant = NEW.tenant AND s.through >= NEW.id)
BEGIN
	INSERT INTO contact_changed (tenant, contact) VALUES (NEW.tenant, NEW.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contact_gone AFTER DELETE ON contacts
WHEN EXISTS (SELECT 1 FROM contact_segments s WHERE s.tenant = OLD.tenant AND s.through >= OLD.id)
BEGIN
	INSERT INTO contact_changed (tenant, contact) VALUES (OLD.tenant, OLD.id) ON CONFLICT DO NOTHING;
	UPDATE contact_segments SET size = size - 1 WHERE tenant = OLD.tenant AND through =
		(SELECT min(s.through) FROM contact_segments s WHERE s.tenant = OLD.tenant AND s.through >= OLD.id);
END;
-- +goose StatementEnd

CREATE INDEX contacts_inactive ON contacts (tenant, id) WHERE active = 0;
