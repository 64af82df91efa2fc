package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/jackc/pgx/v5"
)

// tx is one try of a transaction of the ledger.
type tx struct {
	pgx.Tx
	s   *Store
	ctx context.Context
	// patient tells that rows which others hold are waited for. After a try
	// that waited in vain the next one goes around them.
	patient bool
}

// send runs a batch; its queries have their own functions.
func (t *tx) send(b *pgx.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	return explain(t.SendBatch(t.ctx, b).Close())
}

// ledger runs one transaction: load, decide, save.
func (s *Store) ledger(ctx context.Context, now time.Time, load func(*loader) error, decide func(*campaign.Rows)) (*campaign.Rows, error) {
	var r *campaign.Rows
	err := s.transact(ctx, func(t *tx) error {
		r = newRows(now)
		l := &loader{tx: t, r: r, progress: map[campaign.ID][]any{}, meters: map[campaign.InstanceID][]any{},
			wakes: map[campaign.InstanceID]time.Time{}}
		if err := load(l); err != nil {
			return err
		}
		decide(r)
		return l.save()
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// transact runs f in a transaction, again from the beginning while others win.
func (s *Store) transact(ctx context.Context, f func(*tx) error) error {
	patient := true
	for try := 1; ; try++ {
		err := s.once(ctx, patient, f)
		if err == nil || !loser(err) || try == s.options.Tries {
			return err
		}
		patient = patient && code(err) != "55P03"
		if err := pause(ctx, try); err != nil {
			return fmt.Errorf("postgres: nothing was stored: %w", err)
		}
	}
}

func (s *Store) once(ctx context.Context, patient bool, f func(*tx) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	t, err := s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: s.writes})
	if err != nil {
		return fmt.Errorf("postgres: begin: %w", explain(err))
	}
	defer rollback(ctx, t)
	if err := f(&tx{Tx: t, s: s, ctx: ctx, patient: patient}); err != nil {
		return explain(err)
	}
	return commit(ctx, t.Commit)
}

// commit asks the context once more, and then not any longer: a COMMIT that is
// interrupted leaves open what it has done.
func commit(ctx context.Context, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("postgres: nothing was stored: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	switch err := do(ctx); {
	case err == nil:
		return nil
	case undone(err):
		return fmt.Errorf("postgres: commit: %w", explain(err))
	default:
		return fmt.Errorf("%w: %w", ErrCommit, err)
	}
}

// commitTimeout bounds the wait for the answer to a COMMIT.
const commitTimeout = 30 * time.Second

// rollback ends a transaction that was not committed; otherwise it does
// nothing.
func rollback(ctx context.Context, t pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := t.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		t.Conn().Close(ctx) // the pool sees that and opens another
	}
}

// pause waits before the next try: longer each time, and never as long as
// whoever else lost.
func pause(ctx context.Context, try int) error {
	most := min(5*time.Millisecond<<min(try, 6), 250*time.Millisecond)
	t := time.NewTimer(most/4 + rand.N(most))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
