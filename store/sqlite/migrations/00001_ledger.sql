-- Instants are microseconds since 1970 in UTC, 0 is none; durations are
-- nanoseconds. Reasons and counts are JSON, empty text is none.

-- +goose Up

-- What commands write. Numbers of deleted campaigns are not given again.
CREATE TABLE campaigns (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant       TEXT    NOT NULL,
	status       TEXT    NOT NULL CHECK (status IN ('draft', 'scheduled', 'active', 'paused', 'completed', 'cancelled')),
	rev          INTEGER NOT NULL,
	name_folded  TEXT    NOT NULL,
	draft        TEXT    NOT NULL CHECK (json_valid(draft)),
	due_at       INTEGER NOT NULL,
	total        INTEGER NOT NULL CHECK (total >= 0),
	fields       TEXT    NOT NULL CHECK (json_valid(fields)),
	seed         INTEGER NOT NULL,
	next_message INTEGER NOT NULL,
	cause        TEXT    NOT NULL CHECK (cause IN ('', 'user', 'system', 'schedule', 'restored')),
	why          TEXT    NOT NULL,
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	started_at   INTEGER NOT NULL,
	paused_at    INTEGER NOT NULL,
	resumed_at   INTEGER NOT NULL,
	ended_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX campaigns_by_tenant ON campaigns (tenant);
CREATE INDEX campaigns_scheduled ON campaigns (due_at) WHERE status = 'scheduled';

-- What the ledger counts: the cursor is written by takes, the rest by
-- settlements.
CREATE TABLE progress (
	campaign     INTEGER PRIMARY KEY REFERENCES campaigns (id) ON DELETE RESTRICT,
	position     INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0),
	skipped      INTEGER NOT NULL DEFAULT 0 CHECK (skipped >= 0),
	picked       TEXT    NOT NULL DEFAULT '',
	sent         INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
	delivered    INTEGER NOT NULL DEFAULT 0 CHECK (delivered >= 0),
	read         INTEGER NOT NULL DEFAULT 0 CHECK (read >= 0),
	responded    INTEGER NOT NULL DEFAULT 0 CHECK (responded >= 0),
	failed       INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
	unknown      INTEGER NOT NULL DEFAULT 0 CHECK (unknown >= 0),
	retries      INTEGER NOT NULL DEFAULT 0 CHECK (retries >= 0),
	released     TEXT    NOT NULL DEFAULT '',
	sent_of      TEXT    NOT NULL DEFAULT '',
	last_sent_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The audience, numbered from 1 without gaps. A row changes only when a person
-- is erased.
CREATE TABLE recipients (
	campaign INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE RESTRICT,
	position INTEGER NOT NULL CHECK (position >= 1),
	phone    TEXT    NOT NULL CHECK (phone <> ''),
	contact  TEXT    NOT NULL,
	PRIMARY KEY (campaign, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX recipients_phone ON recipients (campaign, phone);

-- What became of a recipient: written when it is settled, and not before.
CREATE TABLE results (
	campaign     INTEGER NOT NULL,
	position     INTEGER NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('', 'sent', 'delivered', 'read', 'failed', 'skipped', 'cancelled')),
	why          TEXT    NOT NULL,
	message      INTEGER NOT NULL,
	tries        INTEGER NOT NULL CHECK (tries >= 0),
	generation   INTEGER NOT NULL CHECK (generation >= 1),
	instance     INTEGER NOT NULL,
	provider_id  TEXT    NOT NULL,
	taken_at     INTEGER NOT NULL,
	sent_at      INTEGER NOT NULL,
	delivered_at INTEGER NOT NULL,
	read_at      INTEGER NOT NULL,
	responded_at INTEGER NOT NULL,
	PRIMARY KEY (campaign, position),
	FOREIGN KEY (campaign, position) REFERENCES recipients (campaign, position) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX results_state ON results (campaign, state);

CREATE TABLE instances (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant        TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	gateway       TEXT    NOT NULL,
	remote        TEXT    NOT NULL,
	phone         TEXT    NOT NULL,
	pace          TEXT    NOT NULL CHECK (json_valid(pace)),
	since         INTEGER NOT NULL,
	zone          TEXT    NOT NULL,
	connection    TEXT    NOT NULL,
	connection_at INTEGER NOT NULL,
	rev           INTEGER NOT NULL,
	created_at    INTEGER NOT NULL,
	updated_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX instances_remote ON instances (tenant, gateway, remote);

-- The half of an instance that the ledger writes, with the campaign that it
-- serves: one at a time, since there is one column for it.
CREATE TABLE meters (
	instance   INTEGER PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
	serves     INTEGER REFERENCES campaigns (id) ON DELETE RESTRICT,
	pace_until INTEGER NOT NULL DEFAULT 0,
	wake_at    INTEGER NOT NULL DEFAULT 0,
	why        TEXT    NOT NULL DEFAULT '',
	last_start INTEGER NOT NULL DEFAULT 0,
	hour       INTEGER NOT NULL DEFAULT 0,
	day        INTEGER NOT NULL DEFAULT 0,
	in_hour    INTEGER NOT NULL DEFAULT 0 CHECK (in_hour >= 0),
	in_day     INTEGER NOT NULL DEFAULT 0 CHECK (in_day >= 0),
	in_row     INTEGER NOT NULL DEFAULT 0 CHECK (in_row >= 0),
	held       TEXT    NOT NULL DEFAULT '',
	held_until INTEGER NOT NULL DEFAULT 0,
	holds      INTEGER NOT NULL DEFAULT 0,
	errors     INTEGER NOT NULL DEFAULT 0,
	unacked    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX meters_wake ON meters (wake_at) WHERE serves IS NOT NULL;
CREATE INDEX meters_serves ON meters (serves) WHERE serves IS NOT NULL;

-- The open attempts: in flight, or lost. A small table, and the guard of
-- everything: its unique keys keep a recipient, a slot of an instance and a
-- phone from being taken twice.
CREATE TABLE attempts (
	id         BLOB    NOT NULL CHECK (length(id) = 16),
	tenant     TEXT    NOT NULL,
	campaign   INTEGER NOT NULL,
	position   INTEGER NOT NULL,
	generation INTEGER NOT NULL CHECK (generation >= 1),
	try        INTEGER NOT NULL CHECK (try >= 1),
	instance   INTEGER NOT NULL REFERENCES instances (id) ON DELETE RESTRICT,
	slot       INTEGER NOT NULL CHECK (slot >= 0),
	gateway    TEXT    NOT NULL,
	remote     TEXT    NOT NULL,
	phone      TEXT    NOT NULL CHECK (phone <> ''),
	message    INTEGER NOT NULL,
	text       TEXT    NOT NULL,
	gap        INTEGER NOT NULL CHECK (gap >= 0),
	taken_at   INTEGER NOT NULL CHECK (taken_at <> 0),
	start_by   INTEGER NOT NULL CHECK (start_by >= taken_at),
	quarantine INTEGER NOT NULL CHECK (quarantine >= start_by),
	sweep_at   INTEGER NOT NULL CHECK (sweep_at >= start_by),
	daemon     TEXT    NOT NULL,
	phase      TEXT    NOT NULL CHECK (phase IN ('flying', 'lost')),
	held       INTEGER NOT NULL CHECK (held IN (0, 1)),
	looked     INTEGER NOT NULL CHECK (looked >= 0),
	look_at    INTEGER NOT NULL,
	why        TEXT    NOT NULL,
	PRIMARY KEY (campaign, position),
	FOREIGN KEY (campaign, position) REFERENCES recipients (campaign, position) ON DELETE RESTRICT,
	CONSTRAINT flying_is_held CHECK (phase = 'lost' OR held = 1)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_id ON attempts (id);
CREATE UNIQUE INDEX attempts_slot ON attempts (instance, slot) WHERE phase = 'flying';
CREATE UNIQUE INDEX attempts_phone ON attempts (phone) WHERE held = 1;
CREATE INDEX attempts_sweep ON attempts (sweep_at) WHERE phase = 'flying';
CREATE INDEX attempts_quarantine ON attempts (quarantine) WHERE phase = 'lost' AND held = 1;
CREATE INDEX attempts_look ON attempts (look_at) WHERE phase = 'lost' AND look_at <> 0;

-- Recipients behind the cursor that are to be taken again.
CREATE TABLE waiting (
	campaign   INTEGER NOT NULL,
	position   INTEGER NOT NULL,
	due        INTEGER NOT NULL,
	tries      INTEGER NOT NULL CHECK (tries >= 0),
	generation INTEGER NOT NULL CHECK (generation >= 1),
	why        TEXT    NOT NULL,
	PRIMARY KEY (campaign, position),
	FOREIGN KEY (campaign, position) REFERENCES recipients (campaign, position) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting (campaign, due);

-- The log of attempts that have ended. It outlives its campaign: what a
-- gateway has sent stays claimed.
CREATE TABLE ended (
	seq         INTEGER PRIMARY KEY,
	attempt     BLOB    NOT NULL CHECK (length(attempt) = 16),
	tenant      TEXT    NOT NULL,
	campaign    INTEGER NOT NULL,
	position    INTEGER NOT NULL,
	generation  INTEGER NOT NULL CHECK (generation >= 1),
	try         INTEGER NOT NULL,
	instance    INTEGER NOT NULL,
	message     INTEGER NOT NULL,
	phone       TEXT    NOT NULL,
	taken_at    INTEGER NOT NULL,
	ended_at    INTEGER NOT NULL CHECK (ended_at >= taken_at),
	outcome     TEXT    NOT NULL CHECK (outcome IN ('accepted', 'not_sent', 'refused', 'held', 'slowed', 'late', 'postponed',
		'unknown', 'no_trace', 'marked_not_sent', 'resend')),
	provider_id TEXT    NOT NULL,
	evidence    TEXT    NOT NULL CHECK (evidence IN ('', 'answer', 'record', 'webhook', 'operator')),
	why         TEXT    NOT NULL,
	CONSTRAINT accepted_has_evidence CHECK (outcome <> 'accepted' OR (evidence <> '' AND (provider_id <> '' OR evidence = 'operator')))
) STRICT;
CREATE UNIQUE INDEX ended_attempt ON ended (attempt);
CREATE UNIQUE INDEX ended_provider_id ON ended (instance, provider_id) WHERE provider_id <> '';
CREATE UNIQUE INDEX ended_accepted ON ended (campaign, position, generation) WHERE outcome = 'accepted';
CREATE INDEX ended_other ON ended (campaign, position) WHERE outcome <> 'accepted';

CREATE TABLE events (
	seq      INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	type     TEXT    NOT NULL CHECK (type <> ''),
	campaign INTEGER NOT NULL,
	position INTEGER NOT NULL,
	instance INTEGER NOT NULL,
	attempt  BLOB             CHECK (attempt IS NULL OR length(attempt) = 16),
	message  INTEGER NOT NULL,
	author   TEXT    NOT NULL,
	why      TEXT    NOT NULL
) STRICT;
CREATE INDEX events_tenant ON events (tenant);
CREATE INDEX events_campaign ON events (campaign);
CREATE INDEX events_recipient ON events (campaign, position) WHERE position <> 0;

-- What gateways have reported. Known are those whose message is in the log.
CREATE TABLE notices (
	seq         INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant      TEXT    NOT NULL,
	instance    INTEGER NOT NULL,
	provider_id TEXT    NOT NULL,
	kind        TEXT    NOT NULL CHECK (kind IN ('server_ack', 'delivered', 'read', 'error')),
	at          INTEGER NOT NULL,
	arrived_at  INTEGER NOT NULL,
	known       INTEGER NOT NULL CHECK (known IN (0, 1))
) STRICT;
CREATE INDEX notices_known ON notices (seq) WHERE known = 1;
CREATE INDEX notices_unknown ON notices (instance, provider_id) WHERE known = 0;
CREATE INDEX notices_arrived ON notices (arrived_at);

CREATE TABLE calendars (
	tenant  TEXT    PRIMARY KEY,
	rev     INTEGER NOT NULL,
	content TEXT    NOT NULL CHECK (json_valid(content))
) STRICT;

CREATE TABLE suppressed (
	tenant TEXT    NOT NULL,
	key    BLOB    NOT NULL CHECK (length(key) = 32),
	at     INTEGER NOT NULL,
	PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE daemons (
	name       TEXT    PRIMARY KEY,
	started_at INTEGER NOT NULL,
	beat_at    INTEGER NOT NULL
) STRICT;

-- What holds for the whole store, by name.
CREATE TABLE facts (
	name  TEXT    PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER cursor_forward BEFORE UPDATE OF position ON progress WHEN NEW.position < OLD.position
BEGIN SELECT RAISE(ABORT, 'the cursor of a campaign only moves forward'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cursor_inside BEFORE UPDATE OF position ON progress
WHEN NEW.position > (SELECT total FROM campaigns WHERE id = NEW.campaign)
BEGIN SELECT RAISE(ABORT, 'the cursor cannot pass the end of the audience'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER result_forward BEFORE UPDATE ON results
WHEN OLD.campaign <> NEW.campaign OR OLD.position <> NEW.position
	OR (OLD.state IN ('sent', 'delivered', 'read') AND NEW.state <> 'failed'
		AND NOT (NEW.state = OLD.state OR NEW.state = 'read' OR (NEW.state = 'delivered' AND OLD.state = 'sent')))
BEGIN SELECT RAISE(ABORT, 'a sent recipient only moves forward'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER result_stays BEFORE DELETE ON results
WHEN EXISTS (SELECT 1 FROM progress WHERE campaign = OLD.campaign)
BEGIN SELECT RAISE(ABORT, 'what became of a recipient goes with its campaign'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER recipient_fixed BEFORE UPDATE OF campaign, position ON recipients
BEGIN SELECT RAISE(ABORT, 'the places of an audience do not change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attempt_place BEFORE INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM waiting WHERE campaign = NEW.campaign AND position = NEW.position)
	OR NEW.position > (SELECT position FROM progress WHERE campaign = NEW.campaign)
BEGIN SELECT RAISE(ABORT, 'a recipient that waits or is ahead of the cursor cannot have an open attempt'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attempt_new BEFORE INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM ended WHERE attempt = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the id of an attempt is never used again'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attempt_fixed BEFORE UPDATE OF id, tenant, campaign, position, generation, try, instance, slot, phone, message, text,
	taken_at, start_by, daemon ON attempts
BEGIN SELECT RAISE(ABORT, 'what an attempt is cannot be changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attempt_lands BEFORE UPDATE OF phase, held ON attempts
WHEN (OLD.phase = 'lost' AND NEW.phase = 'flying') OR (OLD.held = 0 AND NEW.held = 1)
BEGIN SELECT RAISE(ABORT, 'a lost attempt does not fly again, and a phone is not taken back'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER waiting_place BEFORE INSERT ON waiting
WHEN EXISTS (SELECT 1 FROM attempts WHERE campaign = NEW.campaign AND position = NEW.position)
	OR NEW.position > (SELECT position FROM progress WHERE campaign = NEW.campaign)
BEGIN SELECT RAISE(ABORT, 'a recipient that has an open attempt or is ahead of the cursor cannot wait'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ended_fixed BEFORE UPDATE OF seq, attempt, tenant, campaign, position, generation, try, instance, message,
	taken_at, ended_at ON ended
BEGIN SELECT RAISE(ABORT, 'the log of attempts is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ended_phone BEFORE UPDATE OF phone ON ended WHEN NEW.phone <> ''
BEGIN SELECT RAISE(ABORT, 'the phone of an ended attempt can be erased, not changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ended_stays BEFORE DELETE ON ended
BEGIN SELECT RAISE(ABORT, 'the log of attempts is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_fixed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the log of events is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the log of events is append-only'); END;
-- +goose StatementEnd
