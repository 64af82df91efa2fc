package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// File is the name of the socket in its data directory.
const File = "campaignd.sock"

// longest is the length of a socket's path that every system takes.
const longest = 100

// ErrNobody: no daemon listens in this data directory.
var ErrNobody = locale.Errorf("nenhum serviço no ar neste diretório de dados", "no daemon runs on this data directory")

// Listen opens the door of dir. A socket that a killed daemon has left is
// replaced; the caller holds the lock of the directory's database, or knows
// otherwise that it is the only daemon there.
//
// The paths of sockets are short on some systems: for a longer one the socket
// stands in a private directory among the temporary files, and the data
// directory holds a link to it.
func Listen(dir string) (net.Listener, error) {
	door := filepath.Join(dir, File)
	if err := clear(door); err != nil {
		return nil, locale.Errorf("não é possível criar a porta dos comandos, %s: %w", "the door for commands, %s, cannot be made: %w", door, err)
	}
	path := door
	if len(path) > longest {
		short, err := os.MkdirTemp("", "campaignd-")
		if err != nil {
			return nil, locale.Errorf("não é possível criar a porta dos comandos: %w", "the door for commands cannot be made: %w", err)
		}
		path = filepath.Join(short, File)
		if err := os.Symlink(path, door); err != nil {
			return nil, errors.Join(locale.Errorf("não é possível criar a porta dos comandos, %s: %w", "the door for commands, %s, cannot be made: %w", door, err), os.Remove(short))
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, locale.Errorf("não é possível criar a porta dos comandos, %s: %w", "the door for commands, %s, cannot be made: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(locale.Errorf("não é possível fechar a porta dos comandos, %s, para os outros: %w", "the door for commands, %s, cannot be closed to others: %w", path, err), l.Close())
	}
	return &listener{Listener: l, door: door, path: path}, nil
}

type listener struct {
	net.Listener
	door, path string
}

// Close ends listening and leaves no file.
func (l *listener) Close() error {
	err := l.Listener.Close() // removes the socket
	if l.door != l.path {
		_ = os.Remove(l.door)
		_ = os.Remove(filepath.Dir(l.path))
	}
	return err
}

// clear removes what an earlier daemon has left, and its private directory.
func clear(door string) error {
	info, err := os.Lstat(door)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		if old, err := os.Readlink(door); err == nil && filepath.Base(old) == File {
			_ = os.Remove(old)
			_ = os.Remove(filepath.Dir(old))
		}
	case info.Mode()&fs.ModeSocket == 0:
		return locale.Errorf("outro tipo de arquivo tem esse nome", "another kind of file has that name")
	}
	return os.Remove(door)
}

// Dial opens a connection to the daemon of dir. ErrNobody if there is none.
func Dial(ctx context.Context, dir string) (net.Conn, error) {
	path := filepath.Join(dir, File)
	if to, err := os.Readlink(path); err == nil {
		path = to
	}
	if len(path) > longest {
		if _, err := os.Lstat(path); err != nil {
			return nil, ErrNobody
		}
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w (%s)", ErrNobody, dir)
	case errors.Is(err, fs.ErrPermission):
		return nil, locale.Errorf("a porta do serviço, %s, está fechada para este usuário: rode o comando como o usuário do serviço", "the daemon's door %s is closed to this user: run the command as the user that the daemon runs as", path)
	case err != nil:
		return nil, locale.Errorf("não é possível falar com o serviço: %w", "the daemon cannot be reached: %w", err)
	}
	return c, nil
}
