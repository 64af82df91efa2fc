package campaigntest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func crowdRules() []rule[*env] {
	return []rule[*env]{
		{"crowd/takers", "two processes that take at once never take the same person, phone or slot", crowdTakers},
		{"crowd/pause", "after a pause has been committed no take begins an attempt of the campaign", crowdPause},
		{"crowd/settlers", "a settlement that two processes make at once is counted once", crowdSettlers},
		{"crowd/editors", "of two edits of one revision, one is refused", crowdEditors},
		{"crowd/occupiers", "of two campaigns that start with one number at once, one is refused", crowdOccupiers},
		{"crowd/snapshot", "a View sees one instant: the states it reads sum to the audience", crowdSnapshot},
		{"crowd/enlisters", "two imports at once leave positions dense and every person once", crowdEnlisters},
	}
}

// together runs f in n goroutines and returns when all have ended. The
// functions report by error: only the test's own goroutine may fail a test.
func together(n int, f func(n int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = f(i)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

func crowdTakers(e *env) {
	one, _ := e.running(acme, 1, 40, "a", "b")
	two, _ := e.running(beta, 21, 60, "c", "d") // 21 to 40 are in both audiences
	var mu sync.Mutex
	seen := map[campaign.RecipientID]int{}
	// The workers share one clock: what one of them puts off, all of them reach.
	// An idle round counts only where nothing was in flight when it began, so
	// that a worker that is held up costs the others no rounds.
	var left, flying, idle, clock atomic.Int64
	left.Store(80)
	err := together(4, func(int) (err error) {
		defer func() {
			if err != nil {
				idle.Store(400) // and the others end
			}
		}()
		for left.Load() > 0 && idle.Load() < 400 {
			quiet := flying.Load() == 0
			now := at(time.Duration(clock.Add(1)) * time.Minute)
			flying.Add(1)
			r, err := e.store.Take(e.ctx, query(now, 8, 2), func(r *campaign.Rows) {
				simple(r)
				for _, t := range r.Turns {
					t.Number.Meter.WakeAt = t0
				}
			})
			if err != nil {
				return err
			}
			for _, a := range r.Begin {
				mu.Lock()
				seen[a.Recipient]++
				mu.Unlock()
				left.Add(-1)
				if _, err := e.store.Settle(e.ctx, now, []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
					if open := r.Open[a.ID]; open != nil {
						accepting(a.ID.String())(r, open)
					}
				}); err != nil {
					return err
				}
			}
			flying.Add(-1)
			switch {
			case len(r.Begin) > 0:
				idle.Store(0)
			case quiet:
				idle.Add(1)
			default:
				runtime.Gosched()
			}
		}
		return nil
	})
	e.need(err, "takes and settlements of four workers")
	for p, n := range seen {
		e.that(n == 1, "recipient %s was taken %d times", p, n)
	}
	e.that(len(seen) == 80, "%d of 80 recipients were taken", len(seen))
	for t, id := range map[campaign.Tenant]campaign.ID{acme: one, beta: two} {
		b := e.books(t, id)
		e.that(b.Tally.Sent == 40 && b.Flying == 0 && b.Waiting == 0 && b.Cursor.Position == 40, "the books of 40 sent say %+v", b)
		e.that(len(e.positions(t, campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Sent}, Limit: 1000})) == 40, "not all recipients are sent")
	}
}

func crowdPause(e *env) {
	id, _ := e.running(acme, 1, 200, "a", "b")
	other, _ := e.running(beta, 301, 310, "c")
	_ = other
	var paused atomic.Bool
	var begun atomic.Int64
	stop := make(chan struct{})
	started := make(chan struct{})
	var once sync.Once
	done := make(chan error, 1)
	go func() {
		done <- together(3, func(int) error {
			for {
				select {
				case <-stop:
					return nil
				default:
				}
				was := paused.Load() // before the take begins
				most := 1
				if !was && begun.Load() >= 100 {
					most = 0 // somebody has to be left for those who take after the pause
				}
				r, err := e.store.Take(e.ctx, query(at(time.Hour), 2, 1000), func(r *campaign.Rows) {
					simpleUpTo(most)(r)
					for _, t := range r.Turns {
						t.Number.Meter.WakeAt = t0
					}
				})
				if err != nil {
					return err
				}
				begun.Add(int64(len(r.Begin)))
				for _, a := range r.Begin {
					if was && a.Recipient.Campaign == id {
						return fmt.Errorf("a take that began after the pause was committed took %s", a.Recipient)
					}
				}
				once.Do(func() { close(started) })
			}
		})
	}()
	<-started
	pause := func() error {
		return e.try(acme, func(w campaign.Writer) error {
			c, err := w.Campaign(id)
			if err != nil {
				return err
			}
			c.Status = campaign.Paused
			c.Rev++
			return errors.Join(w.SaveCampaign(&c), w.Vacate(id))
		})
	}
	err := pause()
	paused.Store(true)
	open := 0
	if err == nil {
		open = len(e.flights(acme, id))
		for range 20 {
			if _, err = e.store.Agenda(e.ctx, t0, 1); err != nil {
				break
			}
		}
	}
	last := e.take(at(time.Hour))
	close(stop)
	e.need(errors.Join(err, <-done), "takes around a pause")
	for _, a := range last.Begin {
		e.that(a.Recipient.Campaign != id, "a take after the pause took %s", a.Recipient)
	}
	e.that(len(e.flights(acme, id)) == open, "%d attempts were open when the pause had returned, now there are %d", open, len(e.flights(acme, id)))
}

