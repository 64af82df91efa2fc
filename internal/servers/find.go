package servers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Where servers that run already are named.
const (
	envPostgres = "TEST_DATABASE_URL"
	envRedis    = "TEST_REDIS_URL"
)

// errMissing: the machine has no such server, as opposed to one that fails.
var errMissing = errors.New("not installed")

// missing is the error for a server that was not found.
func missing(what, pkg, env string) error {
	or := ""
	if env != "" {
		or = ", or set " + env
	}
	return fmt.Errorf("%s is %w: install it (make servers; or: apt-get install %s; brew install %s)%s",
		what, errMissing, pkg, strings.TrimSuffix(pkg, "-server"), or)
}

// require ends the test if err is not nil: what is not installed skips it,
// unless CI=true; anything else fails it.
func require(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// postgresDirs are the places of PostgreSQL's binaries that PATH may lack.
var postgresDirs = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
}

// findPostgres returns the directory of postgres, initdb and psql: what PATH
// names, else the highest version of the usual places.
func findPostgres(path string, places []string) (string, error) {
	var dirs []string
	for _, d := range filepath.SplitList(path) {
		// A link in PATH leads to one binary, its neighbours are where it ends.
		if real, err := filepath.EvalSymlinks(filepath.Join(d, "postgres")); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	best, version := "", -1
	for _, place := range places {
		found, err := filepath.Glob(place)
		if err != nil {
			return "", err
		}
		for _, d := range found {
			if v := versionOf(d); v > version && complete(d) {
				best, version = d, v
			}
		}
	}
	for _, d := range append(dirs, best) {
		if d != "" && complete(d) {
			return d, nil
		}
	}
	return "", missing("PostgreSQL", "postgresql", envPostgres)
}

// complete tells whether a directory has every binary that is needed.
func complete(dir string) bool {
	for _, bin := range []string{"postgres", "initdb", "psql"} {
		if fi, err := os.Stat(filepath.Join(dir, bin)); err != nil || fi.IsDir() {
			return false
		}
	}
	return true
}

// versionOf is the first number in the name of the directory above bin, 0
// without one.
func versionOf(dir string) int {
	digits := strings.FieldsFunc(filepath.Base(filepath.Dir(dir)), func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	v, _ := strconv.Atoi(digits[0])
	return v
}

// findRedis returns the path of redis-server.
func findRedis() (string, error) {
	for _, name := range []string{"redis-server", "/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", missing("Redis", "redis-server", envRedis)
}

// findPsql returns the client for a server that was not found on this machine.
func findPsql() (string, error) {
	if p, err := exec.LookPath("psql"); err == nil {
		return p, nil
	}
	if dir, err := findPostgres("", postgresDirs); err == nil {
		return filepath.Join(dir, "psql"), nil
	}
	return "", fmt.Errorf("psql is %w and %s is set: install postgresql-client", errMissing, envPostgres)
}
