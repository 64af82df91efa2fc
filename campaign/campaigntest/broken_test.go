package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// witness is a testing.TB that notes a failure instead of failing.
type witness struct {
	testing.TB
	mu     sync.Mutex
	failed bool
	said   []string
}

func (w *witness) Helper()                   {}
func (w *witness) Cleanup(func())            {}
func (w *witness) Failed() bool              { w.mu.Lock(); defer w.mu.Unlock(); return w.failed }
func (w *witness) FailNow()                  { w.Fail(); runtime.Goexit() }
func (w *witness) Fail()                     { w.mu.Lock(); defer w.mu.Unlock(); w.failed = true }
func (w *witness) Error(a ...any)            { w.note(fmt.Sprint(a...)); w.Fail() }
func (w *witness) Fatal(a ...any)            { w.note(fmt.Sprint(a...)); w.FailNow() }
func (w *witness) Log(a ...any)              { w.note(fmt.Sprint(a...)) }
func (w *witness) note(s string)             { w.mu.Lock(); defer w.mu.Unlock(); w.said = append(w.said, s) }
func (w *witness) Errorf(f string, a ...any) { w.Error(fmt.Sprintf(f, a...)) }
func (w *witness) Fatalf(f string, a ...any) { w.Fatal(fmt.Sprintf(f, a...)) }
func (w *witness) Logf(f string, a ...any)   { w.Log(fmt.Sprintf(f, a...)) }

// observe runs a check as a test runs it, in a goroutine of its own, and tells
// whether it failed, and with what words.
func observe(check func(tb testing.TB)) (failed bool, said string) {
	w := &witness{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				w.Errorf("panic: %v", p)
			}
		}()
		check(w)
	}()
	<-done
	return w.failed, strings.Join(w.said, "\n")
}

// broken is a memory store with one fault.
type broken struct {
	*memory.Store
	take   func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error)
	settle func(s *memory.Store, ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error)
	sweep  func(s *memory.Store, ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error)
	agenda func(a *campaign.Agenda)
	beat   func(s *memory.Store, ctx context.Context, d campaign.Daemon) error
	held   func(s *memory.Store, ctx context.Context, p contact.Phone) (bool, time.Time, error)
	stash  func(s *memory.Store, ctx context.Context, ns []campaign.Notice) error
	went   func(s *memory.Store, ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (contact.Phone, bool, error)
	absorb func(s *memory.Store, ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error)
	view   func(r campaign.Reader) campaign.Reader
	update func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error
	write  func(w campaign.Writer) campaign.Writer
	tenant func(t campaign.Tenant) campaign.Tenant
}

func (b *broken) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	if b.take != nil {
		return b.take(b.Store, ctx, q, plan)
	}
	return b.Store.Take(ctx, q, plan)
}

func (b *broken) Addressee(ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (contact.Phone, bool, error) {
	if b.went != nil {
		return b.went(b.Store, ctx, t, i, id, until)
	}
	return b.Store.Addressee(ctx, t, i, id, until)
}

func (b *broken) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	if b.settle != nil {
		return b.settle(b.Store, ctx, now, ss, apply)
	}
	return b.Store.Settle(ctx, now, ss, apply)
}

func (b *broken) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	if b.sweep != nil {
		return b.sweep(b.Store, ctx, q, apply)
	}
	return b.Store.Sweep(ctx, q, apply)
}

func (b *broken) Agenda(ctx context.Context, now time.Time, max int) (campaign.Agenda, error) {
	a, err := b.Store.Agenda(ctx, now, max)
	if b.agenda != nil {
		b.agenda(&a)
	}
	return a, err
}

func (b *broken) Beat(ctx context.Context, d campaign.Daemon) error {
	if b.beat != nil {
		return b.beat(b.Store, ctx, d)
	}
	return b.Store.Beat(ctx, d)
}

func (b *broken) Held(ctx context.Context, p contact.Phone) (bool, time.Time, error) {
	if b.held != nil {
		return b.held(b.Store, ctx, p)
	}
	return b.Store.Held(ctx, p)
}

func (b *broken) Stash(ctx context.Context, ns []campaign.Notice) error {
	if b.stash != nil {
		return b.stash(b.Store, ctx, ns)
	}
	return b.Store.Stash(ctx, ns)
}

func (b *broken) Absorb(ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	if b.absorb != nil {
		return b.absorb(b.Store, ctx, now, expire, max, apply)
	}
	return b.Store.Absorb(ctx, now, expire, max, apply)
}

func (b *broken) Tenant(t campaign.Tenant) campaign.Records {
	if b.tenant != nil {
		t = b.tenant(t)
	}
	return &brokenRecords{Records: b.Store.Tenant(t), b: b, t: t}
}

type brokenRecords struct {
	campaign.Records
	b *broken
	t campaign.Tenant
}

func (r *brokenRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.Records.View(ctx, func(in campaign.Reader) error {
		if r.b.view != nil {
			in = r.b.view(in)
		}
		return f(in)
	})
}

func (r *brokenRecords) Update(ctx context.Context, f func(campaign.Writer) error) error {
	g := f
	if r.b.write != nil {
		g = func(w campaign.Writer) error { return f(r.b.write(w)) }
	}
	if r.b.update != nil {
		return r.b.update(r.b.Store, r.t, ctx, g)
	}
	return r.Records.Update(ctx, g)
}

