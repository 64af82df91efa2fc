package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/alreasense/campaigns/campaign"
)

// Backup writes a copy of the database, as it is at one instant, to a new file
// that can be opened as it is. Takes and settlements go on meanwhile. A file
// that is there already is not touched, and the error wraps os.ErrExist; a
// backup that fails, or whose context ends, leaves no file.
//
// A store that is opened from a backup does not know what was sent after it
// was made: those messages are pending in it and would be sent again. Look
// them up at the gateway before a campaign is resumed.
func (s *Store) Backup(ctx context.Context, to string) error {
	if s.writer.closed.Load() {
		return fmt.Errorf("sqlite: backup: %w", campaign.ErrClosed)
	}
	to, err := filepath.Abs(to)
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	// The name is claimed first, so that two backups cannot meet in one file.
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	if err := s.copyTo(ctx, to); err != nil {
		return errors.Join(fmt.Errorf("sqlite: backup to %s: %w", to, explain(err)), os.Remove(to))
	}
	return nil
}

func (s *Store) copyTo(ctx context.Context, to string) error {
	conn, err := s.reads.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// VACUUM INTO writes to the other file alone, but asks for a connection
	// that may write.
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `VACUUM INTO ?`, to)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA query_only = 1`)
	return errors.Join(err, again)
}
