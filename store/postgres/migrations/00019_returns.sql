-- +goose Up
-- A person whose message WhatsApp refused after its acceptance may come back: it
-- waits for the next generation then, and its row says nothing until that one is
-- settled.
-- +goose StatementBegin
CREATE FUNCTION result_returns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM waiting w WHERE w.campaign = OLD.campaign AND w.position = OLD.position AND w.generation > OLD.generation) THEN
		RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME,
			MESSAGE = 'a sent recipient only moves forward';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
DROP TRIGGER result_forward ON results;
CREATE TRIGGER result_forward BEFORE UPDATE ON results FOR EACH ROW
	WHEN (OLD.campaign <> NEW.campaign OR OLD.position <> NEW.position
		OR (OLD.state IN ('sent', 'delivered', 'read') AND NEW.state <> 'failed'
			AND NOT (NEW.state = OLD.state OR NEW.state = 'read' OR (NEW.state IN ('delivered', '') AND OLD.state = 'sent'))))
	EXECUTE FUNCTION refuse('a sent recipient only moves forward');
CREATE TRIGGER result_returns BEFORE UPDATE ON results FOR EACH ROW WHEN (OLD.state = 'sent' AND NEW.state = '')
	EXECUTE FUNCTION result_returns();
