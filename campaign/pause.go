package campaign

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Pause stops an active campaign. When it returns without an error, no send of
// the campaign starts until somebody resumes it; the sends that had begun are
// named. Pausing a paused campaign waits and answers the same way again.
func (s *Service) Pause(ctx context.Context, id ID, reason string) (Stopped, error) {
	return s.halt(ctx, id, CommandPause, EventCampaignPaused, Because(CodeByPerson, "reason", reason), ByUser)
}

// Cancel ends a campaign for good, with the same proof as Pause. Who has not
// been sent to is shown as cancelled.
func (s *Service) Cancel(ctx context.Context, id ID, reason string) (Stopped, error) {
	return s.halt(ctx, id, CommandCancel, EventCampaignCancelled, Because(CodeByPerson, "reason", reason), ByUser)
}

func (s *Service) halt(ctx context.Context, id ID, cmd Command, event EventType, why Reason, cause Cause) (Stopped, error) {
	_, err := s.command(ctx, id, cmd, event, why, func(w Writer, c *Campaign) error {
		c.Cause, c.Why = cause, why
		if cmd == CommandCancel {
			c.EndedAt = s.now()
		} else {
			c.PausedAt = s.now()
		}
		return w.Vacate(id)
	})
	if err != nil {
		return Stopped{}, err
	}
	return s.e.quiet(ctx, func() ([]Flight, error) { return s.flights(ctx, id) })
}

// Quiet waits until no send of the campaign is in flight in any process: after
// a pause or a cancel, until the results of what had begun are in.
func (s *Service) Quiet(ctx context.Context, id ID) error {
	if err := s.caller.may(Viewer); err != nil {
		return err
	}
	for {
		pulse := s.e.pulse.next()
		left, err := s.flights(ctx, id)
		if err != nil || len(left) == 0 {
			return err
		}
		if err := rest(ctx, pulse, watchEvery); err != nil {
			return err
		}
	}
}

// flights lists the sends of a campaign that are under way in any process.
func (s *Service) flights(ctx context.Context, id ID) (fs []Flight, err error) {
	err = s.rows.View(ctx, func(r Reader) error {
		all, err := r.Flights(id)
		for i := range all {
			if all[i].Phase == Flying {
				fs = append(fs, all[i].flight())
			}
		}
		return err
	})
	return fs, err
}

// pauseBySchedule pauses a campaign that can never send again by itself. One
// whose last people are in flight has nobody to pause for: it completes.
func (e *Engine) pauseBySchedule(ctx context.Context, ref Ref, why Reason, halted bool) error {
	s := e.As(Caller{Tenant: ref.Tenant, Role: Host})
	_, err := s.command(ctx, ref.ID, CommandPause, EventCampaignPaused, why, func(w Writer, c *Campaign) error {
		b, err := w.Books(ref.ID)
		if err != nil {
			return err
		}
		if b.Cursor.Position == c.Total && b.Waiting == 0 {
			return errUnchanged
		}
		c.Cause, c.Why, c.PausedAt = BySchedule, why, s.now()
		if halted || failsOf(why) {
			c.Cause = BySystem
		}
		return w.Vacate(ref.ID)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return ignoreGone(err)
}

// complete ends an active campaign that has nobody left, unless it is kept open.
func (e *Engine) complete(ctx context.Context, ref Ref) error {
	err := e.As(Caller{Tenant: ref.Tenant, Role: Host}).complete(ctx, ref.ID, false)
	var order *orderedError
	if errors.As(err, &order) {
		return e.carryOut(ctx, order.attempt)
	}
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err == nil {
		e.log.Info("campaign completed", "campaign", int64(ref.ID))
		e.pulse.beat()
	}
	return ignoreGone(err)
}

// orderedError keeps a campaign from being completed that was opened for a
// resend which has not been ordered yet.
type orderedError struct{ attempt AttemptID }

// Error is never shown.
func (*orderedError) Error() string { return "campaign: a resend is to be ordered first" }

// complete ends a campaign that has nobody left; where it has, or is kept open
// and nobody told it to end, that is errUnchanged. Unknown recipients do not
// hold it, unless its standing order is still to act on them.
func (s *Service) complete(ctx context.Context, id ID, told bool) error {
	return s.rows.Update(ctx, func(w Writer) error {
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		b, err := w.Books(id)
		if err != nil {
			return err
		}
		to, err := c.Status.After(CommandComplete)
		switch {
		case err != nil:
			return err
		case b.Cursor.Position < c.Total || b.Flying > 0 || b.Waiting > 0 || c.KeepOpen && !told:
			return errUnchanged
		case b.Tally.Unknown > 0:
			lost, err := w.Flights(id)
			if err != nil {
				return err
			}
			for i := range lost {
				if a := &lost[i]; a.ID.String() == c.reopenedFor() && !s.now().Before(a.Quarantine) {
					return &orderedError{a.ID}
				}
			}
			// The order acts at an inquiry. One that was given, or a campaign that
			// was reopened, after the last of them has nothing left to act at.
			if slices.ContainsFunc(lost, func(a Attempt) bool { return c.owes(&a) && !a.LookAt.IsZero() }) {
				return errUnchanged
			}
		}
		if err := w.Vacate(id); err != nil {
			return err
		}
		c.Status, c.EndedAt, c.UpdatedAt, c.Rev = to, s.now(), s.now(), c.Rev+1
		if c.Why.Code == CodeResend {
			c.Why = Reason{}
		}
		if err := w.SaveCampaign(&c); err != nil {
			return err
		}
		return w.Record(s.event(EventCampaignCompleted, id, Reason{}))
	})
}

// errUnchanged rolls an update back that found nothing to do.
var errUnchanged = errors.New("campaign: nothing to do")

func ignoreGone(err error) error {
	var t *TransitionError
	if errors.Is(err, ErrNotFound) || errors.As(err, &t) {
		return nil
	}
	return err
}

// MaxPauseWait tells how long Pause and Cancel take at most, besides the
// store: the start deadline.
func (e *Engine) MaxPauseWait() time.Duration { return e.Timing.Deadline }
