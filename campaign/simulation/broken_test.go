package simulation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

// broken is a store of which one rule is missing. Nil fields are as they
// should be.
type broken struct {
	campaign.Store
	plan, settle, sweep, absorb func(r *campaign.Rows, f func(*campaign.Rows))
	notices                     func([]campaign.Notice)
	view                        func(campaign.Reader) campaign.Reader
	update                      func(campaign.Writer) campaign.Writer
	after                       func(*campaign.Rows)
	agenda                      func(*campaign.Agenda)
}

func through(f func(*campaign.Rows), by func(*campaign.Rows, func(*campaign.Rows))) func(*campaign.Rows) {
	if by == nil {
		return f
	}
	return func(r *campaign.Rows) { by(r, f) }
}

func (b *broken) done(r *campaign.Rows, err error) (*campaign.Rows, error) {
	if err == nil && b.after != nil {
		b.after(r)
	}
	return r, err
}

func (b *broken) Take(ctx context.Context, q campaign.TakeQuery, f func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.done(b.Store.Take(ctx, q, through(f, b.plan)))
}

func (b *broken) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, f func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.done(b.Store.Settle(ctx, now, ss, through(f, b.settle)))
}

func (b *broken) Sweep(ctx context.Context, q campaign.SweepQuery, f func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.done(b.Store.Sweep(ctx, q, through(f, b.sweep)))
}

func (b *broken) Absorb(ctx context.Context, now, expire time.Time, max int, f func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.done(b.Store.Absorb(ctx, now, expire, max, through(f, b.absorb)))
}

func (b *broken) Stash(ctx context.Context, ns []campaign.Notice) error {
	if b.notices != nil {
		ns = slices.Clone(ns)
		b.notices(ns)
	}
	return b.Store.Stash(ctx, ns)
}

func (b *broken) Agenda(ctx context.Context, now time.Time, max int) (campaign.Agenda, error) {
	a, err := b.Store.Agenda(ctx, now, max)
	if err == nil && b.agenda != nil {
		b.agenda(&a)
	}
	return a, err
}

func (b *broken) Tenant(t campaign.Tenant) campaign.Records {
	return &brokenRecords{b.Store.Tenant(t), b}
}

type brokenRecords struct {
	campaign.Records
	b *broken
}

func (r *brokenRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.Records.View(ctx, func(rd campaign.Reader) error {
		if r.b.view != nil {
			rd = r.b.view(rd)
		}
		return f(rd)
	})
}

func (r *brokenRecords) Update(ctx context.Context, f func(campaign.Writer) error) error {
	return r.Records.Update(ctx, func(w campaign.Writer) error {
		if r.b.update != nil {
			w = r.b.update(w)
		}
		return f(w)
	})
}

// alias makes a phone another one for the guards of a store, and unalias makes it
// itself again.
func alias(p contact.Phone, a campaign.AttemptID) contact.Phone {
	return p + "#" + contact.Phone(a.String())
}

func unalias(p contact.Phone) contact.Phone {
	s, _, _ := strings.Cut(string(p), "#")
	return contact.Phone(s)
}

// forgetful loses the guard on phones: every attempt holds a phone of its own.
func forgetful(b *broken) {
	b.plan = func(r *campaign.Rows, f func(*campaign.Rows)) {
		for _, t := range r.Turns {
			for i := range t.Job.Due {
				t.Job.Due[i].Busy = false
			}
			for i := range t.Job.Ahead {
				t.Job.Ahead[i].Busy = false
			}
		}
		f(r)
		for _, a := range r.Begin {
			a.Phone = alias(a.Phone, a.ID)
		}
	}
	b.after = func(r *campaign.Rows) {
		for _, a := range r.Begin {
			a.Phone = unalias(a.Phone)
		}
	}
	b.agenda = func(a *campaign.Agenda) {
		for i := range a.Inquiries {
			a.Inquiries[i].Phone = unalias(a.Inquiries[i].Phone)
		}
	}
}

// pending puts a swept or lost attempt among the waiting, as if it had been
// proven unsent.
func pending(r *campaign.Rows, a *campaign.Attempt) {
	j := r.Jobs[a.Recipient.Campaign]
	if a.Phase == campaign.Lost {
		j.Tally.Unknown--
	}
	j.Tally.Released.Add(a.Message, 1)
	r.Close = append(r.Close, campaign.Closed{Attempt: a.ID, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation,
		Try: a.Try, Instance: a.Instance, Message: a.Message, Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: r.Now,
		Outcome: campaign.OutcomeLate})
	r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: r.Now, Tries: a.Try - 1, Generation: a.Generation})
	r.Events = append(r.Events, campaign.Event{Tenant: a.Tenant, At: r.Now, Type: campaign.EventPostponed,
		Campaign: a.Recipient.Campaign, Position: a.Recipient.Position, Attempt: a.ID, Instance: a.Instance, Message: a.Message})
}

