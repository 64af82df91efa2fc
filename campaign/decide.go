package campaign

import (
	"context"
	"fmt"
)

// Decision is what an operator makes of a recipient whose outcome is unknown.
type Decision string

const (
	// MarkSent: it went out. The recipient counts as sent.
	MarkSent Decision = "sent"
	// MarkNotSent: it did not. The recipient fails; a later proof to the
	// contrary still makes it sent.
	MarkNotSent Decision = "not_sent"
	// Resend orders a second message, whatever became of the first.
	Resend Decision = "resend"
)

// Decide settles an unknown recipient by an operator's word. It is ErrConflict
// while the gateway may still carry the send out, when the outcome is known by
// now, and for a resend in a campaign that has ended: Reopening opens one that
// is completed.
func (s *Service) Decide(ctx context.Context, id RecipientID, d Decision, note string) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	var lost *Attempt
	opens := false
	err := s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id.Campaign)
		if err != nil {
			return err
		}
		opens = d == Resend && s.reopens && c.Status == Completed
		if d == Resend && c.Status.Terminal() && !opens {
			return &ConflictError{Because(CodeReopenFirst)}
		}
		open, err := r.Flights(id.Campaign)
		if err != nil {
			return err
		}
		for i := range open {
			if open[i].Recipient == id && open[i].Phase == Lost {
				lost = &open[i]
			}
		}
		if lost == nil {
			if _, err := r.Recipient(id); err != nil {
				return err
			}
			return &ConflictError{Because(CodeOutcomeKnown)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if now := s.now(); now.Before(lost.Quarantine) {
		return &ConflictError{Because(CodeTooEarly, "until", stamp(lost.Quarantine))}
	}
	set := Settlement{Attempt: lost.ID, Author: s.caller.Author, Note: note}
	switch d {
	case MarkSent:
		set.Outcome, set.Evidence, set.Why = OutcomeAccepted, ByOperator, Because(CodeMarkedSent, "note", note)
	case MarkNotSent:
		set.Outcome, set.Why = OutcomeMarkedUnsent, Because(CodeMarkedUnsent, "note", note)
	case Resend:
		set.Outcome, set.Why = OutcomeResend, Because(CodeResend, "by", "operator", "note", note)
		if opens {
			if err := s.openFor(ctx, id.Campaign, lost.ID); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("campaign: %q is no decision; choose %s, %s or %s", d, MarkSent, MarkNotSent, Resend)
	}
	open := true
	rows, err := s.e.store.Settle(ctx, s.now(), []Settlement{set}, func(r *Rows) {
		s.e.book.settle(r, []Settlement{set})
		_, open = r.Open[lost.ID]
	})
	if err != nil {
		return err
	}
	if open {
		return &ConflictError{Because(CodeOutcomeKnown)}
	}
	s.e.follow(ctx, rows)
	s.e.pulse.beat()
	return nil
}
