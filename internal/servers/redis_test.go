package servers

import (
	"os"
	"strings"
	"testing"
)

func TestRedisSharedByTestsInDatabasesOfTheirOwn(t *testing.T) {
	if os.Getenv(envRedis) != "" {
		if got := Redis(t); got != os.Getenv(envRedis) {
			t.Fatalf("got %s", got)
		}
		return
	}
	a, b := Redis(t), Redis(t)
	if a == b || !strings.HasPrefix(a, "unix:///") {
		t.Fatalf("%s and %s", a, b)
	}
}

func TestRedisServer(t *testing.T) {
	r := NewRedis(t)
	set := func() { t.Helper(); must(t, r.command("SET", "k", "v")) }
	get := func(want string) {
		t.Helper()
		if got, err := r.Ask("GET", "k"); err != nil || got != want {
			t.Fatalf("GET: %q, %v; want %q", got, err, want)
		}
	}
	set()
	get("v")
	must(t, r.Flush())
	get("")

	must(t, r.Fill())
	if _, err := r.Ask("SET", "k", "v"); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Fatalf("a full server takes a write: %v", err)
	}
	must(t, r.Drain())
	set()

	must(t, r.Freeze())
	if _, err := r.Ask("GET", "k"); err == nil {
		t.Fatal("a frozen server answers")
	}
	must(t, r.Thaw())
	get("v")

	for _, end := range []func() error{r.Stop, r.Kill} {
		set()
		must(t, end())
		if _, err := r.Ask("GET", "k"); err == nil {
			t.Fatal("a stopped server answers")
		}
		if end() != errDown || r.Freeze() != errDown {
			t.Fatal("a server that is down takes orders")
		}
		must(t, r.Start())
		if r.Start() != errUp {
			t.Fatal("a server that is up was started once more")
		}
		get("")
	}
	if got, err := r.Ask("CONFIG", "GET", "maxmemory"); err != nil || got != "maxmemory\n0" {
		t.Fatalf("CONFIG GET: %q, %v", got, err)
	}
}

func TestRedisServerWithSettings(t *testing.T) {
	r := NewRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	must(t, r.command("SET", "k", "v"))
	must(t, r.Kill())
	must(t, r.Start())
	if got, err := r.Ask("GET", "k"); err != nil || got != "v" {
		t.Fatalf("after a kill: %q, %v", got, err)
	}
	if _, err := newRedis([]string{"--no-such-setting", "1"}); err == nil || !strings.Contains(err.Error(), "no-such-setting") {
		t.Fatalf("got %v", err)
	}
}
