-- Whether the contacts and groups of tags and memberships are there is asked for
-- all rows of a statement together: as foreign keys, row by row, it took a
-- quarter of the server's time for an import. What is refused, under which names,
-- and that whoever is named by a row cannot be deleted before its transaction has
-- ended, stays as it was.

-- +goose Up

-- In the order in which imports come by them.
LOCK TABLE contact_groups, contacts, contact_tags, contact_members IN ACCESS EXCLUSIVE MODE;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION contact_tagged() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF (SELECT count(*) FROM new_tags n CROSS JOIN LATERAL
			(SELECT 1 FROM contacts c WHERE c.id = n.contact FOR KEY SHARE) c) < (SELECT count(*) FROM new_tags) THEN
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contact_tags_contact_fkey',
			MESSAGE = 'a tag needs a contact that is there';
	END IF;
	INSERT INTO contact_tag_sizes AS t (tenant, tag, size) SELECT n.tenant, n.tag, count(*) FROM new_tags n GROUP BY 1, 2 ORDER BY 1, 2
		ON CONFLICT (tenant, tag) DO UPDATE SET size = t.size + excluded.size;
	RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION contact_joined() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF (SELECT count(*) FROM (SELECT DISTINCT team FROM new_members) n CROSS JOIN LATERAL
			(SELECT 1 FROM contact_groups g WHERE g.id = n.team FOR KEY SHARE) g) < (SELECT count(DISTINCT team) FROM new_members) THEN
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contact_members_team_fkey',
			MESSAGE = 'a member needs a group that is there';
	END IF;
	IF (SELECT count(*) FROM new_members n CROSS JOIN LATERAL
			(SELECT 1 FROM contacts c WHERE c.id = n.contact FOR KEY SHARE) c) < (SELECT count(*) FROM new_members) THEN
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contact_members_contact_fkey',
			MESSAGE = 'a member needs a contact that is there';
	END IF;
	RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION contact_in_use() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM contact_tags t WHERE t.contact = OLD.id) THEN
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contact_tags_contact_fkey',
			MESSAGE = 'a contact that has tags stays';
	END IF;
	IF EXISTS (SELECT 1 FROM contact_members m WHERE m.contact = OLD.id) THEN
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contact_members_contact_fkey',
			MESSAGE = 'a contact that is a member stays';
	END IF;
	RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION contact_group_in_use() RETURNS trigger LANGUAGE plpgsql
	SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM contact_members m WHERE m.team = OLD.id) THEN
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contact_members_team_fkey',
			MESSAGE = 'a group that has members stays';
	END IF;
	RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER contact_joined AFTER INSERT ON contact_members REFERENCING NEW TABLE AS new_members FOR EACH STATEMENT EXECUTE FUNCTION contact_joined();
CREATE TRIGGER contact_in_use AFTER DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION contact_in_use();
CREATE TRIGGER contact_group_in_use AFTER DELETE ON contact_groups FOR EACH ROW EXECUTE FUNCTION contact_group_in_use();
-- No program does these.
CREATE TRIGGER contact_tag_fixed BEFORE UPDATE ON contact_tags FOR EACH ROW EXECUTE FUNCTION refuse('a tag is added or taken away, not changed');
CREATE TRIGGER contact_member_fixed BEFORE UPDATE ON contact_members FOR EACH ROW EXECUTE FUNCTION refuse('a member is added or taken away, not changed');
CREATE TRIGGER contact_fixed BEFORE UPDATE OF id ON contacts FOR EACH ROW WHEN (NEW.id <> OLD.id)
	EXECUTE FUNCTION refuse('the id of a contact stays');
CREATE TRIGGER contact_group_fixed BEFORE UPDATE OF id ON contact_groups FOR EACH ROW WHEN (NEW.id <> OLD.id)
	EXECUTE FUNCTION refuse('the id of a group stays');
CREATE TRIGGER contacts_not_emptied BEFORE TRUNCATE ON contacts EXECUTE FUNCTION refuse('contacts are deleted with their tags and memberships');
CREATE TRIGGER contact_groups_not_emptied BEFORE TRUNCATE ON contact_groups EXECUTE FUNCTION refuse('groups are deleted with their memberships');

ALTER TABLE contact_tags DROP CONSTRAINT contact_tags_contact_fkey;
ALTER TABLE contact_members DROP CONSTRAINT contact_members_team_fkey, DROP CONSTRAINT contact_members_contact_fkey;
