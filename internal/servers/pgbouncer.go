package servers

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// PgBouncer starts a pooler of the test's own before the database that a URL
// names, in a pool mode ("session", "transaction", "statement"), and returns the
// URL that leads through it. It has few connections, which many clients share,
// and ends with the test.
func PgBouncer(t testing.TB, database, mode string) (through string) {
	t.Helper()
	b, err := newBouncer(database, mode)
	require(t, err)
	t.Cleanup(b.close)
	return b.url
}

type bouncer struct {
	url   string
	proc  *process
	guard *guard
}

func findPgBouncer() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", missing("PgBouncer", "pgbouncer", "")
}

func newBouncer(database, mode string) (_ *bouncer, err error) {
	if !canStart {
		return nil, missing("PgBouncer on a system that can start it", "pgbouncer", "")
	}
	bin, err := findPgBouncer()
	if err != nil {
		return nil, err
	}
	as, err := serverAccount() // it refuses to run as root, too
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(database)
	if err != nil {
		return nil, errors.New("the address of the database is none") // it may hold a password
	}
	dir, err := os.MkdirTemp(os.TempDir(), "pgb-")
	if err != nil {
		return nil, err
	}
	b := &bouncer{}
	if b.guard, err = watch(dir, "TERM"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if as.other {
		if err := os.Chown(dir, as.uid, as.gid); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(config, []byte(bouncerConfig(u, dir, mode)), 0o644); err != nil {
		return nil, err
	}
	b.proc, err = program{path: bin, args: []string{config}, as: as, dir: dir, ready: "process up"}.start()
	if err != nil {
		return nil, err
	}
	q := url.Values{"host": {dir}, "port": {"6432"}}
	b.url = (&url.URL{Scheme: "postgres", User: url.User("anybody"), Path: u.Path, RawQuery: q.Encode()}).String()
	return b, b.guard.says(b.proc.pid())
}

// bouncerConfig lets everybody who reaches the socket in as the user of the URL.
func bouncerConfig(u *url.URL, dir, mode string) string {
	host, port := u.Query().Get("host"), u.Query().Get("port")
	if host == "" {
		host, port, _ = net.SplitHostPort(u.Host)
		if host == "" {
			host, port = u.Host, "5432"
		}
	}
	login := "user=" + u.User.Username()
	if p, ok := u.User.Password(); ok {
		login += " password=" + p
	}
	return fmt.Sprintf(`[databases]
* = host=%s port=%s %s
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = %s
auth_type = any
pool_mode = %s
default_pool_size = 4
max_client_conn = 100
`, host, port, login, dir, mode)
}

func (b *bouncer) close() {
	if b.proc != nil {
		_ = b.proc.kill() // the guard tries once more
		if !b.proc.running() {
			_ = b.guard.says(0)
		}
	}
	b.guard.release()
}
