-- The people of each tenant. Their tags stand in the content, and once more in
-- a table of their own to be found by.

-- +goose Up
CREATE TABLE contacts (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant     TEXT    NOT NULL,
	phone      TEXT    NOT NULL CHECK (phone <> ''),
	active     INTEGER NOT NULL CHECK (active IN (0, 1)),
	search     TEXT    NOT NULL,
	content    TEXT    NOT NULL CHECK (json_valid(content)),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX contacts_phone ON contacts (tenant, phone);
CREATE INDEX contacts_tenant ON contacts (tenant);

CREATE TABLE contact_tags (
	tenant  TEXT    NOT NULL,
	tag     TEXT    NOT NULL CHECK (tag <> ''),
	contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE RESTRICT,
	PRIMARY KEY (tenant, tag, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_tags_contact ON contact_tags (contact);

CREATE TABLE contact_groups (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant      TEXT    NOT NULL,
	name        TEXT    NOT NULL CHECK (name <> ''),
	name_folded TEXT    NOT NULL,
	description TEXT    NOT NULL,
	size        INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX contact_groups_name ON contact_groups (tenant, name_folded);
CREATE INDEX contact_groups_tenant ON contact_groups (tenant);

CREATE TABLE contact_members (
	team    INTEGER NOT NULL REFERENCES contact_groups (id) ON DELETE RESTRICT,
	contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE RESTRICT,
	PRIMARY KEY (team, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_members_contact ON contact_members (contact);
