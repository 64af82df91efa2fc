package campaign

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Mark keeps, outside the store, how far the store's event log had come, so
// that a database which was taken back to an earlier state is noticed: what
// went out since then is pending again in it.
type Mark interface {
	// Load returns the highest Seq that was saved; zero if none was.
	Load(ctx context.Context) (seq int64, err error)
	// Save stores a Seq durably.
	Save(ctx context.Context, seq int64) error
}

// guardMark compares the store with its mark, once, before anything is sent. A
// store that is behind was restored: every campaign that could send is stopped
// with the cause ByRestore, and waits for a person.
func (e *Engine) guardMark(ctx context.Context, now time.Time) error {
	if e.Mark == nil || e.marked {
		return nil
	}
	mark, err := e.loadMark(ctx)
	if err != nil {
		return fmt.Errorf("campaign: the mark that guards against restored databases cannot be read; nothing is sent: %w", err)
	}
	ag, err := e.store.Agenda(ctx, now, 1)
	if err != nil {
		return err
	}
	if ag.LastSeq < mark {
		if err := e.stopRestored(ctx, Because(CodeRestored, "count", strconv.FormatInt(mark-ag.LastSeq, 10))); err != nil {
			return err
		}
		if ag, err = e.store.Agenda(ctx, now, 1); err != nil {
			return err
		}
	}
	if err := e.writeMark(ctx, ag.LastSeq); err != nil {
		return fmt.Errorf("campaign: the mark that guards against restored databases cannot be written; nothing is sent: %w", err)
	}
	e.marked, e.markSeq = true, ag.LastSeq
	return nil
}

// Restored stops every campaign that could send, with the cause ByRestore, as
// the engine does by itself where its Mark shows that the store was taken back
// to an earlier state. It is for whoever has just put a backup in the place of
// a store, or made a new one of it, which no Mark would notice. Nothing else may
// work on the store meanwhile.
func (e *Engine) Restored(ctx context.Context) error {
	return e.stopRestored(ctx, Because(CodeRestored))
}

// saveMark moves the mark forward. A store that is behind was restored while
// this engine ran, or its server has failed over to one that lacked something.
func (e *Engine) saveMark(ctx context.Context, now time.Time) {
	if e.Mark == nil || !e.marked {
		return
	}
	ag, err := e.store.Agenda(ctx, now, 1)
	switch {
	case err != nil:
	case ag.LastSeq < e.markSeq:
		e.marked = false
		if err = e.guardMark(ctx, now); err != nil {
			e.marked = true // and once more with the next beat
		}
	default:
		if err = e.writeMark(ctx, ag.LastSeq); err == nil {
			e.markSeq = ag.LastSeq
		}
	}
	if err != nil {
		e.fault("mark", err)
	}
}

// markTime bounds a call of the Mark.
const markTime = 10 * time.Second

func (e *Engine) loadMark(ctx context.Context) (int64, error) {
	type answer struct {
		seq int64
		err error
	}
	ctx, cancel := context.WithTimeout(ctx, markTime)
	defer cancel()
	got, ok := ask(ctx, e, func() (a answer) {
		a.err = guard("the mark", func() (err error) {
			a.seq, err = e.Mark.Load(ctx)
			return err
		})
		return a
	}, nil)
	if !ok {
		return 0, errLeft("the mark", ctx)
	}
	return got.seq, got.err
}

func (e *Engine) writeMark(ctx context.Context, seq int64) error {
	ctx, cancel := context.WithTimeout(ctx, markTime)
	defer cancel()
	got, ok := ask(ctx, e, func() error {
		return guard("the mark", func() error { return e.Mark.Save(ctx, seq) })
	}, nil)
	if !ok {
		return errLeft("the mark", ctx)
	}
	return got
}

func (e *Engine) stopRestored(ctx context.Context, why Reason) error {
	tenants, err := e.store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		s := e.As(Caller{Tenant: t, Role: Host})
		q := CampaignQuery{Status: []Status{Active, Scheduled}, Limit: 1000}
		for {
			cs, err := s.Campaigns(ctx, q)
			if err != nil {
				return err
			}
			for _, c := range cs {
				q.Before = c.ID
				cmd, event := CommandPause, EventCampaignPaused
				if c.Status == Scheduled {
					cmd, event = CommandUnplan, EventCampaignUnplanned
				}
				_, err := s.command(ctx, c.ID, cmd, event, why, func(w Writer, c *Campaign) error {
					c.Cause, c.Why = ByRestore, why
					if cmd == CommandPause {
						c.PausedAt = s.now()
					}
					return w.Vacate(c.ID)
				})
				if err := ignoreGone(err); err != nil {
					return err
				}
				e.log.Warn("the database was restored: campaign stopped until somebody resumes it", "campaign", int64(c.ID), "tenant", string(t))
			}
			if len(cs) < q.Limit {
				break
			}
		}
	}
	return nil
}
