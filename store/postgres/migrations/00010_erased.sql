-- A person who was erased leaves "erased:campaign/position" where the phone
-- was. A lost attempt may lose its phone and its text that way, and none is
-- begun for such a phone.

-- +goose Up
DROP TRIGGER attempt_fixed ON attempts;
CREATE TRIGGER attempt_fixed BEFORE UPDATE OF id, tenant, campaign, position, generation, try, instance, slot, message,
	taken_at, start_by, daemon ON attempts FOR EACH ROW
	EXECUTE FUNCTION refuse('what an attempt is cannot be changed');
CREATE TRIGGER attempt_erased BEFORE UPDATE OF phone, text ON attempts FOR EACH ROW
	WHEN (NEW.phone <> 'erased:' || NEW.campaign || '/' || NEW.position OR NEW.text <> ''
		OR NEW.phase <> 'lost' OR NEW.held <> 0 OR NEW.look_at <> 0)
	EXECUTE FUNCTION refuse('the phone and the text of a lost attempt can be erased, not changed');
ALTER TABLE attempts ADD CONSTRAINT attempt_to_somebody CHECK (phase <> 'flying' OR left(phone, 7) <> 'erased:');
