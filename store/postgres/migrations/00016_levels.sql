-- On whose word a person gets no messages: 1 was not recorded (the log of events
-- tells), 2 a keyword, 3 an operator, 4 the law.

-- +goose Up
ALTER TABLE suppressed ADD COLUMN level smallint NOT NULL DEFAULT 1 CHECK (level BETWEEN 1 AND 4);
