package servers

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// PGOptions are the options of a PostgreSQL of one's own. The zero value is a
// server that keeps what it has committed through every end.
type PGOptions struct {
	// NoSync trades durability for speed: fsync and full_page_writes are off.
	// A server of this kind may lose everything when it is killed.
	NoSync bool
	// Settings are further settings of postgresql.conf.
	Settings map[string]string
}

// PG is a private PostgreSQL that a test may mistreat. Its methods may be called
// from any goroutine; each has done what it says when it returns.
type PG struct {
	bin  string
	dir  string
	prog program

	mu    sync.Mutex
	proc  *process // nil before the first start
	guard *guard
}

// NewPostgres starts a PostgreSQL of the test's own, which ends with the test.
// Nil options are the zero value. It never uses TEST_DATABASE_URL: a server
// that others use too must not be killed.
func NewPostgres(t testing.TB, o *PGOptions) *PG {
	t.Helper()
	if o == nil {
		o = &PGOptions{}
	}
	p, err := newPG(*o)
	require(t, err)
	t.Cleanup(p.close)
	return p
}

func newPG(o PGOptions) (_ *PG, err error) {
	if !canStart {
		return nil, missing("PostgreSQL on a system that can start it", "postgresql", envPostgres)
	}
	bin, err := findPostgres(os.Getenv("PATH"), postgresDirs)
	if err != nil {
		return nil, err
	}
	as, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(os.TempDir(), "pg-")
	if err != nil {
		return nil, err
	}
	p := &PG{bin: bin, dir: dir}
	if p.guard, err = watch(dir, "QUIT"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if as.other {
		if err := os.Chown(dir, as.uid, as.gid); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	if err := cluster(bin, data, as); err != nil {
		return nil, err
	}
	p.prog = program{
		path:  filepath.Join(bin, "postgres"),
		args:  o.args(dir, data),
		as:    as,
		dir:   dir,
		ready: "database system is ready to accept connections",
	}
	return p, p.Start()
}

// args is the command line of postgres.
func (o PGOptions) args(dir, data string) []string {
	set := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": dir,
		"port":                    "5432", // the name of the socket: nothing listens on the network
		"max_connections":         "200",
		"shared_buffers":          "64MB",
		"jit":                     "off",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"logging_collector":       "off",
		"log_destination":         "stderr",
	}
	if o.NoSync {
		set["fsync"], set["full_page_writes"], set["synchronous_commit"] = "off", "off", "off"
	}
	maps.Copy(set, o.Settings)
	args := []string{"-D", data}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		args = append(args, "-c", name+"="+set[name])
	}
	return args
}

// URL names the server's database "postgres", for its superuser. The server has
// no password and no network: whoever may open its directory may connect.
func (p *PG) URL() string { return p.Database("postgres") }

// Database names a database of the server.
func (p *PG) Database(name string) string {
	q := url.Values{"host": {p.dir}, "port": {"5432"}}
	return (&url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + name, RawQuery: q.Encode(), OmitHost: false}).String()
}

// Socket is the path of the server's Unix socket, the target of a [Proxy].
func (p *PG) Socket() string { return filepath.Join(p.dir, ".s.PGSQL.5432") }

// Start starts the server after Stop, StopNow or Kill, on the same data, and
// returns when it has recovered and takes connections.
func (p *PG) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc != nil && p.proc.running() {
		return errUp
	}
	proc, err := p.prog.start()
	if err != nil {
		return err
	}
	p.proc = proc
	return p.guard.says(proc.pid())
}

// Stop is the fast stop of an operator: what is open is rolled back, clients
// are told, and a checkpoint is written.
func (p *PG) Stop() error { return p.finish(func(s *process) error { return s.end(sigFast) }) }

// StopNow is the immediate stop: clients are told, nothing is written, and the
// next start recovers from the log.
func (p *PG) StopNow() error { return p.finish(func(s *process) error { return s.end(sigImmediate) }) }

// Kill kills every process of the server at once. Nobody is told; the next
// start recovers from the log.
func (p *PG) Kill() error { return p.finish((*process).kill) }

func (p *PG) finish(by func(*process) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil || !p.proc.running() {
		return errDown
	}
	if err := by(p.proc); err != nil {
		return err
	}
	return p.guard.says(0)
}

// Freeze stops every process of the server where it is: connections stay open
// and new ones are accepted by the system, and nothing answers. Stop and StopNow
// of a frozen server wait for Thaw, in vain; Kill works.
func (p *PG) Freeze() error { return p.live((*process).freeze) }

// Thaw lets a frozen server go on as if no time had passed.
func (p *PG) Thaw() error { return p.live((*process).thaw) }

func (p *PG) live(do func(*process) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil || !p.proc.running() {
		return errDown
	}
	return do(p.proc)
}

// close ends the server and removes its directory.
func (p *PG) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc != nil && p.proc.running() {
		_ = p.proc.kill() // the guard tries once more
	}
	if p.proc != nil && !p.proc.running() {
		_ = p.guard.says(0)
	}
	p.guard.release()
}

// cluster makes a data directory: a copy of one that initdb has made before for
// the same version, user and format of this function.
func cluster(bin, data string, as *account) error {
	version, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("postgres --version: %w", err)
	}
	name := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSpace(string(version))))
	cache := filepath.Join(os.TempDir(), fmt.Sprintf("campaigns-initdb-%d", as.uid))
	if err := privateDir(cache, as); err != nil {
		return err
	}
	made := filepath.Join(cache, "1-"+name)
	if _, err := os.Stat(filepath.Join(made, "PG_VERSION")); err != nil {
		// Made under another name and renamed, so that nobody copies a half.
		draft := made + "-" + filepath.Base(filepath.Dir(data))
		err := as.run(filepath.Join(bin, "initdb"), "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8",
			"--locale=C", "--no-sync", "--wal-segsize=1")
		if err == nil && os.Rename(draft, made) != nil {
			err = os.RemoveAll(draft) // somebody was faster
		}
		if err != nil {
			return errors.Join(err, os.RemoveAll(draft))
		}
	}
	return as.run("cp", "-R", made, data)
}

// privateDir makes a directory that only the account may change, and refuses
// one that somebody else has put in its place.
func privateDir(dir string, as *account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil && as.other {
		err = os.Chown(dir, as.uid, as.gid)
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	// Between Mkdir and Chown of another process of root's it is root's.
	if !fi.IsDir() || !ownedBy(fi, as) && !ownedBy(fi, ownAccount()) {
		return fmt.Errorf("%s belongs to somebody else: remove it", dir)
	}
	return nil
}

// run runs a command as the account.
func (a *account) run(path string, args ...string) error {
	cmd := exec.Command(path, args...)
	cmd.Dir = os.TempDir()
	cmd.Env = []string{"LC_ALL=C", "LANG=C", "TZ=UTC", "PATH=" + os.Getenv("PATH")}
	detach(cmd, a)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", path, err, out)
	}
	return nil
}
