package audit_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/store/memory"
)

// town is the world that is broken: one that has lived, and where the picks
// below find somebody of each kind.
type town struct {
	*world
	t campaign.Tenant
	// missing counts the kinds that nobody is of.
	missing int
}

// cast plays until pick finds somebody of each kind: campaigns draw their seeds
// themselves, and not every play meets everything.
func cast(t *testing.T, seed uint64, tenant campaign.Tenant, pick func(w *town)) *town {
	t.Helper()
	for n := range uint64(20) {
		w := &town{world: newWorld(t, memory.New(), seed+n), t: tenant}
		w.life()
		if pick(w); w.missing == 0 {
			return w
		}
	}
	require.FailNow(t, "the plays have nobody of some kind any more")
	return nil
}

// find returns the first recipient of a campaign that f accepts, with its
// ended attempts; where there is none it counts as missing.
func (w *town) find(t campaign.Tenant, f func(p campaign.Recipient, past []campaign.Closed) bool) (found campaign.Recipient, past []campaign.Closed) {
	w.Helper()
	require.NoError(w, w.store.Tenant(t).View(w.ctx, func(r campaign.Reader) error {
		cs, err := r.Campaigns(campaign.CampaignQuery{})
		require.NoError(w, err)
		for _, c := range cs {
			ps, err := r.Recipients(campaign.RecipientQuery{Campaign: c.ID, Limit: 1000})
			require.NoError(w, err)
			for _, p := range ps {
				h, err := r.History(c.ID, p.ID.Position-1, p.ID.Position)
				require.NoError(w, err)
				if f(p, h) {
					found, past = p, h
					return nil
				}
			}
		}
		return nil
	}))
	if found.ID == (campaign.RecipientID{}) {
		w.missing++
	}
	return found, past
}

// state finds somebody in a state who has one attempt behind them, if any.
func (w *town) state(t campaign.Tenant, s campaign.State) (campaign.Recipient, []campaign.Closed) {
	w.Helper()
	return w.find(t, func(p campaign.Recipient, past []campaign.Closed) bool {
		return p.State == s && (len(past) == 0 || (len(past) == 1 && past[0].Evidence == campaign.ByAnswer && past[0].EndedAt.Sub(past[0].TakenAt) < time.Second))
	})
}

// person bends one recipient.
func person(id campaign.RecipientID, f func(*campaign.Recipient)) func(*campaign.Recipient) bool {
	return func(p *campaign.Recipient) bool {
		if p.ID == id {
			f(p)
		}
		return true
	}
}

// attempt bends one ended attempt.
func attempt(id campaign.AttemptID, f func(*campaign.Closed)) func(*campaign.Closed) bool {
	return func(c *campaign.Closed) bool {
		if c.Attempt == id {
			f(c)
		}
		return true
	}
}

// event bends the first event of a type about a recipient; f returns what
// stands in its place.
func event(id campaign.RecipientID, t campaign.EventType, f func(campaign.Event) []campaign.Event) func(campaign.Tenant, []campaign.Event) []campaign.Event {
	return func(_ campaign.Tenant, es []campaign.Event) []campaign.Event {
		es = slices.Clone(es)
		for i, e := range es {
			if e.Campaign == id.Campaign && e.Position == id.Position && e.Type == t {
				return renumber(slices.Replace(es, i, i+1, f(e)...))
			}
		}
		return es
	}
}

// optOut is the event of a person's opt-out at the time of another one.
func optOut(e campaign.Event, p campaign.Recipient) campaign.Event {
	k := campaign.SuppressionKeys(secret)(e.Tenant, p.Contact.Phone)
	return campaign.Event{Seq: e.Seq, Tenant: e.Tenant, At: e.At, Type: campaign.EventOptedOut, Author: "ana",
		Why: campaign.Because("keyword", campaign.OptOutKey, hex.EncodeToString(k[:]))}
}

// renumber keeps the log in order when events were put in.
func renumber(es []campaign.Event) []campaign.Event {
	for i := range es {
		es[i].Seq = int64(i + 1)
	}
	return es
}

func gone(campaign.Event) []campaign.Event { return nil }

func twice(e campaign.Event) []campaign.Event { return []campaign.Event{e, e} }