// A rule that is missing is noticed, by the promise that rests on it, within a
// few seeds. Each world takes away one rule that really was forgotten
// somewhere, or could be.
func TestBrokenWorldsAreNoticed(t *testing.T) {
	first := map[string]uint64{"a pause that does not wait": 19}
	for _, x := range []struct {
		name  string
		rules string // any of these
		seeds uint64 // it is noticed within so many
		wreck func(cfg *Config, b *broken)
	}{
		{"a store that forgets the guard on phones", "I4 I10", 10, func(cfg *Config, b *broken) {
			forgetful(b)
			cfg.locker = func(campaign.Locker) campaign.Locker { return generous{} }
		}},
		{"a sender that calls a time-out not sent", "I11 I1", 5, func(cfg *Config, _ *broken) {
			cfg.sender = func(s campaign.Sender) campaign.Sender { return &brokenSender{Sender: s, certain: true} }
		}},
		{"a sender that begins whenever it gets a connection", "I2 I6", 5, func(cfg *Config, _ *broken) {
			cfg.sender = func(s campaign.Sender) campaign.Sender { return &brokenSender{Sender: s, patient: true} }
		}},
		{"a sender that tries a second time by itself", "I1", 5, func(cfg *Config, _ *broken) {
			cfg.sender = func(s campaign.Sender) campaign.Sender { return &brokenSender{Sender: s, stubborn: true} }
		}},
		{"a look-up that does not look at the phone", "I10", 10, func(cfg *Config, _ *broken) {
			cfg.sender = func(s campaign.Sender) campaign.Sender { return &brokenSender{Sender: s, blind: true} }
		}},
		{"a sweep that makes pending what was in flight", "I1 I4 I11", 5, func(_ *Config, b *broken) {
			b.sweep = func(r *campaign.Rows, _ func(*campaign.Rows)) {
				for _, a := range r.Open {
					if a.Phase == campaign.Flying {
						pending(r, a)
					}
				}
			}
		}},
		{"an inquiry without a record that counts as proof", "I1 I4 I11 I12", 5, func(_ *Config, b *broken) {
			b.settle = func(r *campaign.Rows, f func(*campaign.Rows)) {
				before := len(r.Events)
				f(r)
				for _, e := range r.Events[before:] {
					if a := r.Open[e.Attempt]; a != nil && e.Type == campaign.EventInquired && e.Why.Code == campaign.CodeNoTrace {
						r.Changed = slices.DeleteFunc(r.Changed, func(x *campaign.Attempt) bool { return x == a })
						pending(r, a)
					}
				}
			}
		}},
		{"a settlement that counts twice", "I3", 3, func(_ *Config, b *broken) {
			b.settle = func(r *campaign.Rows, f func(*campaign.Rows)) {
				f(r)
				for _, c := range r.Close {
					if c.Outcome == campaign.OutcomeAccepted {
						r.Jobs[c.Recipient.Campaign].Tally.Sent++
					}
				}
			}
		}},
		{"a settlement without its event", "I9", 3, func(_ *Config, b *broken) {
			b.settle = func(r *campaign.Rows, f func(*campaign.Rows)) { f(r); r.Events = nil }
		}},
		{"a pause that does not wait", "I2", 40, func(_ *Config, b *broken) {
			b.view = func(r campaign.Reader) campaign.Reader { return &unseeing{r} }
		}},
		{"a pause that is not stored", "I2 I5", 5, func(_ *Config, b *broken) {
			b.update = func(w campaign.Writer) campaign.Writer { return &keepsRunning{w} }
		}},
		{"a quarantine that ends with the send", "I4 I1 I11", 10, func(cfg *Config, b *broken) {
			b.plan = func(r *campaign.Rows, f func(*campaign.Rows)) {
				f(r)
				for _, a := range r.Begin {
					a.Quarantine = a.StartBy.Add(10 * time.Second)
				}
			}
			cfg.locker = func(campaign.Locker) campaign.Locker { return generous{} }
		}},
		{"a take that does not ask who has opted out", "I13", 5, func(_ *Config, b *broken) {
			b.plan = func(r *campaign.Rows, f func(*campaign.Rows)) {
				for _, t := range r.Turns {
					for i := range t.Job.Due {
						t.Job.Due[i].Suppressed = false
					}
					for i := range t.Job.Ahead {
						t.Job.Ahead[i].Suppressed = false
					}
				}
				f(r)
			}
		}},
		{"a number that never rests", "I7", 5, func(_ *Config, b *broken) {
			b.plan = func(r *campaign.Rows, f func(*campaign.Rows)) {
				for _, t := range r.Turns {
					t.Number.Meter.PaceUntil = time.Time{}
				}
				f(r)
			}
		}},
		{"a cap that a restart forgets", "I7", 10, func(_ *Config, b *broken) {
			b.sweep = func(r *campaign.Rows, f func(*campaign.Rows)) {
				f(r)
				for _, n := range r.Numbers {
					n.Meter.InHour, n.Meter.InDay = 0, 0
				}
			}
		}},
		{"a calendar that nobody reads, and hours that are always open", "I6", 5, func(_ *Config, b *broken) {
			b.plan = func(r *campaign.Rows, f func(*campaign.Rows)) {
				for _, j := range r.Jobs {
					spec := j.Campaign.Schedule
					j.Campaign.Schedule.Kind = ""
					j.Campaign.Rev += 1_000_000 // a recipe of its own
					defer func() { j.Campaign.Schedule, j.Campaign.Rev = spec, j.Campaign.Rev-1_000_000 }()
				}
				f(r)
			}
		}},
		{"a retry that uses no try", "I16", 5, func(_ *Config, b *broken) {
			b.settle = func(r *campaign.Rows, f func(*campaign.Rows)) {
				f(r)
				for i := range r.Wait {
					r.Wait[i].Tries = 0
				}
			}
		}},
		{"an inbox that believes every tenant", "I14", 20, func(_ *Config, b *broken) {
			b.notices = func(ns []campaign.Notice) {
				for i := range ns {
					if ns[i].Tenant == "somebody" {
						ns[i].Tenant = "acme"
					}
				}
			}
		}},
		{"a completion that ignores who waits", "I12", 5, func(_ *Config, b *broken) {
			b.update = func(w campaign.Writer) campaign.Writer { return &hasty{w} }
			b.after = func(r *campaign.Rows) {
				r.Drained = nil
				for id, j := range r.Jobs {
					if j.Cursor.Position == j.Campaign.Total {
						r.Drained = append(r.Drained, campaign.Ref{Tenant: j.Campaign.Tenant, ID: id})
					}
				}
			}
		}},
		{"a store in which nothing is ever swept", "I15", 3, func(cfg *Config, b *broken) {
			cfg.Campaigns, cfg.Days, cfg.Patience = 3, 1, 3*24*time.Hour
			b.sweep = func(*campaign.Rows, func(*campaign.Rows)) {}
		}},
		{"a completion that nobody notices", "I15", 3, func(cfg *Config, b *broken) {
			cfg.Campaigns, cfg.Days, cfg.Patience = 3, 1, 3*24*time.Hour
			b.after = func(r *campaign.Rows) { r.Drained = nil }
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			for n := range x.seeds {
				// Where to begin decides how long it takes, not what is found.
				seed := (n + first[x.name]) % x.seeds
				var cfg Config
				cfg.Open = func() (campaign.Store, error) {
					b := &broken{Store: memory.New()}
					x.wreck(&cfg, b)
					return b, nil
				}
				x.wreck(&cfg, &broken{})
				r := Run(seed, cfg)
				if len(r.Violations) == 0 {
					continue
				}
				require.Contains(t, strings.Fields(x.rules), r.Violations[0].Rule, "seed %d: %v", seed, r.Violations)
				t.Logf("seed %d: %s", seed, r.Violations[0])
				return
			}
			t.Fatalf("nobody noticed in %d seeds", x.seeds)
		})
	}
}

