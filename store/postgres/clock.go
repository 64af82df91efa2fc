package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// clockSamples is how often Clock asks: the quickest answer is the one that
// says most, and the first often waits for a connection to warm up.
const clockSamples = 7

// askClock is the one statement of the store that asks for the time.
const askClock = `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`

// Clock measures how far the server's clock is ahead of now, which reads this
// process's: now() plus offset is the server's time. It is off by at most
// uncertainty, half of the round trip of the quickest of several questions,
// however unevenly the trip's two ways share it, and a microsecond. Nil for now
// means time.Now.
//
// Every other statement of the store is given its instant by the caller;
// daemons that correct theirs by this offset agree on the server's clock. What
// an operator does to a clock shows at the next measurement, so it is repeated
// now and then. A question during which this process's clock was set is not
// counted; ErrUnavailable and the other errors are those of a read.
func (s *Store) Clock(ctx context.Context, now func() time.Time) (offset, uncertainty time.Duration, err error) {
	if now == nil {
		now = time.Now
	}
	if err := s.usable(ctx); err != nil {
		return 0, 0, err
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("postgres: read the server's clock: %w", explain(err))
	}
	defer conn.Release()
	known := false
	for range clockSamples {
		var us int64
		asked := now()
		// Without a transaction and a statement of its own to prepare, it is
		// one round trip, also through a pooler.
		err := conn.QueryRow(ctx, askClock, pgx.QueryExecModeExec).Scan(&us)
		heard := now()
		if err != nil {
			return 0, 0, fmt.Errorf("postgres: read the server's clock: %w", explain(err))
		}
		took, shown := heard.Sub(asked), heard.Round(0).Sub(asked.Round(0))
		if set := (took - shown).Abs(); took < 0 || set > time.Millisecond {
			continue
		}
		if half := took/2 + time.Microsecond; !known || half < uncertainty {
			known, uncertainty = true, half
			offset = time.UnixMicro(us).Sub(asked.Add(took / 2))
		}
	}
	if !known {
		return 0, 0, errors.New("postgres: read the server's clock: this process's clock was set during every question: measure again")
	}
	return offset, uncertainty, nil
}
