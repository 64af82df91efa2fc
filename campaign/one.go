package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// SendOne starts a campaign of one person, whom the instance sends one text to
// as to anybody else: by the same take, lock, pace and ledger. It is not tried
// again, nor after a restriction of the number. name is what the campaign is called. An engine has to run; Await
// tells what became of it. A start that is refused leaves no draft behind.
func (s *Service) SendOne(ctx context.Context, name string, from InstanceID, to contact.Contact, text string) (RecipientID, error) {
	never := 0
	c, err := s.Create(ctx, Draft{Name: name, Messages: []Message{{Text: text}}, Instances: []InstanceID{from}, Retries: &never,
		AfterRestriction: RestrictionNever})
	if err != nil {
		return RecipientID{}, err
	}
	if _, err = s.Add(ctx, c.ID, Everyone(to)); err == nil {
		_, err = s.Start(ctx, c.ID)
	}
	if err != nil {
		return RecipientID{}, errors.Join(err, s.Delete(context.WithoutCancel(ctx), c.ID))
	}
	return RecipientID{Campaign: c.ID, Position: 1}, nil
}

// awaitEvery bounds how long Await stays blind to what another process did.
const awaitEvery = 100 * time.Millisecond

// Await waits until nothing more happens to a message of SendOne by itself: it
// was sent, failed or left out, or its outcome is lost and the gateway, asked
// once, did not know. waiting, which may be nil, is told of every look at a
// message whose turn has not come. When ctx ends first, or the number turns
// out to be at fault, the campaign is cancelled, so that the message does not
// go out later when nobody looks; what was in flight then is still told.
func (s *Service) Await(ctx context.Context, id RecipientID, waiting func()) (Recipient, error) {
	always := context.WithoutCancel(ctx)
	for {
		pulse := s.e.pulse.next()
		r, err := s.Recipient(always, id)
		if err != nil {
			return r, err
		}
		switch r.State {
		case Sending:
		case Pending:
			if r.Tries == 0 && r.Why.IsZero() {
				if waiting != nil {
					waiting()
				}
			} else if r.Why.Code != CodePhoneBusy {
				return s.giveUp(always, r)
			}
		case Unknown:
			asked, err := s.Events(always, EventQuery{Campaign: id.Campaign, Types: []EventType{EventInquired}, Limit: 1})
			if err != nil || len(asked) > 0 {
				return r, err
			}
		default:
			return r, nil
		}
		if rest(ctx, pulse, awaitEvery) != nil {
			return s.giveUp(always, r)
		}
	}
}

func (s *Service) giveUp(ctx context.Context, r Recipient) (Recipient, error) {
	if _, err := s.Cancel(ctx, r.ID.Campaign, "given up"); err != nil && !errors.Is(err, ErrConflict) {
		return r, err
	}
	now, err := s.Recipient(ctx, r.ID)
	if now.Why.IsZero() {
		now.Why = r.Why
	}
	return now, err
}