func TestEveryRuleIsSeenToBreak(t *testing.T) {
	var sent, read, delivered, failed, skipped, retried, resent, marked, lost, other, dropped, flying, pendings campaign.Recipient
	var sentPast, deliveredPast, failedPast, retriedPast, resentPast, otherPast, office []campaign.Closed
	w := cast(t, 3, "acme", func(w *town) {
		sent, sentPast = w.state("acme", campaign.Sent)
		read, _ = w.state("acme", campaign.Read)
		delivered, deliveredPast = w.state("acme", campaign.Delivered)
		failed, failedPast = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State == campaign.Failed && len(past) == 1 && past[0].Outcome == campaign.OutcomeRefused
		})
		skipped, _ = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State == campaign.Skipped && len(past) == 0
		})
		retried, retriedPast = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State != campaign.Failed && len(past) == 2 && past[0].Outcome == campaign.OutcomeNotSent && past[1].Outcome == campaign.OutcomeAccepted
		})
		resent, resentPast = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return len(past) == 2 && past[0].Outcome == campaign.OutcomeResend && past[1].Generation == 2
		})
		marked, _ = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State == campaign.Failed && len(past) > 0 && past[len(past)-1].Outcome == campaign.OutcomeMarkedUnsent
		})
		lost, _ = w.find("acme", func(p campaign.Recipient, _ []campaign.Closed) bool { return p.State == campaign.Unknown })
		other, otherPast = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State == campaign.Delivered && p.ID != delivered.ID && p.Instance == delivered.Instance && len(past) == 1
		})
		dropped, _ = w.state("beta", campaign.Dropped)
		flying, _ = w.find("beta", func(p campaign.Recipient, _ []campaign.Closed) bool { return p.State == campaign.Sending })
		pendings, _ = w.find("beta", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State == campaign.Pending && p.ID.Campaign == flying.ID.Campaign && p.Due.IsZero()
		})
		// office was sent to in office hours, after the campaign was edited.
		_, office = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.ID.Campaign == 1 && len(past) == 1 && past[0].Outcome == campaign.OutcomeAccepted && p.ID.Position > 280
		})
	})
	now := w.clock.Now()
	last := flying.ID.Campaign // active, of beta
	n1 := sent.Instance

	flight := func(f func(*campaign.Attempt)) func(campaign.ID, []campaign.Attempt) []campaign.Attempt {
		return func(_ campaign.ID, as []campaign.Attempt) []campaign.Attempt {
			for i := range as {
				if as[i].Recipient == flying.ID {
					f(&as[i])
				}
			}
			return as
		}
	}
	books := func(id campaign.ID, f func(*campaign.Books)) func(campaign.ID, *campaign.Books) {
		return func(x campaign.ID, b *campaign.Books) {
			if x == id {
				f(b)
			}
		}
	}
	one := func(id campaign.ID, f func(*campaign.Campaign)) func(*campaign.Campaign) {
		return func(c *campaign.Campaign) {
			if c.ID == id {
				f(c)
			}
		}
	}
	number := func(id campaign.InstanceID, f func(*campaign.Number)) func(*campaign.Number) {
		return func(n *campaign.Number) {
			if n.Instance.ID == id {
				f(n)
			}
		}
	}
	zero := 0

	for _, c := range []struct {
		name, invariant, detail string
		b                       bent
		o                       audit.Options
	}{
		{"two accepted in one generation", "I1", "may have been sent stood before it",
			bent{history: attempt(retriedPast[0].Attempt, func(c *campaign.Closed) { c.Outcome = campaign.OutcomeMarkedUnsent })}, audit.Options{}},
		{"a generation that nobody ordered", "I1", "nobody ordered that",
			bent{history: attempt(retriedPast[1].Attempt, func(c *campaign.Closed) { c.Generation = 2 })}, audit.Options{}},
		{"a generation is skipped", "I1", "nobody ordered that",
			bent{history: attempt(resentPast[1].Attempt, func(c *campaign.Closed) { c.Generation = 3 })}, audit.Options{}},
		{"the order of a resend is missing", "I1", "may have been sent already",
			bent{events: event(resent.ID, campaign.EventResend, gone)}, audit.Options{}},
		{"an open attempt after an accepted one", "I1", "stood before it",
			bent{flights: func(id campaign.ID, as []campaign.Attempt) []campaign.Attempt {
				if id != sent.ID.Campaign {
					return as
				}
				c := sentPast[0]
				return append(as, campaign.Attempt{ID: campaign.AttemptID{1}, Tenant: "acme", Recipient: sent.ID, Generation: 1, Try: 1, Instance: c.Instance,
					Phone: c.Phone, TakenAt: now, StartBy: now, SweepAt: now, Quarantine: now, Phase: campaign.Flying, Held: true, Slot: 9})
			}}, audit.Options{}},
		{"taken while paused", "I2", "taken while the campaign was paused", bent{events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
			es = slices.Clone(es)
			for i, e := range es {
				if e.Type == campaign.EventCampaignPaused {
					for j := i; j < len(es); j++ { // the pause comes before the take before it
						if es[j].Type == campaign.EventTaken && es[j].Campaign == e.Campaign {
							break
						}
					}
					for j := i; j > 0; j-- {
						es[j-1], es[j] = es[j], es[j-1]
						if es[j].Type == campaign.EventTaken && es[j].Campaign == e.Campaign {
							return renumber(es)
						}
					}
				}
			}
			return es
		}}, audit.Options{}},
		{"the books count one more sent", "I3", "sent", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Sent++ })}, audit.Options{}},
		{"the books count one less failed", "I3", "failed", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Failed-- })}, audit.Options{}},
		{"the books count one less delivered", "I3", "delivered", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Delivered-- })}, audit.Options{}},
		{"the books count one more read", "I3", "read", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Read++ })}, audit.Options{}},
		{"the books count one more answered", "I3", "responded", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Responded++ })}, audit.Options{}},
		{"a message that was answered more often", "I3", "of those answered", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.RespondedOf.Add(sent.Message, 1) })}, audit.Options{}},
		{"an answer that counts twice", "I14", "answered already", bent{events: event(sent.ID, campaign.EventSent, func(e campaign.Event) []campaign.Event {
			e2 := e
			e2.Type = campaign.EventResponded
			return []campaign.Event{e, e2, e2}
		})}, audit.Options{}},
		{"the books count one more skipped", "I3", "skipped", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Cursor.Skipped++ })}, audit.Options{}},
		{"the books count one more unknown", "I3", "unknown", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Unknown++ })}, audit.Options{}},
		{"the books count one more retry", "I3", "retries", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Retries++ })}, audit.Options{}},
		{"the books count one more in flight", "I3", "in flight", bent{books: books(last, func(b *campaign.Books) { b.Flying++ })}, audit.Options{}},
		{"the books count one more waiting", "I3", "waiting", bent{books: books(last, func(b *campaign.Books) { b.Waiting++ })}, audit.Options{}},
		{"a pick that was not counted", "I3", "picked and not released", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Cursor.Picked[sent.Message]-- })}, audit.Options{}},
		{"a choice that was released twice", "I3", "picked and not released", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Released.Add(sent.Message, 1) })}, audit.Options{}},
		{"a message that was sent more often", "I3", "of those sent", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.SentOf[sent.Message]++ })}, audit.Options{}},
		{"more read than delivered", "I3", "each is part of the one before", bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Tally.Read = b.Tally.Delivered + 1 })}, audit.Options{}},
		{"a recipient is missing", "I3", "no gaps", bent{recipient: func(p *campaign.Recipient) bool { return p.ID != read.ID }}, audit.Options{}},
		{"behind the cursor and nowhere", "I3", "in no place",
			bent{recipient: person(skipped.ID, func(p *campaign.Recipient) { p.State, p.Why = campaign.Pending, campaign.Reason{} })}, audit.Options{}},
		{"settled and waiting", "I3", "2 places", bent{recipient: person(sent.ID, func(p *campaign.Recipient) { p.Due = now })}, audit.Options{}},
		{"ahead of the cursor and settled", "I3", "ahead of the cursor",
			bent{books: books(sent.ID.Campaign, func(b *campaign.Books) { b.Cursor.Position = sent.ID.Position - 1 })}, audit.Options{}},
		{"the cursor is past the end", "I3", "the cursor stands at", bent{books: books(last, func(b *campaign.Books) { b.Cursor.Position = 1000 })}, audit.Options{}},
		{"sending without an attempt", "I3", "has open attempts: false",
			bent{recipient: person(pendings.ID, func(p *campaign.Recipient) { p.State = campaign.Sending })}, audit.Options{}},
		{"cancelled in a campaign that is not", "I3", "shows as cancelled",
			bent{recipient: person(pendings.ID, func(p *campaign.Recipient) { p.State = campaign.Dropped })}, audit.Options{}},
		{"the first to wait is another", "I3", "waits until", bent{books: books(last, func(b *campaign.Books) { b.NextDue = b.NextDue.Add(time.Second) })}, audit.Options{}},
		{"in flight without its phone", "I4", "does not hold its phone", bent{flights: flight(func(a *campaign.Attempt) { a.Held = false })}, audit.Options{}},
		{"a phone that is free before its quarantine", "I4", "before its quarantine",
			bent{flights: func(_ campaign.ID, as []campaign.Attempt) []campaign.Attempt {
				for i := range as {
					if as[i].Recipient == lost.ID {
						as[i].Held, as[i].Quarantine = false, now.Add(time.Hour)
					}
				}
				return as
			}}, audit.Options{}},
		{"one phone in two tenants at once", "I4", "held at the same time", bent{
			flights: flight(func(a *campaign.Attempt) { a.Phone = sentPast[0].Phone }),
			history: attempt(sentPast[0].Attempt, func(c *campaign.Closed) { c.EndedAt = now }),
			events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
				es = slices.Clone(es)
				for i := range es {
					if es[i].Attempt == sentPast[0].Attempt && es[i].Type == campaign.EventSent {
						e := es[i]
						e.Seq, e.At = 1_000_000, now
						return append(slices.Delete(es, i, i+1), e)
					}
				}
				return es
			}}, audit.Options{}},
		{"a phone that is freed twice", "I4", "can be freed, once", bent{events: event(lost.ID, campaign.EventReleased, twice)}, audit.Options{}},
		{"a number that serves a campaign that has ended", "I5", "serves a campaign that is", bent{number: number(n1, func(n *campaign.Number) { n.Serves = sent.ID.Campaign })}, audit.Options{}},
		{"a number that serves nobody", "I5", "does not exist", bent{number: number(n1, func(n *campaign.Number) { n.Serves = 99 })}, audit.Options{}},
		{"a campaign whose number does not serve it", "I5", "its instance does not serve it", bent{number: func(n *campaign.Number) {
			if n.Serves == last {
				n.Serves = 0
			}
		}}, audit.Options{}},
		{"a number that the campaign does not name", "I5", "does not name it", bent{campaign: one(last, func(c *campaign.Campaign) { c.Instances = nil })}, audit.Options{}},
		{"a send on a Sunday", "I6", "outside its hours",
			bent{history: attempt(office[0].Attempt, func(c *campaign.Closed) { c.TakenAt, c.EndedAt = c.TakenAt.AddDate(0, 0, 6), later(now)() })}, audit.Options{Now: later(now)}},
		{"a send on a holiday", "I6", "a holiday, Sexta-feira Santa",
			bent{history: attempt(office[0].Attempt, func(c *campaign.Closed) {
				c.TakenAt, c.EndedAt = time.Date(2026, 4, 3, 15, 0, 0, 0, time.UTC), later(now)()
			})}, audit.Options{Now: later(now)}},
		{"a send that could begin after the end", "I6", "after the campaign's end",
			bent{campaign: one(last, func(c *campaign.Campaign) { c.EndAt = now.Add(-time.Hour) })}, audit.Options{}},
		{"a send before the start", "I6", "before the campaign's start",
			bent{campaign: one(last, func(c *campaign.Campaign) { c.StartAt = now.Add(time.Hour) })}, audit.Options{}},
		{"two starts too close", "I7", "whose shortest rest is 10m", bent{number: number(n1, func(n *campaign.Number) {
			n.Instance.Pace = campaign.Pace{MinGap: 10 * time.Minute, MaxGap: 10 * time.Minute}
		})}, audit.Options{}},
		{"a cap of the hour", "I7", "of a clock hour, whose cap is 3", bent{number: number(n1, func(n *campaign.Number) { n.Instance.Pace.PerHour = 3 })}, audit.Options{}},
		{"a cap of the day", "I7", "of a day, whose cap is 5", bent{number: number(n1, func(n *campaign.Number) { n.Instance.Pace.PerDay = 5 })}, audit.Options{}},
		{"a cap of a young number", "I7", "of a day, whose cap is 7", bent{number: number(n1, func(n *campaign.Number) {
			n.Instance.Since, n.Instance.Pace.Ramp = monday, []int{7}
		})}, audit.Options{}},
		{"two in flight in one slot", "I7", "another attempt is in flight in slot 0", bent{flights: func(_ campaign.ID, as []campaign.Attempt) []campaign.Attempt {
			for _, a := range as {
				if a.Phase == campaign.Flying {
					b := a
					b.Recipient, b.ID = pendings.ID, campaign.AttemptID{1}
					return append(as, b)
				}
			}
			return as
		}}, audit.Options{}},
		{"another tenant's attempt", "I8", "is of tenant", bent{history: attempt(sentPast[0].Attempt, func(c *campaign.Closed) { c.Tenant = "beta" })}, audit.Options{}},
		{"another tenant's number", "I8", "is of tenant", bent{number: number(n1, func(n *campaign.Number) { n.Instance.Tenant = "beta" })}, audit.Options{}},
		{"another tenant's campaign", "I8", "is of tenant", bent{campaign: one(last, func(c *campaign.Campaign) { c.Tenant = "acme" })}, audit.Options{}},
		{"another tenant's event", "I8", "is of tenant", bent{events: event(sent.ID, campaign.EventSent, func(e campaign.Event) []campaign.Event {
			e.Tenant = "beta"
			return []campaign.Event{e}
		})}, audit.Options{}},
		{"the event of a take is missing", "I9", "nothing was in flight", bent{events: event(sent.ID, campaign.EventTaken, gone)}, audit.Options{}},
		{"the event of an end is missing", "I9", "its events say sending", bent{events: event(sent.ID, campaign.EventSent, gone)}, audit.Options{}},
		{"the event of a delivery is missing", "I9", "its events say sent", bent{events: event(delivered.ID, campaign.EventDelivered, gone)}, audit.Options{}},
		{"the event of a skip is missing", "I9", "its events say pending", bent{events: event(skipped.ID, campaign.EventSkipped, gone)}, audit.Options{}},
		{"an event of another attempt", "I9", "nothing was in flight", bent{events: event(sent.ID, campaign.EventSent, func(e campaign.Event) []campaign.Event {
			e.Attempt[0]++
			return []campaign.Event{e}
		})}, audit.Options{}},
		{"an event of another message", "I9", "another message or instance", bent{events: event(sent.ID, campaign.EventSent, func(e campaign.Event) []campaign.Event {
			e.Message++
			return []campaign.Event{e}
		})}, audit.Options{}},
		{"an event of another hour", "I9", "its events say", bent{events: event(sent.ID, campaign.EventTaken, func(e campaign.Event) []campaign.Event {
			e.At = e.At.Add(-time.Hour)
			return []campaign.Event{e}
		})}, audit.Options{}},
		{"an attempt that no row keeps", "I9", "no row tells of it", bent{history: func(c *campaign.Closed) bool { return c.Attempt != retriedPast[0].Attempt }}, audit.Options{}},
		{"an outcome that is not the event's", "I9", "and its event is",
			bent{history: attempt(failedPast[0].Attempt, func(c *campaign.Closed) { c.Outcome = campaign.OutcomeResend })}, audit.Options{}},
		{"an outcome that ends nothing", "I9", "ends no attempt",
			bent{history: attempt(failedPast[0].Attempt, func(c *campaign.Closed) { c.Outcome = campaign.OutcomeUnknown })}, audit.Options{}},
		{"a campaign's change without an event", "I9", "its log tells of", bent{campaign: one(last, func(c *campaign.Campaign) { c.Rev++ })}, audit.Options{}},
		{"a status that the log does not know", "I9", "its log says", bent{events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
			return slices.DeleteFunc(slices.Clone(es), func(e campaign.Event) bool { return e.Type == campaign.EventCampaignCancelled })
		}}, audit.Options{}},
		{"people who came without an event", "I9", "people added", bent{campaign: one(last, func(c *campaign.Campaign) { c.Total++ })}, audit.Options{}},
		{"a number's change without an event", "I9", "the log tells of", bent{number: number(n1, func(n *campaign.Number) { n.Instance.Rev++ })}, audit.Options{}},
		{"a calendar's change without an event", "I9", "the calendar has changed", bent{calendar: func(c *campaign.Calendar) { c.Rev++ }}, audit.Options{}},
		{"an event was changed after it was sealed", "I9", "changed afterwards", bent{sealed: true, events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
			es = slices.Clone(es)
			es[10].Author = "eva"
			return es
		}}, audit.Options{}},
		{"an event was removed after it was sealed", "I9", "and the log has", bent{sealed: true, events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
			return slices.Delete(slices.Clone(es), 10, 11)
		}}, audit.Options{}},
		{"the end of the log was cut", "I9", "and the log has", bent{sealed: true, events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
			return es[:len(es)-20]
		}}, audit.Options{}},
		{"a seal was removed", "I9", "the chain of seals is broken", bent{seals: func(t campaign.Tenant, ss []campaign.Seal) []campaign.Seal {
			return slices.Delete(slices.Clone(ss), 5, 6)
		}}, audit.Options{}},
		{"a seal was forged", "I9", "changed afterwards", bent{seals: func(t campaign.Tenant, ss []campaign.Seal) []campaign.Seal {
			ss = slices.Clone(ss)
			ss[5].Hash[0]++
			return ss
		}}, audit.Options{}},
		{"the log is out of order", "I9", "must only grow", bent{events: func(t campaign.Tenant, es []campaign.Event) []campaign.Event {
			es = slices.Clone(es)
			es[10].Seq = es[9].Seq
			return es
		}}, audit.Options{}},
		{"sent without evidence", "I10", "which is none", bent{history: attempt(sentPast[0].Attempt, func(c *campaign.Closed) { c.Evidence = "" })}, audit.Options{}},
		{"sent without an id", "I10", "has no provider id", bent{history: attempt(sentPast[0].Attempt, func(c *campaign.Closed) { c.ProviderID = "" })}, audit.Options{}},
		{"sent without an accepted attempt", "I10", "no attempt of it was accepted",
			bent{recipient: person(failed.ID, func(p *campaign.Recipient) { p.State, p.SentAt = campaign.Sent, now })}, audit.Options{}},
		{"one record for two attempts", "I10", "rests on the same message", bent{
			history:   attempt(otherPast[0].Attempt, func(c *campaign.Closed) { c.ProviderID = deliveredPast[0].ProviderID }),
			recipient: person(other.ID, func(p *campaign.Recipient) { p.ProviderID = delivered.ProviderID })}, audit.Options{}},
		{"the row names another message", "I10", "names another message",
			bent{recipient: person(sent.ID, func(p *campaign.Recipient) { p.ProviderID = "other" })}, audit.Options{}},
		{"accepted and failed", "I11", "its recipient is failed",
			bent{recipient: person(sent.ID, func(p *campaign.Recipient) {
				p.State, p.Why, p.SentAt = campaign.Failed, campaign.Because(campaign.CodeRetriesUsed), time.Time{}
			})}, audit.Options{}},
		{"possibly sent and skipped", "I11", "is skipped",
			bent{recipient: person(marked.ID, func(p *campaign.Recipient) { p.State = campaign.Skipped })}, audit.Options{}},
		{"an operator's word that is not in the row", "I11", "may have been sent",
			bent{recipient: person(marked.ID, func(p *campaign.Recipient) { p.Why = campaign.Because("x") })}, audit.Options{}},
		{"completed with somebody pending", "I12", "is completed with", bent{campaign: one(last, func(c *campaign.Campaign) { c.Status = campaign.Completed })}, audit.Options{}},
		{"delivered tomorrow", "I14", "before delivered",
			bent{recipient: person(delivered.ID, func(p *campaign.Recipient) { p.DeliveredAt = now.AddDate(0, 0, 1) })}, audit.Options{}},
		{"delivered before it was sent", "I14", "before sent",
			bent{recipient: person(delivered.ID, func(p *campaign.Recipient) { p.DeliveredAt = p.SentAt.Add(-time.Hour) })}, audit.Options{}},
		{"read without an instant", "I14", "not those of a message that was read",
			bent{recipient: person(read.ID, func(p *campaign.Recipient) { p.ReadAt = time.Time{} })}, audit.Options{}},
		{"sent with an instant of delivery", "I14", "sent and not more",
			bent{recipient: person(sent.ID, func(p *campaign.Recipient) { p.DeliveredAt = now })}, audit.Options{}},
		{"delivered without one", "I14", "delivered and not more",
			bent{recipient: person(delivered.ID, func(p *campaign.Recipient) { p.DeliveredAt = time.Time{} })}, audit.Options{}},
		{"pending and sent at some time", "I14", "has an instant of being sent",
			bent{recipient: person(pendings.ID, func(p *campaign.Recipient) { p.SentAt = now })}, audit.Options{}},
		{"a failure that was delivered", "I14", "of a message that failed",
			bent{recipient: person(failed.ID, func(p *campaign.Recipient) { p.DeliveredAt = now })}, audit.Options{}},
		{"no state at all", "I14", "no such state", bent{recipient: person(dropped.ID, func(p *campaign.Recipient) { p.State = "gone" })}, audit.Options{}},
		{"taken after an opt-out", "I13", "after its phone had opted out",
			bent{events: event(sent.ID, campaign.EventTaken, func(e campaign.Event) []campaign.Event { return []campaign.Event{optOut(e, sent), e} })}, audit.Options{}},
		{"taken before somebody opted in again", "I13", "after its phone had opted out",
			bent{events: event(sent.ID, campaign.EventTaken, func(e campaign.Event) []campaign.Event {
				in := optOut(e, sent)
				in.Type = campaign.EventOptedIn
				return []campaign.Event{optOut(e, sent), e, in}
			})}, audit.Options{}},
		{"ended before it was taken", "I14", "before it was taken",
			bent{history: attempt(sentPast[0].Attempt, func(c *campaign.Closed) { c.EndedAt = c.TakenAt.Add(-time.Minute) })}, audit.Options{}},
		{"ended tomorrow", "I14", "and it is", bent{history: attempt(sentPast[0].Attempt, func(c *campaign.Closed) { c.EndedAt = now.AddDate(0, 0, 1) })}, audit.Options{}},
		{"an open attempt whose instants are out of order", "I14", "out of order", bent{flights: flight(func(a *campaign.Attempt) { a.StartBy = a.TakenAt.Add(-1) })}, audit.Options{}},
		{"delivered twice", "I14", "it was known already", bent{events: event(delivered.ID, campaign.EventDelivered, twice)}, audit.Options{}},
		{"delivered before sent, by the log", "I14", "nothing was sent", bent{events: event(delivered.ID, campaign.EventSent, func(e campaign.Event) []campaign.Event {
			d := e
			d.Type = campaign.EventDelivered
			return []campaign.Event{d, e}
		})}, audit.Options{}},
		{"failed twice", "I16", "fails once", bent{events: event(failed.ID, campaign.EventFailed, twice)}, audit.Options{}},
		{"one try too many", "I16", "allows 0 retries", bent{campaign: one(retried.ID.Campaign, func(c *campaign.Campaign) { c.Retries = &zero })}, audit.Options{}},
		{"tries that are not counted", "I16", "is numbered try 5", bent{history: attempt(retriedPast[1].Attempt, func(c *campaign.Closed) { c.Try = 5 })}, audit.Options{}},
		{"tried again after a refusal", "I16", "refused for good", bent{history: attempt(retriedPast[0].Attempt, func(c *campaign.Closed) { c.Outcome = campaign.OutcomeRefused })}, audit.Options{}},
	} {
		t.Run(c.invariant+" "+c.name, func(t *testing.T) {
			c.b.Store = w.store
			o := c.o
			if o.Now == nil {
				o.Now = w.clock.Now
			}
			o.Limit = 10_000
			r := check(t, &c.b, &o)
			require.True(t, slices.ContainsFunc(r.Violations, func(v audit.Violation) bool {
				return v.Invariant == c.invariant && strings.Contains(v.Detail, c.detail)
			}), "want %s: …%s…\n%s", c.invariant, c.detail, r.Violations)
		})
	}
}

// later is a clock that is far ahead.
func later(now time.Time) func() time.Time {
	return func() time.Time { return now.AddDate(1, 0, 0) }
}
