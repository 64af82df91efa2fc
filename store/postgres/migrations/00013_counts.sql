-- What pages count, counted as it happens. All of this is derived: a dump does
-- not hold it. What was there before is counted here, while nobody adds to it.

-- +goose Up
CREATE TABLE contact_tag_sizes (
	tenant text   COLLATE "C" NOT NULL,
	tag    text   COLLATE "C" NOT NULL,
	size   bigint NOT NULL CHECK (size >= 0),
	PRIMARY KEY (tenant, tag)
) WITH (fillfactor = 50);

-- How often something happened in an hour, with one number and one message.
-- Nobody asks it of takes.
CREATE TABLE event_hours (
	tenant   text    COLLATE "C" NOT NULL,
	campaign bigint  NOT NULL,
	hour     bigint  NOT NULL,
	type     text    COLLATE "C" NOT NULL,
	instance bigint  NOT NULL,
	message  integer NOT NULL,
	count    bigint  NOT NULL,
	PRIMARY KEY (campaign, hour, type, instance, message)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- These run as the owner: a daemon of the version before writes contacts and
-- events while its role has no rights on the new tables yet.
-- +goose StatementBegin
CREATE FUNCTION contact_tagged() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO contact_tag_sizes AS t (tenant, tag, size) SELECT n.tenant, n.tag, count(*) FROM new_tags n GROUP BY 1, 2 ORDER BY 1, 2
		ON CONFLICT (tenant, tag) DO UPDATE SET size = t.size + excluded.size;
	RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION contact_untagged() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	UPDATE contact_tag_sizes t SET size = t.size - o.n
		FROM (SELECT tenant, tag, count(*) AS n FROM old_tags GROUP BY 1, 2) o WHERE t.tenant = o.tenant AND t.tag = o.tag;
	DELETE FROM contact_tag_sizes t USING old_tags o WHERE t.tenant = o.tenant AND t.tag = o.tag AND t.size = 0;
	RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION event_counted() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO event_hours AS h (tenant, campaign, hour, type, instance, message, count)
		SELECT n.tenant, n.campaign, n.at - n.at % 3600000000, n.type, n.instance, n.message, count(*) FROM new_events n
		WHERE n.type <> 'recipient.taken' AND n.campaign <> 0 GROUP BY 1, 2, 3, 4, 5, 6
		ON CONFLICT (campaign, hour, type, instance, message) DO UPDATE SET count = h.count + excluded.count;
	RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER contact_tagged AFTER INSERT ON contact_tags REFERENCING NEW TABLE AS new_tags FOR EACH STATEMENT EXECUTE FUNCTION contact_tagged();
CREATE TRIGGER contact_untagged AFTER DELETE ON contact_tags REFERENCING OLD TABLE AS old_tags FOR EACH STATEMENT EXECUTE FUNCTION contact_untagged();
CREATE TRIGGER event_counted AFTER INSERT ON events REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION event_counted();

INSERT INTO contact_tag_sizes (tenant, tag, size) SELECT tenant, tag, count(*) FROM contact_tags GROUP BY tenant, tag;
INSERT INTO event_hours (tenant, campaign, hour, type, instance, message, count)
	SELECT tenant, campaign, at - at % 3600000000, type, instance, message, count(*) FROM events
	WHERE campaign <> 0 AND type <> 'recipient.taken' GROUP BY 1, 2, 3, 4, 5, 6;

-- Events of a kind, but the two that every send has: a list finds those soon. In
-- the order of seq + 0 no other index gives them, so this one is taken.
CREATE INDEX events_kind ON events (campaign, type, (seq + 0)) WHERE type <> 'recipient.taken' AND type <> 'recipient.sent';
CREATE INDEX results_responded ON results (campaign, position) WHERE responded_at <> 0;
