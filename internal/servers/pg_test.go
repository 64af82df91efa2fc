package servers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPGKeepsWhatItHasCommitted(t *testing.T) {
	p := NewPostgres(t, nil)
	if got := query(t, p.URL(), "SHOW fsync"); got != "on" {
		t.Fatalf("fsync is %s", got)
	}
	query(t, p.URL(), "CREATE TABLE x (n int)")
	for i, end := range []func() error{p.Stop, p.StopNow, p.Kill} {
		query(t, p.URL(), "INSERT INTO x VALUES (1)")
		must(t, end())
		if _, err := ask(p.URL(), "SELECT 1"); err == nil {
			t.Fatal("a stopped server answers")
		}
		if end() != errDown {
			t.Fatal("a server that is down was stopped once more")
		}
		must(t, p.Start())
		if p.Start() != errUp {
			t.Fatal("a server that is up was started once more")
		}
		if got, want := query(t, p.URL(), "SELECT sum(n) FROM x"), string(rune('1'+i)); got != want {
			t.Fatalf("after end %d: sum %s, want %s", i, got, want)
		}
	}
}

func TestPGFreezesWithItsConnections(t *testing.T) {
	p := NewPostgres(t, &PGOptions{NoSync: true, Settings: map[string]string{"work_mem": "5MB"}})
	if got := query(t, p.URL(), "SHOW work_mem"); got != "5MB" {
		t.Fatalf("work_mem is %s", got)
	}
	must(t, p.Freeze())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	psql := exec.CommandContext(ctx, filepath.Join(p.bin, "psql"), "-XAtq", "-d", p.URL(), "-c", "SELECT 1")
	if err := psql.Run(); ctx.Err() == nil {
		t.Fatalf("a frozen server answers: %v", err)
	}
	must(t, p.Thaw())
	query(t, p.URL(), "SELECT 1")
	must(t, p.Freeze())
	must(t, p.Kill())
	must(t, p.Start())
	query(t, p.URL(), "SELECT 1")
}

func TestPGSaysWhyItDoesNotStart(t *testing.T) {
	if _, err := findPostgres(os.Getenv("PATH"), postgresDirs); err != nil {
		require(t, err)
	}
	_, err := newPG(PGOptions{Settings: map[string]string{"shared_buffers": "a lot"}})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Fatalf("got %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
