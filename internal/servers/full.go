package servers

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Fill leaves no room for the largest file of the database: the table or index
// that has most cannot grow, as on a disk that is full, until Drain. What lies
// in files of less than a megabyte may still grow to that size. It takes Linux
// and its program prlimit, as a server takes its binaries: see [NewPostgres].
func (p *PG) Fill(t testing.TB) {
	t.Helper()
	require(t, p.live(func(s *process) error {
		const segment = 1 << 20 // of the log, which must go on
		most := int64(segment)
		err := filepath.WalkDir(filepath.Join(p.dir, "data", "base"), func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			f, err := d.Info()
			if err == nil {
				most = max(most, f.Size())
			}
			return err
		})
		if err != nil {
			return err
		}
		return p.limit(s, strconv.FormatInt(most, 10))
	}))
}

// Drain ends Fill.
func (p *PG) Drain() error {
	return p.live(func(s *process) error { return p.limit(s, "unlimited") })
}

// limit bounds the files that the server and its children may write. PostgreSQL
// ignores the signal of the system and takes the error. Their own account has to
// ask: root itself may lack the right to.
func (p *PG) limit(s *process, bytes string) error {
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		return missing("prlimit, which bounds the files of a server,", "util-linux", "")
	}
	pids, err := children(s.pid())
	for _, pid := range append(pids, s.pid()) {
		if fault := p.prog.as.run(prlimit, "--pid", strconv.Itoa(pid), "--fsize="+bytes+":"); fault != nil && alive(pid) {
			err = errors.Join(err, fault)
		}
	}
	return err
}

// alive tells whether there still is a process: workers of the server come and
// go.
func alive(pid int) bool {
	_, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid)))
	return err == nil
}
