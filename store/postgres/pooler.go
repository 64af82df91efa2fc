package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// unpooled is ErrPooler if a connection, made by config, leads to a pooler that
// gives each transaction another session of the server. One that gives each
// client a session of its own is no different from the server.
func unpooled(ctx context.Context, config *pgx.ConnConfig, c *pgx.Conn) error {
	before, err := session(ctx, c)
	// A pooler greets its clients itself, with a number of its own.
	if err != nil || before == c.PgConn().PID() {
		return err
	}
	for range 3 {
		shared, now, err := meet(ctx, config, c)
		if err != nil {
			return err
		}
		if shared == before || now != before {
			return fmt.Errorf("%w: this needs a session of the server, and the connection leads to a pooler in transaction mode: "+
				"set Options.Direct to the server's own address", ErrPooler)
		}
	}
	return nil
}

// meet begins a transaction on a second connection, and asks each of the two
// whose session it has meanwhile.
func meet(ctx context.Context, config *pgx.ConnConfig, c *pgx.Conn) (second, first uint32, err error) {
	other, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return 0, 0, err
	}
	defer closeConn(other)
	if _, err := other.Exec(ctx, `begin read only`); err != nil {
		return 0, 0, err
	}
	if second, err = session(ctx, other); err != nil {
		return 0, 0, err
	}
	first, err = session(ctx, c)
	return second, first, err
}

// session is the number of the server's process behind a connection.
func session(ctx context.Context, c *pgx.Conn) (pid uint32, err error) {
	var n int64
	err = c.QueryRow(ctx, `SELECT pg_backend_pid()::bigint`, pgx.QueryExecModeExec).Scan(&n)
	return uint32(n), err
}