func crowdSettlers(e *env) {
	id, _ := e.running(acme, 1, 10, "a")
	r, err := e.store.Take(e.ctx, query(t0, 10, 10), simple)
	e.need(err, "Take")
	var ss []campaign.Settlement
	for _, a := range r.Begin {
		ss = append(ss, campaign.Settlement{Attempt: a.ID})
	}
	err = together(4, func(int) error {
		_, err := e.store.Settle(e.ctx, at(time.Second), ss, func(r *campaign.Rows) {
			for _, s := range ss {
				if a := r.Open[s.Attempt]; a != nil {
					accepting(a.ID.String())(r, a)
				}
			}
		})
		return err
	})
	e.need(err, "the same settlements by four processes")
	e.that(e.books(acme, id).Tally.Sent == 10, "ten sent messages were counted as %d", e.books(acme, id).Tally.Sent)
	e.that(len(e.events(acme, campaign.EventQuery{Types: []campaign.EventType{campaign.EventSent}})) == 10, "ten sent messages are not ten events")
}

func crowdEditors(e *env) {
	id := e.create(acme, "edited", campaign.Drafted)
	c := e.campaign(acme, id)
	var won, stale atomic.Int64
	err := together(4, func(n int) error {
		mine := c
		mine.Rev, mine.Name = c.Rev+1, fmt.Sprint(n)
		err := e.try(acme, func(w campaign.Writer) error { return w.SaveCampaign(&mine) })
		switch {
		case err == nil:
			won.Add(1)
		case errors.Is(err, campaign.ErrStale):
			stale.Add(1)
		default:
			return err
		}
		return nil
	})
	e.need(err, "edits of one revision")
	e.that(won.Load() == 1 && stale.Load() == 3, "of four edits of one revision %d were saved and %d stale, want 1 and 3", won.Load(), stale.Load())
}

func crowdOccupiers(e *env) {
	i := e.instance(acme, "a")
	var ids []campaign.ID
	for range 4 {
		ids = append(ids, e.create(acme, "starter", campaign.Drafted))
	}
	var won atomic.Int64
	err := together(4, func(n int) error {
		err := e.try(acme, func(w campaign.Writer) error { return w.Occupy(ids[n], []campaign.InstanceID{i}) })
		if err == nil {
			won.Add(1)
		} else if !errors.Is(err, campaign.ErrBusy) {
			return err
		}
		return nil
	})
	e.need(err, "starts with one number")
	e.that(won.Load() == 1, "%d of four campaigns occupy one number, want 1", won.Load())
}

func crowdSnapshot(e *env) {
	id, _ := e.running(acme, 1, 30, "a")
	err := together(3, func(n int) error {
		for round := range 30 {
			if n == 0 {
				r, err := e.store.Take(e.ctx, query(at(time.Hour), 1, 1), func(r *campaign.Rows) {
					simple(r)
					for _, t := range r.Turns {
						t.Number.Meter.WakeAt = t0
					}
				})
				if err != nil {
					return err
				}
				for _, a := range r.Begin {
					if _, err := e.store.Settle(e.ctx, at(time.Hour), []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
						accepting(fmt.Sprint(round))(r, r.Open[a.ID])
					}); err != nil {
						return err
					}
				}
				continue
			}
			err := e.store.Tenant(acme).View(e.ctx, func(r campaign.Reader) error {
				b, err := r.Books(id)
				if err != nil {
					return err
				}
				fs, err := r.Flights(id)
				if err != nil {
					return err
				}
				sent, err := r.Recipients(campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Sent}})
				if err != nil {
					return err
				}
				if int64(len(fs)) != b.Flying || int64(len(sent)) != b.Tally.Sent || b.Flying+b.Tally.Sent != b.Cursor.Position {
					return fmt.Errorf("one View read %d in flight and %d sent, and books that say %d and %d of %d", len(fs), len(sent), b.Flying, b.Tally.Sent, b.Cursor.Position)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	e.need(err, "views during takes")
}

func crowdEnlisters(e *env) {
	id := e.create(acme, "import", campaign.Drafted)
	err := together(4, func(n int) error {
		for batch := range 5 {
			first := 1 + batch*10 + n*5 // neighbours overlap
			if err := e.try(acme, func(w campaign.Writer) error {
				c, err := w.Campaign(id)
				if err != nil {
					return err
				}
				added, err := w.Enlist(id, c.Total, people(first, first+9))
				if err != nil {
					return err
				}
				for _, ok := range added {
					if ok {
						c.Total++
					}
				}
				c.Rev++
				return w.SaveCampaign(&c)
			}); err != nil {
				return err
			}
		}
		return nil
	})
	e.need(err, "imports by four processes")
	total := e.campaign(acme, id).Total
	seen := map[string]bool{}
	for p := int64(1); p <= total; p++ {
		c := e.recipient(acme, id, p).Contact
		e.that(!seen[string(c.Phone)], "the phone of recipient %d is in the audience twice", p)
		seen[string(c.Phone)] = true
	}
	e.that(total == 65, "the audience has %d recipients, want 65", total)
}