// Faults that need more than a function around a memory store's own.

type faultyReader struct {
	campaign.Reader
	campaigns  func(campaign.Reader, campaign.CampaignQuery) ([]campaign.Campaign, error)
	recipient  func(campaign.Reader, campaign.RecipientID) (campaign.Recipient, error)
	recipients func(campaign.Reader, campaign.RecipientQuery) ([]campaign.Recipient, error)
	events     func(campaign.Reader, campaign.EventQuery) ([]campaign.Event, error)
	history    func(campaign.Reader, campaign.ID, int64, int64) ([]campaign.Closed, error)
	number     func(campaign.Reader, campaign.InstanceID) (campaign.Number, error)
	books      func(*campaign.Books)
	warm       func(campaign.Reader, []contact.Phone) (map[campaign.Warm]time.Time, error)
	optOuts    func(campaign.Reader, campaign.OptOutQuery) ([]campaign.OptOutRow, error)
}

func (r faultyReader) OptOuts(q campaign.OptOutQuery) ([]campaign.OptOutRow, error) {
	if r.optOuts != nil {
		return r.optOuts(r.Reader, q)
	}
	return r.Reader.OptOuts(q)
}

func (r faultyReader) Warm(phones []contact.Phone) (map[campaign.Warm]time.Time, error) {
	if r.warm != nil {
		return r.warm(r.Reader, phones)
	}
	return r.Reader.Warm(phones)
}

func (r faultyReader) Books(id campaign.ID) (campaign.Books, error) {
	b, err := r.Reader.Books(id)
	if r.books != nil {
		r.books(&b)
	}
	return b, err
}

func (r faultyReader) Campaigns(q campaign.CampaignQuery) ([]campaign.Campaign, error) {
	if r.campaigns != nil {
		return r.campaigns(r.Reader, q)
	}
	return r.Reader.Campaigns(q)
}

func (r faultyReader) Recipient(id campaign.RecipientID) (campaign.Recipient, error) {
	if r.recipient != nil {
		return r.recipient(r.Reader, id)
	}
	return r.Reader.Recipient(id)
}

func (r faultyReader) Recipients(q campaign.RecipientQuery) ([]campaign.Recipient, error) {
	if r.recipients != nil {
		return r.recipients(r.Reader, q)
	}
	return r.Reader.Recipients(q)
}

func (r faultyReader) Events(q campaign.EventQuery) ([]campaign.Event, error) {
	if r.events != nil {
		return r.events(r.Reader, q)
	}
	return r.Reader.Events(q)
}

func (r faultyReader) History(id campaign.ID, after, through int64) ([]campaign.Closed, error) {
	if r.history != nil {
		return r.history(r.Reader, id, after, through)
	}
	return r.Reader.History(id, after, through)
}

func (r faultyReader) Number(id campaign.InstanceID) (campaign.Number, error) {
	if r.number != nil {
		return r.number(r.Reader, id)
	}
	return r.Reader.Number(id)
}

type faultyWriter struct {
	campaign.Writer
	saveCampaign func(campaign.Writer, *campaign.Campaign) error
	occupy       func(campaign.Writer, campaign.ID, []campaign.InstanceID) error
	enlist       func(campaign.Writer, campaign.ID, int64, []contact.Contact) ([]bool, error)
	wake         func(campaign.Writer, campaign.ID, time.Time) error
	suppress     func(campaign.Writer, time.Time, campaign.Level, []campaign.SuppressionKey) error
	record       func(campaign.Writer, []campaign.Event) error
	del          func(campaign.Writer, campaign.ID) error
	erase        func(campaign.Writer, time.Time, contact.Phone) (campaign.Erasure, error)
}

func (w faultyWriter) Erase(now time.Time, p contact.Phone) (campaign.Erasure, error) {
	if w.erase != nil {
		return w.erase(w.Writer, now, p)
	}
	return w.Writer.Erase(now, p)
}

func (w faultyWriter) SaveCampaign(c *campaign.Campaign) error {
	if w.saveCampaign != nil {
		return w.saveCampaign(w.Writer, c)
	}
	return w.Writer.SaveCampaign(c)
}

func (w faultyWriter) Occupy(id campaign.ID, is []campaign.InstanceID) error {
	if w.occupy != nil {
		return w.occupy(w.Writer, id, is)
	}
	return w.Writer.Occupy(id, is)
}

func (w faultyWriter) Enlist(id campaign.ID, total int64, cs []contact.Contact) ([]bool, error) {
	if w.enlist != nil {
		return w.enlist(w.Writer, id, total, cs)
	}
	return w.Writer.Enlist(id, total, cs)
}

func (w faultyWriter) Wake(id campaign.ID, at time.Time) error {
	if w.wake != nil {
		return w.wake(w.Writer, id, at)
	}
	return w.Writer.Wake(id, at)
}

func (w faultyWriter) Suppress(at time.Time, level campaign.Level, keys ...campaign.SuppressionKey) error {
	if w.suppress != nil {
		return w.suppress(w.Writer, at, level, keys)
	}
	return w.Writer.Suppress(at, level, keys...)
}

