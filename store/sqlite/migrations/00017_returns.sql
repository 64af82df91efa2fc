-- +goose Up
-- A person whose message WhatsApp refused after its acceptance may come back: it
-- waits for the next generation then, and its row says nothing until that one is
-- settled.
DROP TRIGGER result_forward;
-- +goose StatementBegin
CREATE TRIGGER result_forward BEFORE UPDATE ON results
WHEN OLD.campaign <> NEW.campaign OR OLD.position <> NEW.position
	OR (OLD.state IN ('sent', 'delivered', 'read') AND NEW.state <> 'failed'
		AND NOT (NEW.state = OLD.state OR NEW.state = 'read' OR (NEW.state = 'delivered' AND OLD.state = 'sent'))
		AND NOT (NEW.state = '' AND OLD.state = 'sent' AND EXISTS (SELECT 1 FROM waiting
			WHERE campaign = OLD.campaign AND position = OLD.position AND generation > OLD.generation)))
BEGIN SELECT RAISE(ABORT, 'a sent recipient only moves forward'); END;
-- +goose StatementEnd
