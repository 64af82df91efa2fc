package servers

import (
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// query asks a database by psql.
func query(t testing.TB, url, sql string) string {
	t.Helper()
	out, err := ask(url, sql)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ask(url, sql string) (string, error) {
	psql, err := findPsql()
	if err != nil {
		return "", err
	}
	out, err := exec.Command(psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

func TestPostgresGivesEachTestItsOwnDatabase(t *testing.T) {
	a, b := Postgres(t), Postgres(t)
	query(t, a, "CREATE TABLE x (n int)")
	query(t, b, "CREATE TABLE x (n int)")
	if q := query(t, a, "SHOW server_encoding"); q != "UTF8" {
		t.Fatalf("encoding %s", q)
	}
}

func TestPostgresDropsTheDatabase(t *testing.T) {
	var gone string
	t.Run("test", func(t *testing.T) { gone = Postgres(t); query(t, gone, "SELECT 1") })
	if _, err := ask(gone, "SELECT 1"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Fatalf("the database of an ended test answers: %v", err)
	}
}

func TestPostgresFromCopiesATemplate(t *testing.T) {
	var prepared atomic.Int64
	prepare := func(url string) error {
		prepared.Add(1)
		_, err := ask(url, "CREATE TABLE x (n int); INSERT INTO x VALUES (7)")
		return err
	}
	for range 3 {
		t.Run("test", func(t *testing.T) {
			t.Parallel()
			url := PostgresFrom(t, "seven", prepare)
			if got := query(t, url, "UPDATE x SET n = n + 1 RETURNING n"); got != "8" {
				t.Fatalf("got %s, want 8: not a copy of its own", got)
			}
		})
	}
	t.Cleanup(func() {
		if n := prepared.Load(); n != 1 {
			t.Errorf("prepared %d times", n)
		}
	})
}
