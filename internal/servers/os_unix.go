//go:build unix

package servers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// canStart tells that this system starts private servers.
const canStart = true

// Signals of servers. A fast stop of PostgreSQL rolls back what is open, an
// immediate one leaves recovery to the next start.
var (
	sigFast      os.Signal = syscall.SIGINT
	sigImmediate os.Signal = syscall.SIGQUIT
	sigStop      os.Signal = syscall.SIGSTOP
	sigCont      os.Signal = syscall.SIGCONT
)

// detach puts a command into a session of its own, so that an interrupt typed
// at the terminal reaches the test process only, and under the account given.
func detach(cmd *exec.Cmd, as *account) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if as.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
}

// serverAccount is the account of a server that refuses to run as root.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return ownAccount(), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 != nil || err2 != nil || uid == 0 {
			continue
		}
		return &account{uid: uid, gid: gid, other: true}, nil
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody: create one, or set %s", envPostgres)
}

func ownAccount() *account { return &account{uid: os.Geteuid(), gid: os.Getegid()} }

// ownedBy tells whether a file is the account's and nobody else may write it.
func ownedBy(fi os.FileInfo, as *account) bool {
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == as.uid && fi.Mode().Perm()&0o022 == 0
}

// children are the processes that pid has started: by Linux' /proc, elsewhere by
// ps, which a small Linux image may lack.
func children(pid int) ([]int, error) {
	if runtime.GOOS == "linux" {
		return childrenByProc(pid)
	}
	out, err := exec.Command("ps", "-A", "-o", "ppid=", "-o", "pid=").Output()
	if err != nil {
		return nil, fmt.Errorf("ps, which lists a server's processes: %w", err)
	}
	var found []int
	for line := range strings.Lines(string(out)) {
		var parent, child int
		if _, err := fmt.Sscan(line, &parent, &child); err == nil && parent == pid {
			found = append(found, child)
		}
	}
	return found, nil
}

// childrenByProc reads the parent, the second field after the command's name in
// parentheses, from each process' stat.
func childrenByProc(pid int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // has ended meanwhile
		}
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		if len(f) < 2 || f[1] != strconv.Itoa(pid) {
			continue
		}
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		found = append(found, child)
	}
	return found, nil
}

// signal sends a signal to a process that may have gone.
func signal(pid int, sig os.Signal) error {
	err := syscall.Kill(pid, sig.(syscall.Signal))
	if err == syscall.ESRCH {
		return nil
	}
	return err
}
