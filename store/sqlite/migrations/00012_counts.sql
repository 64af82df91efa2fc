-- +goose Up
-- What pages count, counted as it happens. All of this is derived: a dump does
-- not hold it.
CREATE TABLE contact_tag_sizes (
	tenant TEXT    NOT NULL,
	tag    TEXT    NOT NULL,
	size   INTEGER NOT NULL CHECK (size >= 0),
	PRIMARY KEY (tenant, tag)
) STRICT, WITHOUT ROWID;
INSERT INTO contact_tag_sizes (tenant, tag, size) SELECT tenant, tag, count(*) FROM contact_tags GROUP BY tenant, tag;

-- +goose StatementBegin
CREATE TRIGGER contact_tagged AFTER INSERT ON contact_tags
BEGIN
	INSERT INTO contact_tag_sizes (tenant, tag, size) VALUES (NEW.tenant, NEW.tag, 1) ON CONFLICT (tenant, tag) DO UPDATE SET size = size + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contact_untagged AFTER DELETE ON contact_tags
BEGIN
	UPDATE contact_tag_sizes SET size = size - 1 WHERE tenant = OLD.tenant AND tag = OLD.tag;
	DELETE FROM contact_tag_sizes WHERE tenant = OLD.tenant AND tag = OLD.tag AND size = 0;
END;
-- +goose StatementEnd

-- How often something happened in an hour, with one number and one message.
-- Nobody asks it of takes.
CREATE TABLE event_hours (
	tenant   TEXT    NOT NULL,
	campaign INTEGER NOT NULL,
	hour     INTEGER NOT NULL,
	type     TEXT    NOT NULL,
	instance INTEGER NOT NULL,
	message  INTEGER NOT NULL,
	count    INTEGER NOT NULL,
	PRIMARY KEY (campaign, hour, type, instance, message)
) STRICT, WITHOUT ROWID;
INSERT INTO event_hours (tenant, campaign, hour, type, instance, message, count)
	SELECT tenant, campaign, at - at % 3600000000, type, instance, message, count(*) FROM events
	WHERE campaign <> 0 AND type <> 'recipient.taken' GROUP BY 1, 2, 3, 4, 5, 6;

-- +goose StatementBegin
CREATE TRIGGER event_counted AFTER INSERT ON events WHEN NEW.type <> 'recipient.taken' AND NEW.campaign <> 0
BEGIN
	INSERT INTO event_hours (tenant, campaign, hour, type, instance, message, count)
		VALUES (NEW.tenant, NEW.campaign, NEW.at - NEW.at % 3600000000, NEW.type, NEW.instance, NEW.message, 1)
		ON CONFLICT (campaign, hour, type, instance, message) DO UPDATE SET count = count + 1;
END;
-- +goose StatementEnd

-- Events of a kind, but the two that every send has: a list finds those soon. In
-- the order of seq + 0 no other index gives them, so this one is taken.
CREATE INDEX events_kind ON events (campaign, type, (seq + 0)) WHERE type <> 'recipient.taken' AND type <> 'recipient.sent';
CREATE INDEX results_responded ON results (campaign, position) WHERE responded_at <> 0;
