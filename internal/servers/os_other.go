//go:build !unix

package servers

import (
	"errors"
	"os"
	"os/exec"
)

// canStart tells that this system starts no private servers.
const canStart = false

var (
	sigFast      = os.Interrupt
	sigImmediate = os.Interrupt
	sigStop      = os.Interrupt
	sigCont      = os.Interrupt
)

func detach(*exec.Cmd, *account) {}

func serverAccount() (*account, error) { return ownAccount(), nil }

func ownAccount() *account { return &account{} }

func ownedBy(os.FileInfo, *account) bool { return false }

func children(int) ([]int, error) { return nil, errors.ErrUnsupported }

func signal(int, os.Signal) error { return errors.ErrUnsupported }
