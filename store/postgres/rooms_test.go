package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// rooms are databases that the tests of a suite use one after the other, emptied
// in between, because making one costs far more.
type rooms struct {
	whole testing.TB // they end with it
	free  []string
}

// url is the URL of a migrated, empty database that is the test's own while it
// lasts.
func (r *rooms) url(t testing.TB) (url string) {
	t.Helper()
	if n := len(r.free); n > 0 {
		url, r.free = r.free[n-1], r.free[:n-1]
	} else {
		url = fresh(r.whole)
	}
	t.Cleanup(func() {
		if empty(t, url) {
			r.free = append(r.free, url)
		}
	})
	return url
}

// empty takes every row out of a database, past the guards of the schema, and
// counts from 1 again. Who is no superuser may not, and gets a new one.
func empty(t testing.TB, url string) bool {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, `SET session_replication_role TO replica`); err != nil {
		return false
	}
	_, err = c.Exec(ctx, `DO $$ DECLARE name text; BEGIN
		FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'campaigns' AND tablename <> 'goose_db_version' LOOP
			EXECUTE 'DELETE FROM campaigns.' || name;
		END LOOP;
		FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'campaigns' AND sequencename NOT LIKE 'goose%' AND last_value IS NOT NULL LOOP
			EXECUTE 'ALTER SEQUENCE campaigns.' || name || ' RESTART';
		END LOOP;
	END $$`)
	require.NoError(t, err)
	return true
}
