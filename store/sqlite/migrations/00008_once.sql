-- +goose Up
-- A generation has one send that is not proven unsent, whatever the program
-- believes: neither what was accepted nor what an operator has given up, or
-- ordered anew, is begun again. What was accepted stays so.

-- +goose StatementBegin
CREATE TRIGGER attempt_once BEFORE INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM ended WHERE campaign = NEW.campaign AND position = NEW.position AND generation >= NEW.generation
		AND outcome = 'accepted')
	OR EXISTS (SELECT 1 FROM ended WHERE campaign = NEW.campaign AND position = NEW.position AND generation >= NEW.generation
		AND outcome <> 'accepted' AND outcome IN ('marked_not_sent', 'resend'))
BEGIN SELECT RAISE(ABORT, 'a generation that may have been sent is not sent again'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ended_accepted_stays BEFORE UPDATE OF outcome, evidence, provider_id ON ended
WHEN (OLD.outcome = 'accepted' OR NEW.outcome <> OLD.outcome)
	AND (NEW.outcome <> 'accepted' OR (OLD.outcome = 'accepted' AND (NEW.evidence <> OLD.evidence OR NEW.provider_id <> OLD.provider_id)))
BEGIN SELECT RAISE(ABORT, 'what was accepted stays so, and an outcome is corrected to accepted alone'); END;
-- +goose StatementEnd
