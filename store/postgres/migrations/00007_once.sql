-- A generation has one send that is not proven unsent, whatever the program
-- believes: neither what was accepted nor what an operator has given up, or
-- ordered anew, is begun again. What was accepted stays so.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION attempt_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM ended e WHERE e.campaign = NEW.campaign AND e.position = NEW.position
			AND e.generation >= NEW.generation AND e.outcome = 'accepted')
		OR EXISTS (SELECT 1 FROM ended e WHERE e.campaign = NEW.campaign AND e.position = NEW.position
			AND e.generation >= NEW.generation AND e.outcome <> 'accepted' AND e.outcome IN ('marked_not_sent', 'resend')) THEN
		RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME,
			MESSAGE = 'a generation that may have been sent is not sent again';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER attempt_once BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION attempt_once();
CREATE TRIGGER ended_accepted_stays BEFORE UPDATE OF outcome, evidence, provider_id ON ended FOR EACH ROW
	WHEN ((OLD.outcome = 'accepted' OR NEW.outcome <> OLD.outcome)
		AND (NEW.outcome <> 'accepted' OR (OLD.outcome = 'accepted' AND (NEW.evidence <> OLD.evidence OR NEW.provider_id <> OLD.provider_id))))
	EXECUTE FUNCTION refuse('what was accepted stays so, and an outcome is corrected to accepted alone');