func (w faultyWriter) Record(es ...campaign.Event) error {
	if w.record != nil {
		return w.record(w.Writer, es)
	}
	return w.Writer.Record(es...)
}

func (w faultyWriter) DeleteCampaign(id campaign.ID) error {
	if w.del != nil {
		return w.del(w.Writer, id)
	}
	return w.Writer.DeleteCampaign(id)
}

// loading changes what a take loads before the plan sees it.
func loading(f func(q campaign.TakeQuery, r *campaign.Rows)) func(*memory.Store, context.Context, campaign.TakeQuery, func(*campaign.Rows)) (*campaign.Rows, error) {
	return func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
		return s.Take(ctx, q, func(r *campaign.Rows) { f(q, r); plan(r) })
	}
}

// saving changes what a take saves after the plan has decided.
func saving(f func(r *campaign.Rows)) func(*memory.Store, context.Context, campaign.TakeQuery, func(*campaign.Rows)) (*campaign.Rows, error) {
	return func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
		return s.Take(ctx, q, func(r *campaign.Rows) { plan(r); f(r) })
	}
}

// settling changes what a settlement loads, and what it saves.
func settling(before, after func(r *campaign.Rows)) func(*memory.Store, context.Context, time.Time, []campaign.Settlement, func(*campaign.Rows)) (*campaign.Rows, error) {
	return func(s *memory.Store, ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
		return s.Settle(ctx, now, ss, func(r *campaign.Rows) {
			if before != nil {
				before(r)
			}
			apply(r)
			if after != nil {
				after(r)
			}
		})
	}
}

func reading(f faultyReader) func(campaign.Reader) campaign.Reader {
	return func(r campaign.Reader) campaign.Reader { f := f; f.Reader = r; return f }
}

func writing(f faultyWriter) func(campaign.Writer) campaign.Writer {
	return func(w campaign.Writer) campaign.Writer { f := f; f.Writer = w; return f }
}

