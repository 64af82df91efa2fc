package datadir

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// MarkFile holds how far the database had come, so that a backup that was put
// in its place is noticed. Removing it switches that off once.
const MarkFile = "high-water.json"

// Mark returns the mark of a database, kept in the data directory.
func Mark(dir, database string) campaign.Mark {
	return &mark{file: filepath.Join(dir, MarkFile), database: database}
}

type mark struct {
	file     string
	database string
	last     int64
}

type marked struct {
	// Database is the path: another database has another history.
	Database string `json:"database"`
	Events   int64  `json:"events"`
}

// Load implements campaign.Mark.
func (m *mark) Load(context.Context) (int64, error) {
	b, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var was marked
	if err := json.Unmarshal(b, &was); err != nil {
		return 0, locale.Errorf("%s está danificado: se o banco é o certo, remova o arquivo: %w", "%s is damaged: if the database is the right one, remove the file: %w", m.file, err)
	}
	if was.Database != m.database {
		return 0, nil
	}
	return was.Events, nil
}

// Save implements campaign.Mark.
func (m *mark) Save(_ context.Context, seq int64) error {
	if seq == m.last && seq != 0 {
		return nil
	}
	b, err := json.Marshal(marked{m.database, seq})
	if err != nil {
		return err
	}
	// Always the same name: a process that is killed here leaves one file, which
	// the next one writes over.
	f, err := os.OpenFile(m.file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), m.file); err != nil {
		return err
	}
	m.last = seq
	return nil
}
