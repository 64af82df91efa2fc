package dump_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/alreasense/campaigns/store/sqlite"
	"github.com/stretchr/testify/require"
)

// sqliteColumns are the tables of a new database with their columns, and
// whether these can be null.
func sqliteColumns(t *testing.T, leave map[string]bool) map[string]map[string]bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	open(t, path, nil).Close()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.Query(`SELECT m.name, c.name, c."notnull" = 0 AND c.pk = 0 FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	require.NoError(t, err)
	defer rows.Close()
	has := map[string]map[string]bool{}
	for rows.Next() {
		var table, column string
		var null bool
		require.NoError(t, rows.Scan(&table, &column, &null))
		if leave[table] {
			continue
		}
		if has[table] == nil {
			has[table] = map[string]bool{}
		}
		has[table][column] = null
	}
	require.NoError(t, rows.Err())
	return has
}

// simulationDeadline is the start deadline that a database was begun with.
func simulationDeadline(t *testing.T, s *sqlite.Store) time.Duration {
	t.Helper()
	db, err := sql.Open("sqlite", s.Path())
	require.NoError(t, err)
	defer db.Close()
	var n int64
	require.NoError(t, db.QueryRow(`SELECT value FROM facts WHERE name = 'deadline'`).Scan(&n))
	return time.Duration(n)
}
