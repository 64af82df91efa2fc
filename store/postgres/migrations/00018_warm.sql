-- Whom a number knows: people it delivered a message to, or who wrote to it. What
-- it did before is in the log, of campaigns that were not deleted since.

-- +goose Up
CREATE TABLE warm (
	tenant   text   COLLATE "C" NOT NULL,
	phone    text   COLLATE "C" NOT NULL CHECK (phone <> ''),
	instance bigint NOT NULL,
	since    bigint NOT NULL,
	PRIMARY KEY (tenant, phone, instance)
);
CREATE INDEX warm_instance ON warm (instance);
INSERT INTO warm (tenant, phone, instance, since)
	SELECT e.tenant, e.phone, e.instance, min(CASE WHEN s.delivered_at <> 0 THEN s.delivered_at
		WHEN s.responded_at <> 0 THEN s.responded_at ELSE e.ended_at END)
	FROM results s JOIN ended e ON e.campaign = s.campaign AND e.position = s.position
		AND e.generation = s.generation AND e.outcome = 'accepted'
	JOIN instances i ON i.id = e.instance
	WHERE (s.state IN ('delivered', 'read') OR s.responded_at <> 0) AND e.phone <> ''
	GROUP BY e.tenant, e.phone, e.instance;
