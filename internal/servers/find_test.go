package servers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verdict is a testing.TB that remembers how a test ended.
type verdict struct {
	testing.TB
	got, why string
}

func (v *verdict) Helper()           {}
func (v *verdict) Skip(args ...any)  { v.end("skip", args...) }
func (v *verdict) Fatal(args ...any) { v.end("fatal", args...) }
func (v *verdict) end(how string, args ...any) {
	if v.got == "" {
		v.got, v.why = how, fmt.Sprint(args...)
	}
}

func TestAMissingServerSkipsAndFailsInCI(t *testing.T) {
	broken := errors.New("does not start")
	for _, c := range []struct {
		err      error
		ci, want string
	}{
		{nil, "", ""},
		{nil, "true", ""},
		{missing("Redis", "redis-server", envRedis), "", "skip"},
		{missing("Redis", "redis-server", envRedis), "true", "fatal"},
		{broken, "", "fatal"},
		{broken, "true", "fatal"},
	} {
		t.Setenv("CI", c.ci)
		v := &verdict{TB: t}
		require(v, c.err)
		if v.got != c.want {
			t.Errorf("error %v, CI=%q: %q, want %q", c.err, c.ci, v.got, c.want)
		}
		if c.want == "skip" && !strings.Contains(v.why, "apt-get install redis-server") {
			t.Errorf("the reason does not say what to install: %s", v.why)
		}
	}
}

func TestFindPostgres(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	install := func(dir string, bins ...string) string {
		dir = filepath.Join(root, dir)
		must(t, os.MkdirAll(dir, 0o755))
		for _, b := range bins {
			must(t, os.WriteFile(filepath.Join(dir, b), nil, 0o755))
		}
		return dir
	}
	all := []string{"postgres", "initdb", "psql"}
	install("lib/9/bin", all...)
	newest := install("lib/15/bin", all...)
	install("lib/16/bin", "psql") // the client alone
	other := install("opt/bin", all...)
	links := install("links")
	must(t, os.Symlink(filepath.Join(other, "postgres"), filepath.Join(links, "postgres")))
	client := install("client", "psql")
	places := []string{filepath.Join(root, "lib/*/bin")}

	for _, c := range []struct {
		name, path string
		places     []string
		want       string
	}{
		{"nothing", client, nil, ""},
		{"highest version, by number", client, places, newest},
		{"PATH first", client + ":" + other, places, other},
		{"a link in PATH", links, places, other},
	} {
		got, err := findPostgres(c.path, c.places)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
		if err != nil && !errors.Is(err, errMissing) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAServerThatWasGiven(t *testing.T) {
	for _, bad := range []string{"host=localhost password=secret", "mysql://u:secret@h/d", "postgres://u:secret@h:x/d"} {
		if _, err := hostAt(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	p := NewPostgres(t, &PGOptions{NoSync: true})
	h, err := hostAt(p.URL())
	must(t, err)
	template, err := h.template("one", func(url string) error {
		_, err := ask(url, "CREATE TABLE one (n int)")
		return err
	})
	must(t, err)
	t.Run("test", func(t *testing.T) { query(t, h.fresh(t, template), "SELECT * FROM one") })
	left := func() string { return query(t, p.URL(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'") }
	if got := left(); got != "1" {
		t.Fatalf("%s databases beside the template", got)
	}
	h.guard.release()
	if got := left(); got != "0" {
		t.Fatalf("%s databases are left behind", got)
	}
}

func TestATemplateThatFailsIsReportedAndDropped(t *testing.T) {
	p := NewPostgres(t, &PGOptions{NoSync: true})
	h, err := hostAt(p.URL())
	must(t, err)
	t.Cleanup(h.guard.release)
	want := errors.New("no schema today")
	for range 2 {
		if _, err := h.template("broken", func(string) error { return want }); !errors.Is(err, want) {
			t.Fatalf("got %v", err)
		}
	}
	if got := query(t, p.URL(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'"); got != "0" {
		t.Fatalf("%s databases are left behind", got)
	}
}