// generous is a lock service that gives every lock to everybody.
type generous struct{}

func (generous) TryLock(context.Context, string, time.Duration) (campaign.Lock, error) {
	return generous{}, nil
}
func (generous) Extend(context.Context, time.Duration) error { return nil }
func (generous) Unlock(context.Context) error                { return nil }

// brokenSender breaks one clause of the contract of Sender or Lookup.
type brokenSender struct {
	campaign.Sender
	certain, patient, stubborn, blind bool
}

func (b *brokenSender) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	if b.patient {
		m.StartBy = m.StartBy.Add(time.Hour)
	}
	acc, err := b.Sender.Send(ctx, m)
	if errors.Is(err, errVague) {
		switch {
		case b.certain:
			return acc, campaign.NotSent(err)
		case b.stubborn:
			m.StartBy = m.StartBy.Add(time.Hour)
			return b.Sender.Send(ctx, m)
		}
	}
	return acc, err
}

func (b *brokenSender) Find(ctx context.Context, q campaign.Inquiry) ([]campaign.Record, error) {
	c := b.Sender.(*carrier)
	found, err := c.Find(ctx, q)
	if b.blind && err == nil {
		for _, r := range c.p.s.gateway.taken {
			for _, x := range r {
				if at := x.at.Truncate(time.Second); !at.Before(q.From) && !at.After(q.Until) {
					found = append(found, campaign.Record{ProviderID: x.id, At: at})
				}
			}
		}
	}
	return found, err
}

// unseeing hides what is in flight.
type unseeing struct{ campaign.Reader }

func (u *unseeing) Flights(id campaign.ID) ([]campaign.Attempt, error) {
	open, err := u.Reader.Flights(id)
	return slices.DeleteFunc(open, func(a campaign.Attempt) bool { return a.Phase == campaign.Flying }), err
}

// keepsRunning leaves a campaign active that is to pause.
type keepsRunning struct{ campaign.Writer }

func (k *keepsRunning) Vacate(campaign.ID) error { return nil }

func (k *keepsRunning) SaveCampaign(c *campaign.Campaign) error {
	if c.Status != campaign.Paused {
		return k.Writer.SaveCampaign(c)
	}
	was := c.Clone()
	was.Status = campaign.Active
	return k.Writer.SaveCampaign(&was)
}

// hasty sees nobody who waits.
type hasty struct{ campaign.Writer }

func (h *hasty) Books(id campaign.ID) (campaign.Books, error) {
	b, err := h.Writer.Books(id)
	b.Waiting, b.Flying = 0, 0
	return b, err
}
