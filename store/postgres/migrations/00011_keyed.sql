-- The guards of new attempts look up each row of a statement by its key. As
-- joins, which the planner could turn round, they went through the whole log
-- of attempts: 44 ms for a take of 100 beside 50,000 ended attempts. What they
-- refuse, and under which names, stays as it was.

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION attempts_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM begun b CROSS JOIN LATERAL
				(SELECT 1 FROM waiting w WHERE w.campaign = b.campaign AND w.position = b.position OFFSET 0) w)
		OR EXISTS (SELECT 1 FROM begun b CROSS JOIN LATERAL
				(SELECT 1 FROM progress p WHERE p.campaign = b.campaign AND p.position < b.position OFFSET 0) p) THEN
		RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'attempt_place',
			MESSAGE = 'a recipient that waits or is ahead of the cursor cannot have an open attempt';
	END IF;
	IF EXISTS (SELECT 1 FROM begun b CROSS JOIN LATERAL
			(SELECT 1 FROM ended e WHERE e.attempt = b.id OFFSET 0) e) THEN
		RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'attempt_place',
			MESSAGE = 'the id of an attempt is never used again';
	END IF;
	IF EXISTS (SELECT 1 FROM begun b CROSS JOIN LATERAL
				(SELECT 1 FROM ended e WHERE e.campaign = b.campaign AND e.position = b.position
					AND e.generation >= b.generation AND e.outcome = 'accepted' OFFSET 0) e)
		OR EXISTS (SELECT 1 FROM begun b CROSS JOIN LATERAL
				(SELECT 1 FROM ended e WHERE e.campaign = b.campaign AND e.position = b.position
					AND e.generation >= b.generation AND e.outcome <> 'accepted' AND e.outcome IN ('marked_not_sent', 'resend') OFFSET 0) e) THEN
		RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'attempt_once',
			MESSAGE = 'a generation that may have been sent is not sent again';
	END IF;
	RETURN NULL;
END $$;
-- +goose StatementEnd
