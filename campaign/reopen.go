package campaign

import (
	"context"
	"errors"
	"time"
)

// Reopening returns a service whose Add, Invite and Decide open a completed
// campaign for what they are asked to do, in the same step: the engine cannot
// complete it in between. What keeps a campaign from starting keeps it from
// being opened, and nobody is added then.
func (s *Service) Reopening() *Service {
	r := *s
	r.reopens = true
	return &r
}

// Reopen makes a completed campaign active again. It completes once more when
// nobody is left; without anybody to send to, at once, unless it is kept open.
// To open it for people or for a lost send, use Reopening.
func (s *Service) Reopen(ctx context.Context, id ID) (Campaign, error) {
	return s.command(ctx, id, CommandReopen, EventCampaignReopened, Reason{}, s.beginAgain)
}

// ReopenKept is Reopen, and sets Draft.KeepOpen: the campaign waits for people
// until Complete or Cancel ends it.
func (s *Service) ReopenKept(ctx context.Context, id ID) (Campaign, error) {
	return s.command(ctx, id, CommandReopen, EventCampaignReopened, Reason{}, func(w Writer, c *Campaign) error {
		c.KeepOpen = true
		return s.beginAgain(w, c)
	})
}

// beginAgain is begin for a campaign that has been completed.
func (s *Service) beginAgain(w Writer, c *Campaign) error {
	started := c.StartedAt
	if err := s.begin(w, c); err != nil {
		return err
	}
	c.StartedAt, c.ResumedAt, c.EndedAt = started, s.now(), time.Time{}
	return nil
}

// reopen opens a completed campaign within a transaction that goes on to give
// it something to do.
func (s *Service) reopen(w Writer, c *Campaign, why Reason) error {
	to, err := c.Status.After(CommandReopen)
	if err != nil {
		return err
	}
	if err := s.beginAgain(w, c); err != nil {
		return err
	}
	c.Status, c.Why, c.UpdatedAt, c.Rev = to, why, s.now(), c.Rev+1
	if err := w.SaveCampaign(c); err != nil {
		return err
	}
	return w.Record(s.event(EventCampaignReopened, c.ID, why))
}

// openFor opens a completed campaign for a lost attempt that is to be sent
// again, and writes the order into its row: it does not complete before the
// order is carried out, by whatever process, see Engine.complete.
func (s *Service) openFor(ctx context.Context, id ID, lost AttemptID) error {
	err := s.rows.Update(ctx, func(w Writer) error {
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		if c.Status == Active {
			return errUnchanged // somebody else was faster
		}
		return s.reopen(w, &c, Because(CodeResend, "by", "operator", "attempt", lost.String()))
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// carryOut carries out the order that a campaign was opened for, where the
// process that gave it did not come to it.
func (e *Engine) carryOut(ctx context.Context, order AttemptID) error {
	set := []Settlement{{Attempt: order, Outcome: OutcomeResend, Why: Because(CodeResend, "by", "operator")}}
	_, err := e.store.Settle(ctx, e.Now().UTC(), set, func(r *Rows) { e.book.settle(r, set) })
	e.pulse.beat()
	return err
}

// Complete ends an active campaign that has nobody left, which is how one that
// is kept open ends. It is ErrConflict while people are left.
func (s *Service) Complete(ctx context.Context, id ID) (Campaign, error) {
	if err := s.caller.may(Operator); err != nil {
		return Campaign{}, err
	}
	err := s.complete(ctx, id, true)
	if errors.Is(err, errUnchanged) {
		err = &ConflictError{Because(CodePeopleLeft)}
	}
	if err != nil {
		return Campaign{}, err
	}
	s.e.pulse.beat()
	return s.Campaign(ctx, id)
}
