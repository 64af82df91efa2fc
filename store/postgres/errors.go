package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Errors of this store, wrapped; test them with errors.Is.
var (
	// ErrSchema: the store's schema does not exist, or lacks something that
	// this version of the program needs.
	ErrSchema = errors.New("postgres: the schema is not ready: call Migrate")
	// ErrNewer: a newer version of the program has changed the schema.
	ErrNewer = errors.New("postgres: the schema was made by a newer version")
	// ErrUnavailable: the server cannot be reached, is starting, is going down,
	// or has no connection left. Nothing of the call was stored.
	ErrUnavailable = errors.New("postgres: the server is not available")
	// ErrBusy: a lock or a statement took longer than the options allow, or
	// other transactions won every time. Nothing of the call was stored.
	ErrBusy = errors.New("postgres: gave way to other transactions")
	// ErrFull: the server's disk is full. Nothing of the call was stored.
	ErrFull = errors.New("postgres: no room left on the server's disk")
	// ErrReadOnly: the server is a standby, or the role may not write.
	ErrReadOnly = errors.New("postgres: the database cannot be written")
	// ErrPooler: the connection leads to a pooler that shares the server's
	// sessions, and either its statements are prepared by name, or a call needs
	// a session. The text says which setting helps.
	ErrPooler = errors.New("postgres: a pooler stands in the way")
	// ErrCommit: the answer to a COMMIT was lost. Whether the rows are in shows
	// when they are read.
	ErrCommit = errors.New("postgres: the answer to a commit was lost")
)

// explain turns an error of the driver into one that says what it means here.
// Errors of other origin pass.
func explain(err error) error {
	var (
		p    *pgconn.PgError
		conn *pgconn.ConnectError
		n    net.Error
	)
	switch {
	case err == nil:
		return nil
	case explained(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &p):
		return byCode(p, err)
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return fmt.Errorf("%w: a statement before had failed, so nothing was stored: %w", campaign.ErrConflict, err)
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, pgx.ErrTxClosed), errors.Is(err, sql.ErrTxDone):
		return fmt.Errorf("%w: the transaction is over: %w", ErrUnavailable, err)
	case errors.As(err, &conn), errors.As(err, &n), pgconn.SafeToRetry(err), lost(err):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// lost tells the errors of a connection that broke, which have no type.
func lost(err error) bool {
	s := err.Error()
	return strings.Contains(s, "unexpected EOF") || strings.Contains(s, "conn closed") || strings.Contains(s, "closed pool") ||
		strings.Contains(s, "broken pipe") || strings.Contains(s, "connection reset")
}

func byCode(p *pgconn.PgError, err error) error {
	switch {
	case strings.HasPrefix(p.Message, dump.ErrShut.Error()):
		return fmt.Errorf("%w: %w: %w", campaign.ErrConflict, dump.ErrShut, err)
	case p.Code == "40001", p.Code == "40P01", p.Code == "55P03", p.Code == "57014", p.Code == "25P03":
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case strings.HasPrefix(p.Code, "23"), strings.HasPrefix(p.Code, "22"):
		return fmt.Errorf("%w: %w", campaign.ErrConflict, err)
	case p.Code == "25P02":
		return fmt.Errorf("%w: a statement before had failed, so nothing is stored: %w", campaign.ErrConflict, err)
	case p.Code == "26000", p.Code == "42P05":
		return fmt.Errorf("%w: in transaction mode it forgets or mixes up prepared statements: "+
			"add default_query_exec_mode=exec to the connection string: %w", ErrPooler, err)
	case p.Code == "3F000", strings.HasPrefix(p.Code, "42P01"), p.Code == "42703", p.Code == "42883":
		return fmt.Errorf("%w: %w", ErrSchema, err)
	// A quota or a limit on the size of files has no code of its own.
	case p.Code == "53100", p.Routine == "mdextend", p.Routine == "mdzeroextend":
		return fmt.Errorf("%w: make room, nothing of this call was stored: %w", ErrFull, err)
	case p.Code == "25006", p.Code == "42501":
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case strings.HasPrefix(p.Code, "08"), strings.HasPrefix(p.Code, "57P"), strings.HasPrefix(p.Code, "53"):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// explained tells whether an error has been through explain.
func explained(err error) bool {
	for _, known := range []error{campaign.ErrConflict, campaign.ErrClosed, campaign.ErrNotFound, campaign.ErrStale,
		ErrSchema, ErrNewer, ErrUnavailable, ErrBusy, ErrFull, ErrReadOnly, ErrPooler, ErrCommit} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// code is the SQLSTATE of an error, or "".
func code(err error) string {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// loser tells the errors of a transaction that was undone, because of others or
// because its connection broke before the COMMIT was sent, and may well succeed
// when it is run again. A server that cannot be connected to is none of them.
func loser(err error) bool {
	var c *pgconn.ConnectError
	switch code(err) {
	case "40001", "40P01", "55P03", "25P03":
		return true
	case "":
		return errors.Is(err, ErrUnavailable) && !errors.As(err, &c) && !strings.Contains(err.Error(), "closed pool")
	}
	return false
}

// undone tells whether an error of COMMIT says that nothing was stored: only
// the server's own word does. The driver calls an error safe to retry, too,
// when the connection broke after the COMMIT had been sent.
func undone(err error) bool {
	c := code(err)
	return errors.Is(err, pgx.ErrTxCommitRollback) ||
		strings.HasPrefix(c, "40") || strings.HasPrefix(c, "23") || c == "25P02" || c == "25P03"
}
