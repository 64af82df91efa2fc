// Package datadir makes the directory in which a process keeps what must
// outlive it, and the key that lies there.
package datadir

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// KeyFile is the name of the suppression key in its directory: 32 bytes in
// hexadecimal. It keys the hashes of the people who want no messages, so it
// must be kept as long as the database.
const KeyFile = "suppression.key"

// Make makes the directory, readable by its owner alone, unless it exists. The
// path must be absolute.
func Make(dir string) error {
	if !filepath.IsAbs(dir) {
		return locale.Errorf("o diretório de dados %q é relativo: indique o caminho absoluto, para não depender de onde você está", "the data directory %q is relative: name its absolute path, so that it does not depend on where you stand", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return locale.Errorf("não é possível criar o diretório de dados: %w", "the data directory cannot be made: %w", err)
	}
	return nil
}

// InUse says that another process holds the database in dir, and which. err is
// what the store said; setting is how to name another directory.
func InUse(dir, database, setting string, err error) error {
	if pid, rerr := os.ReadFile(database + ".lock"); rerr == nil && len(strings.TrimSpace(string(pid))) > 0 {
		return &inUse{locale.Errorf("outro campaignd (processo %s) trabalha em %s: encerre-o, ou indique outro diretório com %s",
			"another campaignd (process %s) works in %s: end it first, or name another directory with %s", strings.TrimSpace(string(pid)), dir, setting), err}
	}
	return &inUse{locale.Errorf("outro campaignd trabalha em %s: encerre-o, ou indique outro diretório com %s",
		"another campaignd works in %s: end it first, or name another directory with %s", dir, setting), err}
}

// inUse has a sentence of its own, and the store's error behind it.
type inUse struct {
	words, err error
}

func (e *inUse) Error() string   { return e.words.Error() }
func (e *inUse) Unwrap() []error { return []error{e.words, e.err} }

// HasKey reports whether the directory has a key.
func HasKey(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, KeyFile))
	return err == nil
}

// Key reads the directory's key, and draws one if there is none yet. It is
// complete on the disk, or not there at all.
func Key(dir string) ([]byte, error) {
	path := filepath.Join(dir, KeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return draw(path)
	}
	if err != nil {
		return nil, locale.Errorf("não é possível ler a chave dos descadastros: %w", "the suppression key cannot be read: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, locale.Errorf("%s está danificado: contém 64 dígitos hexadecimais; recupere-o de um backup, pois com outra chave quem se descadastrou receberia mensagens", "%s is damaged: it holds 64 hexadecimal digits; put it back from a backup, since with another key people who have opted out would get messages", path)
	}
	return key, nil
}

// PutKey puts a key that is known into a directory that has none.
func PutKey(dir string, key []byte) error {
	got, err := place(filepath.Join(dir, KeyFile), key)
	if err == nil && !bytes.Equal(got, key) {
		err = locale.Errorf("%s tem outro %s: %w", "%s has another %s: %w", dir, KeyFile, fs.ErrExist)
	}
	return err
}

func draw(path string) ([]byte, error) {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return place(path, key)
}

// place writes a key, and returns the one that is there then.
func place(path string, key []byte) ([]byte, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return nil, locale.Errorf("não é possível gravar no diretório de dados: %w", "the data directory cannot be written: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintln(f, hex.EncodeToString(key))
	err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
	if err == nil {
		// A link and not a rename: of two processes that start together the
		// second must not replace the first one's key.
		err = os.Link(f.Name(), path)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = os.Rename(f.Name(), path) // a file system without links
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return Key(filepath.Dir(path))
	}
	if err != nil {
		return nil, locale.Errorf("não é possível gravar a chave dos descadastros: %w", "the suppression key cannot be written: %w", err)
	}
	return key, nil
}
