package servers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Postgres returns the URL of a new, empty database on the PostgreSQL that the
// tests of this process share, or on the one that TEST_DATABASE_URL names. The
// database is dropped when the test has ended, whoever is still connected.
// Nothing is synced to disk on the private server.
func Postgres(t testing.TB) (url string) {
	t.Helper()
	h, err := shared()
	require(t, err)
	return h.fresh(t, "template0")
}

// PostgresFrom is [Postgres] with a database that is a copy of one that prepare
// has filled. prepare runs once in a process for each name, and has closed its
// connections when it returns: PostgreSQL copies no database that is in use.
// Copying costs the same whatever prepare has done, some 30 ms.
func PostgresFrom(t testing.TB, name string, prepare func(url string) error) (url string) {
	t.Helper()
	h, err := shared()
	require(t, err)
	template, err := h.template(name, prepare)
	require(t, err)
	return h.fresh(t, template)
}

// shared is the host of this process, started by the first who asks. A failed
// start is not tried again.
var shared = sync.OnceValues(func() (*host, error) {
	if given := os.Getenv(envPostgres); given != "" {
		return hostAt(given)
	}
	p, err := newPG(PGOptions{NoSync: true})
	if err != nil {
		return nil, err
	}
	return &host{psql: filepath.Join(p.bin, "psql"), admin: p.URL(), database: p.Database, prefix: "test_"}, nil
})

// host is a PostgreSQL that gives away databases.
type host struct {
	psql     string
	admin    string                   // a database to command from
	database func(name string) string // the URL of one of its databases
	prefix   string                   // of the names of this process's databases
	last     atomic.Int64
	guard    *guard // drops what is left on a server that lives on

	mu        sync.Mutex
	templates map[string]func() (string, error)
}

// dropScript drops a process's databases when the process has gone: its last
// words on a server that outlives it.
const dropScript = `
while read -r line; do :; done
exec "$1" -XAtq -d "$2" <<END
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname)
FROM pg_database WHERE starts_with(datname, '$3') \gexec
END
`

// hostAt is the host at an address that was given.
func hostAt(given string) (*host, error) {
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The text may hold a password, so it is not repeated.
		return nil, fmt.Errorf("%s is not an address like postgres://user:password@host:5432/database", envPostgres)
	}
	psql, err := findPsql()
	if err != nil {
		return nil, err
	}
	h := &host{
		psql:  psql,
		admin: given,
		database: func(name string) string {
			at := *u
			at.Path = "/" + name
			return at.String()
		},
		// Several processes use one server at a time.
		prefix: fmt.Sprintf("test_%d_%s_", os.Getpid(), strings.ToLower(rand.Text()[:10])),
	}
	if canStart {
		if h.guard, err = newGuard(dropScript, psql, given, h.prefix); err != nil {
			return nil, err
		}
	}
	return h, h.exec("SELECT 1")
}

// exec runs one SQL command.
func (h *host) exec(sql string) error {
	out, err := exec.Command(h.psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", h.admin, "-c", sql).CombinedOutput()
	if err != nil {
		return fmt.Errorf("psql %q: %w: %s", sql, err, out)
	}
	return nil
}

// create makes a database of a template and returns its name.
func (h *host) create(template string) (string, error) {
	name := fmt.Sprintf("%s%d", h.prefix, h.last.Add(1))
	return name, h.exec(fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template))
}

// drop drops a database that others may still use.
func (h *host) drop(name string) error {
	return h.exec(fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name))
}

func (h *host) fresh(t testing.TB, template string) string {
	t.Helper()
	name, err := h.create(template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.drop(name); err != nil {
			t.Error(err)
		}
	})
	return h.database(name)
}

// template returns the name of the prepared database.
func (h *host) template(name string, prepare func(url string) error) (string, error) {
	h.mu.Lock()
	if h.templates == nil {
		h.templates = make(map[string]func() (string, error))
	}
	once, ok := h.templates[name]
	if !ok {
		once = sync.OnceValues(func() (string, error) {
			db, err := h.create("template0")
			if err != nil {
				return "", err
			}
			if err := prepare(h.database(db)); err != nil {
				return "", errors.Join(fmt.Errorf("preparing the template %q: %w", name, err), h.drop(db))
			}
			return db, nil
		})
		h.templates[name] = once
	}
	h.mu.Unlock()
	return once()
}