// brokenStores are faults that stores have, and for each a rule that must
// find it.
var brokenStores = []struct {
	name, caught string
	b            func() *broken
}{
	{"one tenant for all", "tenant/isolation", func() *broken {
		return &broken{tenant: func(campaign.Tenant) campaign.Tenant { return acme }}
	}},
	{"commits in spite of an error", "transaction/error", func() *broken {
		return &broken{update: func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error {
			var inner error
			if err := s.Tenant(t).Update(ctx, func(w campaign.Writer) error { inner = f(w); return nil }); err != nil {
				return err
			}
			return inner
		}}
	}},
	{"commits in spite of a panic", "transaction/panic", func() *broken {
		return &broken{update: func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error {
			var p any
			err := s.Tenant(t).Update(ctx, func(w campaign.Writer) error {
				defer func() { p = recover() }()
				return f(w)
			})
			if p != nil {
				panic(p)
			}
			return err
		}}
	}},
	{"ignores the context", "transaction/cancelled", func() *broken {
		return &broken{update: func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error {
			return s.Tenant(t).Update(context.WithoutCancel(ctx), f)
		}}
	}},
	{"hands out its own rows", "campaign/copies", func() *broken {
		kept := map[campaign.ID]*campaign.Campaign{}
		return &broken{view: func(r campaign.Reader) campaign.Reader {
			return struct {
				campaign.Reader
			}{aliasing{r, kept}}
		}}
	}},
	{"forgets the revision", "campaign/stale", func() *broken {
		return &broken{write: writing(faultyWriter{saveCampaign: func(w campaign.Writer, c *campaign.Campaign) error {
			if old, err := w.Campaign(c.ID); err == nil {
				c.Rev = old.Rev + 1
			}
			return w.SaveCampaign(c)
		}})}
	}},
	{"searches ASCII only", "campaign/search", func() *broken {
		return &broken{view: reading(faultyReader{campaigns: func(r campaign.Reader, q campaign.CampaignQuery) ([]campaign.Campaign, error) {
			search := q.Search
			q.Search = ""
			cs, err := r.Campaigns(q)
			var found []campaign.Campaign
			for _, c := range cs {
				if strings.Contains(asciiLower(c.Name), asciiLower(search)) {
					found = append(found, c)
				}
			}
			return found, err
		}})}
	}},
	{"pages include the last row again", "audience/list", func() *broken {
		return &broken{view: reading(faultyReader{recipients: func(r campaign.Reader, q campaign.RecipientQuery) ([]campaign.Recipient, error) {
			q.After = max(q.After-1, 0)
			return r.Recipients(q)
		}})}
	}},
	{"no limit on pages", "audience/limits", func() *broken {
		return &broken{view: reading(faultyReader{recipients: func(r campaign.Reader, q campaign.RecipientQuery) ([]campaign.Recipient, error) {
			if q.Limit <= 0 {
				q.Limit = 1000
			}
			return r.Recipients(q)
		}})}
	}},
	{"does not derive", "audience/states", func() *broken {
		return &broken{view: reading(faultyReader{recipient: func(r campaign.Reader, id campaign.RecipientID) (campaign.Recipient, error) {
			p, err := r.Recipient(id)
			if p.State == campaign.Unknown {
				p.State = campaign.Pending
			}
			return p, err
		}})}
	}},
	{"local times", "campaign/round trip", func() *broken {
		return &broken{view: reading(faultyReader{campaigns: func(r campaign.Reader, q campaign.CampaignQuery) ([]campaign.Campaign, error) {
			cs, err := r.Campaigns(q)
			for i := range cs {
				cs[i].CreatedAt = cs[i].CreatedAt.In(time.FixedZone("local", -3*3600))
			}
			return cs, err
		}})}
	}},
	{"seconds only", "instance/meter", func() *broken {
		return &broken{view: reading(faultyReader{number: func(r campaign.Reader, id campaign.InstanceID) (campaign.Number, error) {
			n, err := r.Number(id)
			n.Meter.PaceUntil = n.Meter.PaceUntil.Truncate(time.Second)
			return n, err
		}})}
	}},
	{"occupies as far as it gets", "campaign/occupy", func() *broken {
		return &broken{update: func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error {
			var inner error
			_ = s.Tenant(t).Update(ctx, func(w campaign.Writer) error {
				inner = f(faultyWriter{Writer: w, occupy: func(w campaign.Writer, id campaign.ID, is []campaign.InstanceID) error {
					for _, i := range is {
						if err := w.Occupy(id, []campaign.InstanceID{i}); err != nil {
							return err
						}
					}
					return w.Occupy(id, nil)
				}})
				return nil
			})
			return inner
		}}
	}},
	{"enlists with gaps", "audience/enlist each once", func() *broken {
		return &broken{write: writing(faultyWriter{enlist: func(w campaign.Writer, id campaign.ID, total int64, cs []contact.Contact) ([]bool, error) {
			added, err := w.Enlist(id, total, cs)
			for i := range added {
				added[i] = true
			}
			return added, err
		}})}
	}},
	{"wakes later", "instance/wake", func() *broken {
		return &broken{write: writing(faultyWriter{wake: func(w campaign.Writer, id campaign.ID, at time.Time) error {
			if err := w.Wake(id, at); err != nil {
				return err
			}
			ns, err := w.Numbers()
			for _, n := range ns {
				if id == 0 || n.Serves == id {
					err = errors.Join(err, w.AmendMeter(n.Instance.ID, func(m *campaign.Meter) { m.WakeAt = at }))
				}
			}
			return err
		}})}
	}},
	{"deletes in spite of open attempts", "campaign/delete refused", func() *broken {
		return &broken{write: writing(faultyWriter{del: func(w campaign.Writer, id campaign.ID) error {
			if err := w.DeleteCampaign(id); err == nil || !errors.Is(err, campaign.ErrConflict) {
				return err
			}
			return nil
		}})}
	}},
	{"forgets what a deleted campaign has sent", "campaign/delete keeps the log", func() *broken {
		return &broken{settle: func(s *memory.Store, ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Settle(ctx, now, ss, func(r *campaign.Rows) {
				for id, c := range r.Ended {
					if r.Jobs[c.Recipient.Campaign] == nil {
						delete(r.Ended, id)
					}
				}
				apply(r)
			})
		}}
	}},
	{"forgets when a recipient was taken", "settle/accepted", func() *broken {
		return &broken{settle: func(s *memory.Store, ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Settle(ctx, now, ss, func(r *campaign.Rows) {
				apply(r)
				for _, p := range r.Settled {
					p.TakenAt = time.Time{}
				}
			})
		}}
	}},
	{"a weaker opt-out takes a stronger one's place", "tenant/levels", func() *broken {
		return &broken{write: writing(faultyWriter{suppress: func(w campaign.Writer, at time.Time, level campaign.Level, keys []campaign.SuppressionKey) error {
			return errors.Join(w.Restore(keys...), w.Suppress(at, level, keys...))
		}})}
	}},
	{"a list of opt-outs goes on after an instant, and not after one of it", "tenant/optouts", func() *broken {
		return &broken{view: reading(faultyReader{optOuts: func(r campaign.Reader, q campaign.OptOutQuery) ([]campaign.OptOutRow, error) {
			q.Key = campaign.SuppressionKey{}
			return r.OptOuts(q)
		}})}
	}},
	{"an opt-out toggles", "tenant/suppression", func() *broken {
		return &broken{write: writing(faultyWriter{suppress: func(w campaign.Writer, at time.Time, level campaign.Level, keys []campaign.SuppressionKey) error {
			for _, k := range keys {
				known, err := w.Suppressed([]campaign.SuppressionKey{k})
				if err != nil {
					return err
				}
				if known[0] {
					err = w.Restore(k)
				} else {
					err = w.Suppress(at, level, k)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}})}
	}},
	{"remembers the first stop of everything", "tenant/halt", func() *broken {
		return &broken{view: reading(faultyReader{events: func(r campaign.Reader, q campaign.EventQuery) ([]campaign.Event, error) {
			q.Newest = false
			return r.Events(q)
		}})}
	}},
	{"sorts the log by time", "tenant/events", func() *broken {
		return &broken{view: reading(faultyReader{events: func(r campaign.Reader, q campaign.EventQuery) ([]campaign.Event, error) {
			es, err := r.Events(q)
			for i := range es {
				for j := i; j > 0 && es[j].At.Before(es[j-1].At); j-- {
					es[j], es[j-1] = es[j-1], es[j]
				}
			}
			return es, err
		}})}
	}},
	{"newest history first", "settle/retry", func() *broken {
		return &broken{view: reading(faultyReader{history: func(r campaign.Reader, id campaign.ID, after, through int64) ([]campaign.Closed, error) {
			cs, err := r.History(id, after, through)
			for i, j := 0, len(cs)-1; i < j; i, j = i+1, j-1 {
				cs[i], cs[j] = cs[j], cs[i]
			}
			return cs, err
		}})}
	}},
	{"takes too early", "take/due", func() *broken {
		return &broken{take: func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
			q.Now = q.Now.Add(time.Second)
			return s.Take(ctx, q, plan)
		}}
	}},
	{"turns in any order", "take/order", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for i, j := 0, len(r.Turns)-1; i < j; i, j = i+1, j-1 {
				r.Turns[i], r.Turns[j] = r.Turns[j], r.Turns[i]
			}
		})}
	}},
	{"ignores the bound", "take/bounds", func() *broken {
		return &broken{take: func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
			q.Max = 1000
			return s.Take(ctx, q, plan)
		}}
	}},
	{"all slots are free", "take/slots", func() *broken {
		return &broken{take: loading(func(q campaign.TakeQuery, r *campaign.Rows) {
			for _, t := range r.Turns {
				t.Free = nil
				for s := range q.Slots {
					t.Free = append(t.Free, s)
				}
			}
		})}
	}},
	{"loads too few", "take/enough", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs {
				j.Ahead = j.Ahead[:min(1, len(j.Ahead))]
			}
		})}
	}},
	{"no NextDue", "take/candidates", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs {
				j.NextDue = time.Time{}
			}
		})}
	}},
	{"a generation too early", "take/candidate", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs {
				for i := range j.Due {
					j.Due[i].Recipient.Generation = 1
				}
			}
		})}
	}},
	{"nobody is held", "take/held", func() *broken {
		return &broken{held: func(*memory.Store, context.Context, contact.Phone) (bool, time.Time, error) {
			return false, time.Time{}, nil
		}}
	}},
	{"forgets what the first waits for", "take/candidates", func() *broken {
		return &broken{view: reading(faultyReader{books: func(b *campaign.Books) { b.NextWhy = campaign.Reason{} }})}
	}},
	{"never busy", "take/busy", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs {
				for i := range j.Ahead {
					j.Ahead[i].Busy = false
				}
			}
		})}
	}},
	{"knows only who was in a campaign", "warm/written", func() *broken {
		return &broken{stash: func(s *memory.Store, ctx context.Context, ns []campaign.Notice) error {
			for i := range ns {
				if ns[i].Kind == campaign.NoticeReply {
					ns[i].Phone = ""
				}
			}
			return s.Stash(ctx, ns)
		}}
	}},
	{"does not save whom a message has reached", "warm/reached", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, expire, max, func(r *campaign.Rows) { apply(r); r.Warmed = nil })
		}}
	}},
	{"judges everybody as a stranger", "warm/reached", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, expire, max, func(r *campaign.Rows) { r.Warm = nil; apply(r) })
		}}
	}},
	{"knows people who were erased", "warm/forgotten", func() *broken {
		return &broken{view: reading(faultyReader{warm: func(r campaign.Reader, ps []contact.Phone) (map[campaign.Warm]time.Time, error) {
			known, err := r.Warm(ps)
			if n, e := r.Numbers(); e == nil && len(n) > 0 {
				known[campaign.Warm{Tenant: acme, Instance: n[0].Instance.ID, Phone: ps[0]}] = t0
			}
			return known, err
		}})}
	}},
	{"forgets a shut cold lane", "lanes/meter", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) {
			for _, n := range r.Numbers {
				n.Meter.Cold = campaign.ColdLane{}
			}
		})}
	}},
	{"no lines of their own", "lanes/own", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, t := range r.Turns {
				t.Due = nil
			}
		})}
	}},
	{"books without lanes", "lanes/own", func() *broken {
		return &broken{view: reading(faultyReader{books: func(b *campaign.Books) { b.Lanes = nil }})}
	}},
	{"does not look further ahead", "lanes/ahead", func() *broken {
		return &broken{take: loading(func(q campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs {
				j.Ahead = j.Ahead[:min(len(j.Ahead), campaign.Candidates(q.Max))]
			}
		})}
	}},
	{"everybody is a stranger", "lanes/ahead", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) { r.Warm = nil })}
	}},
	{"nobody due beside a shut lane", "lanes/mixed", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, t := range r.Turns {
				if _, shut := t.Number.Meter.Cold.Shut(r.Now); shut {
					t.Job.Due = nil
				}
			}
		})}
	}},
	{"does not move who has written", "lanes/moved", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) {
			for i := range r.Wait {
				r.Wait[i].Lane = 0
			}
		})}
	}},
	{"one suppression for all tenants", "take/suppressed", func() *broken {
		return &broken{take: func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
			if keys := q.Keys; keys != nil {
				q.Keys = func(_ campaign.Tenant, p contact.Phone) []campaign.SuppressionKey { return keys(acme, p) }
			}
			return s.Take(ctx, q, plan)
		}}
	}},
	{"the first key of a phone only", "take/suppressed", func() *broken {
		return &broken{take: func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
			if keys := q.Keys; keys != nil {
				q.Keys = func(t campaign.Tenant, p contact.Phone) []campaign.SuppressionKey { return keys(t, p)[:1] }
			}
			return s.Take(ctx, q, plan)
		}}
	}},
	{"a job for each turn", "take/job", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, t := range r.Turns {
				j := *t.Job
				t.Job = &j
			}
		})}
	}},
	{"does not save the text", "take/saved", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) {
			for _, a := range r.Begin {
				a.Text = strings.TrimSpace(a.Text)
			}
		})}
	}},
	{"plans twice on the same rows", "take/called once", func() *broken {
		return &broken{take: func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Take(ctx, q, func(r *campaign.Rows) { plan(r); plan(r) })
		}}
	}},
	{"drained while somebody waits", "take/drained", func() *broken {
		return &broken{settle: func(s *memory.Store, ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			r, err := s.Settle(ctx, now, ss, apply)
			if err == nil {
				r.Drained = nil
				for id, j := range r.Jobs {
					if j.Cursor.Position == j.Campaign.Total {
						r.Drained = append(r.Drained, campaign.Ref{Tenant: j.Campaign.Tenant, ID: id})
					}
				}
			}
			return r, err
		}}
	}},
	{"forgets the contact alone", "person/erase", func() *broken {
		return &broken{write: writing(faultyWriter{erase: func(w campaign.Writer, _ time.Time, p contact.Phone) (campaign.Erasure, error) {
			return campaign.Erasure{Contact: true}, nil
		}})}
	}},
	{"erases before it is safe", "person/may go out", func() *broken {
		return &broken{write: writing(faultyWriter{erase: func(w campaign.Writer, now time.Time, p contact.Phone) (campaign.Erasure, error) {
			return w.Erase(now.Add(time.Hour), p)
		}})}
	}},
	{"keeps whom it has read ahead", "person/never taken", func() *broken {
		kept := map[campaign.RecipientID]contact.Contact{}
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs {
				for i := range j.Ahead {
					p := &j.Ahead[i].Recipient
					if _, ok := kept[p.ID]; !ok {
						kept[p.ID] = p.Contact
					}
					p.Contact = kept[p.ID]
				}
			}
		})}
	}},
	{"erases in spite of an error", "person/rolled back", func() *broken {
		return &broken{update: func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error {
			var inner error
			if err := s.Tenant(t).Update(ctx, func(w campaign.Writer) error { inner = f(w); return nil }); err != nil {
				return err
			}
			return inner
		}}
	}},
	{"finds people of other tenants", "person/places", func() *broken {
		return &broken{tenant: func(campaign.Tenant) campaign.Tenant { return acme }}
	}},
	{"erases people of other tenants", "person/stranger", func() *broken {
		return &broken{tenant: func(campaign.Tenant) campaign.Tenant { return acme }}
	}},
	{"lets the cursor go back", "guard/cursor backwards", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) {
			for _, j := range r.Jobs {
				j.Cursor.Position = max(j.Cursor.Position, 1)
			}
		})}
	}},
	{"a second slot user is moved", "guard/slot", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) {
			for _, a := range r.Begin {
				a.Slot = 7
			}
		})}
	}},
	{"drops what does not fit", "guard/closed twice", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) { r.Close = nil })}
	}},
	{"invents evidence", "guard/sent without evidence", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) {
			for i := range r.Close {
				r.Close[i].Evidence = campaign.ByAnswer
			}
		})}
	}},
	{"status goes backwards quietly", "guard/read becomes sent", func() *broken {
		return &broken{take: saving(func(r *campaign.Rows) { r.Settled = nil })}
	}},
	{"keeps half of a refused commit", "settle/many", func() *broken {
		return &broken{settle: func(s *memory.Store, ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			r, err := s.Settle(ctx, now, ss, apply)
			if err == nil || len(ss) < 2 {
				return r, err
			}
			_, _ = s.Settle(ctx, now, ss, func(r *campaign.Rows) { apply(r); r.Close = r.Close[:1]; r.Settled = r.Settled[:1] })
			return nil, err
		}}
	}},
	{"does not load who has ended", "settle/loads", func() *broken {
		return &broken{settle: settling(func(r *campaign.Rows) { clear(r.Ended) }, nil)}
	}},
	{"does not load who waits", "settle/withdrawn", func() *broken {
		return &broken{settle: settling(func(r *campaign.Rows) { clear(r.Waits) }, nil)}
	}},
	{"does not tell who holds an id", "settle/claimed", func() *broken {
		return &broken{settle: settling(func(r *campaign.Rows) { clear(r.Claimed) }, nil)}
	}},
	{"applies a settlement again", "settle/repeated", func() *broken {
		return &broken{settle: settling(nil, func(r *campaign.Rows) {
			if len(r.Ended) > 0 {
				for _, j := range r.Jobs {
					j.Tally.Sent++
				}
			}
		})}
	}},
	{"lets go of the phone of the lost", "settle/lost", func() *broken {
		return &broken{settle: settling(nil, func(r *campaign.Rows) {
			for _, a := range r.Changed {
				a.Held = false
			}
		})}
	}},
	{"does not amend", "settle/amended", func() *broken {
		return &broken{settle: settling(nil, func(r *campaign.Rows) { r.Amended = nil })}
	}},
	{"does not rouse", "settle/rouse", func() *broken {
		return &broken{settle: settling(nil, func(r *campaign.Rows) { r.Rouse = nil })}
	}},
	{"sweeps the living", "sweep/dead daemon", func() *broken {
		return &broken{sweep: func(s *memory.Store, ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			q.DeadBefore = q.DeadBefore.Add(time.Hour)
			return s.Sweep(ctx, q, apply)
		}}
	}},
	{"sweeps without grace", "sweep/dead daemon", func() *broken {
		return &broken{sweep: func(s *memory.Store, ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			q.Grace = 0
			return s.Sweep(ctx, q, apply)
		}}
	}},
	{"sweeps all at once", "sweep/bounds", func() *broken {
		return &broken{sweep: func(s *memory.Store, ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			q.Max = 1000
			return s.Sweep(ctx, q, apply)
		}}
	}},
	{"forgets the quarantine", "sweep/quarantine", func() *broken {
		return &broken{sweep: func(s *memory.Store, ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Sweep(ctx, q, func(r *campaign.Rows) {
				for id, a := range r.Open {
					if a.Phase == campaign.Lost {
						delete(r.Open, id)
					}
				}
				apply(r)
			})
		}}
	}},
	{"any deadline will do", "sweep/beat", func() *broken {
		return &broken{beat: func(s *memory.Store, ctx context.Context, d campaign.Daemon) error {
			d.Deadline = startWithin
			return s.Beat(ctx, d)
		}}
	}},
	{"only future instants", "agenda/next", func() *broken {
		return &broken{agenda: func(a *campaign.Agenda) {
			if a.Next.Before(t0) {
				a.Next = time.Time{}
			}
		}}
	}},
	{"a never woken instance is forgotten", "agenda/never looked at", func() *broken {
		return &broken{agenda: func(a *campaign.Agenda) { a.Next = time.Time{} }}
	}},
	{"starts unsorted", "agenda/starts", func() *broken {
		return &broken{agenda: func(a *campaign.Agenda) {
			if n := len(a.Starts); n > 1 {
				a.Starts[0], a.Starts[n-1] = a.Starts[n-1], a.Starts[0]
			}
		}}
	}},
	{"counts all notices", "agenda/notices", func() *broken {
		return &broken{agenda: func(a *campaign.Agenda) { a.Notices++ }}
	}},
	{"loses early reports", "inbox/early", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, _ time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			_, err := s.Absorb(ctx, now, now.Add(time.Hour), max, func(r *campaign.Rows) {
				for _, n := range r.Notices {
					if _, ok := r.People[campaign.RecipientID{}]; !ok && len(r.Ended) == 0 {
						r.Absorbed = append(r.Absorbed, n.Seq)
					}
				}
			})
			if err != nil {
				return nil, err
			}
			return s.Absorb(ctx, now, time.Time{}, max, apply)
		}}
	}},
	{"replies by their id", "replies/match", func() *broken {
		return &broken{stash: func(s *memory.Store, ctx context.Context, ns []campaign.Notice) error {
			for i := range ns {
				ns[i].Kind = campaign.NoticeRead
			}
			return s.Stash(ctx, ns)
		}}
	}},
	{"replies with one attempt only", "replies/match", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, expire, max, func(r *campaign.Rows) {
				for id := range r.Ended {
					if len(r.Ended) > 1 {
						delete(r.Ended, id)
					}
				}
				apply(r)
			})
		}}
	}},
	{"loses replies that came during a send", "replies/in flight", func() *broken {
		return &broken{stash: func(s *memory.Store, ctx context.Context, ns []campaign.Notice) error {
			for i := range ns {
				ns[i].Phone += "0"
			}
			return s.Stash(ctx, ns)
		}}
	}},
	{"replies of strangers for ever", "replies/stranger", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, _ time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, time.Time{}, max, apply)
		}}
	}},
	{"replies to what was sent later", "replies/window", func() *broken {
		return &broken{stash: func(s *memory.Store, ctx context.Context, ns []campaign.Notice) error {
			for i := range ns {
				ns[i].At = ns[i].At.Add(time.Hour)
			}
			return s.Stash(ctx, ns)
		}}
	}},
	{"forgets how often a message was answered", "replies/counts", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, expire, max, func(r *campaign.Rows) {
				apply(r)
				for _, j := range r.Jobs {
					j.Tally.RespondedOf = nil
				}
			})
		}}
	}},
	{"tells any tenant whom a message went to", "inbox/addressee", func() *broken {
		return &broken{went: func(s *memory.Store, ctx context.Context, _ campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (contact.Phone, bool, error) {
			return s.Addressee(ctx, acme, i, id, until)
		}}
	}},
	{"tells by any number whom a message went to", "inbox/addressee", func() *broken {
		return &broken{went: func(s *memory.Store, ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (contact.Phone, bool, error) {
			p, pending, err := s.Addressee(ctx, t, i, id, until)
			for other := campaign.InstanceID(1); p == "" && err == nil && other < 5; other++ {
				p, _, err = s.Addressee(ctx, t, other, id, until)
			}
			return p, pending, err
		}}
	}},
	{"never says that it may turn out", "inbox/addressee", func() *broken {
		return &broken{went: func(s *memory.Store, ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (contact.Phone, bool, error) {
			p, _, err := s.Addressee(ctx, t, i, id, until)
			return p, false, err
		}}
	}},
	{"guesses the number", "inbox/other number", func() *broken {
		return &broken{stash: func(s *memory.Store, ctx context.Context, ns []campaign.Notice) error {
			for i := range ns {
				ns[i].Instance = 1
			}
			return s.Stash(ctx, ns)
		}}
	}},
	{"reports for ever", "inbox/expire", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, _ time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, time.Time{}, max, apply)
		}}
	}},
	{"reports in any order", "inbox/bounds", func() *broken {
		return &broken{absorb: func(s *memory.Store, ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
			return s.Absorb(ctx, now, expire, max+1, func(r *campaign.Rows) {
				if len(r.Notices) > max {
					r.Notices = r.Notices[1:]
				}
				apply(r)
			})
		}}
	}},
	{"does not undo a plan that panics", "take/panic", func() *broken {
		return &broken{take: func(s *memory.Store, ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
			var p any
			r, err := s.Take(ctx, q, func(r *campaign.Rows) {
				defer func() { p = recover() }()
				plan(r)
			})
			if p != nil {
				panic(p)
			}
			return r, err
		}}
	}},
	{"pauses late", "crowd/pause", func() *broken {
		var mu sync.Mutex
		var late []func()
		return &broken{
			update: func(s *memory.Store, t campaign.Tenant, ctx context.Context, f func(campaign.Writer) error) error {
				// An Update is answered before it is committed: a take in between
				// still sees the campaign active.
				mu.Lock()
				defer mu.Unlock()
				if len(late) == 0 {
					probe := errors.New("probe")
					pausing := false
					err := s.Tenant(t).Update(ctx, func(w campaign.Writer) error {
						if err := f(faultyWriter{Writer: w, saveCampaign: func(w campaign.Writer, c *campaign.Campaign) error {
							pausing = pausing || c.Status == campaign.Paused
							return w.SaveCampaign(c)
						}}); err != nil {
							return err
						}
						if pausing {
							return probe
						}
						return nil
					})
					if errors.Is(err, probe) {
						late = append(late, func() { _ = s.Tenant(t).Update(context.Background(), f) })
						return nil
					}
					return err
				}
				return s.Tenant(t).Update(ctx, f)
			},
		}
	}},
	{"takes what others take", "crowd/takers", func() *broken {
		return &broken{take: loading(func(_ campaign.TakeQuery, r *campaign.Rows) {
			for _, j := range r.Jobs { // as a take whose rows were read before its transaction
				if len(j.Ahead) > 0 && j.Ahead[0].Recipient.ID.Position%5 == 0 {
					j.Cursor.Position++
					j.Ahead = j.Ahead[1:]
				}
			}
		})}
	}},
}

