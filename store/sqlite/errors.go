package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/dump"
	driverpkg "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Errors of this store, wrapped; test them with errors.Is.
var (
	// ErrLocked: another process, or another Store of this one, has the
	// database open.
	ErrLocked = errors.New("sqlite: the database is in use")
	// ErrNewer: a newer version of the program has changed the schema.
	ErrNewer = errors.New("sqlite: the database was made by a newer version")
	// ErrNotDatabase: the file is something else, is encrypted, or is damaged.
	ErrNotDatabase = errors.New("sqlite: the file is not a readable database")
	// ErrFull: the disk, or the database's own limit, is full. Nothing of the
	// call was stored, and the store goes on when there is room again.
	ErrFull = errors.New("sqlite: no room left on the disk")
	// ErrBusy: another program holds the database, for longer than the store
	// waits. Backup tools and shells that write do that.
	ErrBusy = errors.New("sqlite: another program holds the database")
	// ErrCommit: the disk failed while a transaction was being committed.
	// Whether it is in shows when the store is opened again.
	ErrCommit = errors.New("sqlite: the disk failed during a commit")
	// ErrReadOnly: the database, its directory or the disk cannot be written.
	ErrReadOnly = errors.New("sqlite: the database cannot be written")
)

// explain turns an error of the driver into one that says what it means here.
// Errors of other origin pass.
func explain(err error) error {
	var e *driverpkg.Error
	switch {
	case err == nil:
		return nil
	case explained(err):
		return err
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, driver.ErrBadConn):
		return fmt.Errorf("%w: %w", campaign.ErrClosed, err)
	case !errors.As(err, &e):
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CONSTRAINT:
		if strings.Contains(e.Error(), dump.ErrShut.Error()) {
			return fmt.Errorf("%w: %w: %w", campaign.ErrConflict, dump.ErrShut, e)
		}
		return fmt.Errorf("%w: %w", campaign.ErrConflict, e)
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: make room, nothing of this call was stored: %w", ErrFull, e)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%w: end it, or let it finish: %w", ErrBusy, e)
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return fmt.Errorf("%w: restore it from a backup, or name another file: %w", ErrNotDatabase, e)
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return fmt.Errorf("%w: check the owner and the mode of the file and its directory: %w", ErrReadOnly, e)
	case lib.SQLITE_INTERRUPT:
		return fmt.Errorf("%w: %w", context.Canceled, e)
	}
	return err
}

// explained tells whether an error has been through explain.
func explained(err error) bool {
	for _, known := range []error{campaign.ErrConflict, campaign.ErrClosed, ErrFull, ErrBusy, ErrNotDatabase, ErrReadOnly} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// doubtful tells whether an error of COMMIT leaves open what stands on disk.
func doubtful(err error) bool {
	var e *driverpkg.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_IOERR
}
