-- +goose Up
-- A person who was erased leaves "erased:campaign/position" where the phone
-- was. A lost attempt may lose its phone and its text that way, and none is
-- begun for such a phone.
DROP TRIGGER attempt_fixed;
-- +goose StatementBegin
CREATE TRIGGER attempt_fixed BEFORE UPDATE OF id, tenant, campaign, position, generation, try, instance, slot, message,
	taken_at, start_by, daemon ON attempts
BEGIN SELECT RAISE(ABORT, 'what an attempt is cannot be changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attempt_erased BEFORE UPDATE OF phone, text ON attempts
WHEN NEW.phone <> 'erased:' || NEW.campaign || '/' || NEW.position OR NEW.text <> ''
	OR NEW.phase <> 'lost' OR NEW.held <> 0 OR NEW.look_at <> 0
BEGIN SELECT RAISE(ABORT, 'the phone and the text of a lost attempt can be erased, not changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attempt_to_nobody BEFORE INSERT ON attempts WHEN NEW.phase = 'flying' AND substr(NEW.phone, 1, 7) = 'erased:'
BEGIN SELECT RAISE(ABORT, 'nothing is sent to a person who was erased'); END;
-- +goose StatementEnd