func asciiLower(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

// aliasing hands out the same campaign each time.
type aliasing struct {
	campaign.Reader
	kept map[campaign.ID]*campaign.Campaign
}

func (a aliasing) Campaign(id campaign.ID) (campaign.Campaign, error) {
	if c := a.kept[id]; c != nil {
		return *c, nil
	}
	c, err := a.Reader.Campaign(id)
	a.kept[id] = &c
	return c, err
}

func ruleNamed[E any](t *testing.T, rules []rule[E], name string) rule[E] {
	t.Helper()
	for _, r := range rules {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("there is no rule %q", name)
	return rule[E]{}
}

func TestBrokenStoresAreCaught(t *testing.T) {
	rules := storeRules()
	for _, c := range brokenStores {
		t.Run(c.name, func(t *testing.T) {
			r := ruleNamed(t, rules, c.caught)
			b := c.b()
			b.Store = memory.New()
			failed, said := observe(func(tb testing.TB) { r.check(newEnv(tb, r.why, b)) })
			if !failed {
				t.Fatalf("the rule %q does not find a store that %s", c.caught, c.name)
			}
			if !strings.Contains(said, r.why) && !strings.Contains(said, "panic") {
				t.Errorf("the failure does not give the reason %q: %s", r.why, said)
			}
			t.Log(said)
			// The wrapper itself breaks nothing: the same rule passes on a sound
			// store.
			if failed, said := observe(func(tb testing.TB) { r.check(newEnv(tb, r.why, &broken{Store: memory.New()})) }); failed {
				t.Errorf("the rule fails on a sound store: %s", said)
			}
		})
	}
}

// Every rule has a name of its own and a reason.
func TestRulesSayWhy(t *testing.T) {
	type said struct{ name, why string }
	var all []said
	for _, r := range storeRules() {
		all = append(all, said{r.name, r.why})
	}
	for _, r := range durableRules() {
		all = append(all, said{r.name, r.why})
	}
	for _, r := range lockerRules() {
		all = append(all, said{"locker/" + r.name, r.why})
	}
	for _, r := range senderRules() {
		all = append(all, said{"sender/" + r.name, r.why})
	}
	for _, r := range contactRules() {
		all = append(all, said{"contacts/" + r.name, r.why})
	}
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.name] || len(r.why) < 20 {
			t.Errorf("the rule %q is there twice, or gives no reason: %q", r.name, r.why)
		}
		seen[r.name] = true
	}
	t.Logf("%d rules", len(all))
}
