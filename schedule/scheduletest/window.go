package scheduletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// Window checks w against the contract of [schedule.Window], and of
// [schedule.Explainer] when w is one, at some thousands of instants from the
// instant from up to until: evenly and unevenly spread ones, those around each
// opening that it meets, and those around each change of the clocks in the
// location of from. Pass instants in the window's own zone, and a time that
// holds everything that is special about it: a year with its holidays, say.
//
// Each rule that is broken is reported once, as an error of t that names the
// instants and says what goes wrong in a campaign when the rule is broken.
// The same window, from and until always meet the same instants.
//
// A window that never returns ends with the time limit of the test.
func Window(t testing.TB, w schedule.Window, from, until time.Time) {
	t.Helper()
	if w == nil {
		t.Errorf("scheduletest: the window is nil")
		return
	}
	if !from.Before(until) {
		t.Errorf("scheduletest: until (%s) is not after from (%s): nothing to check", show(until), show(from))
		return
	}
	c := &checker{window: w, broken: make(map[string]string)}
	if c.guard(from, func() { c.run(from, until) }) {
		c.concurrent()
	}
	for _, r := range rules {
		if what, ok := c.broken[r.name]; ok {
			t.Errorf("scheduletest: %T breaks the rule %q\n\twhat: %s\n\twhy it matters: %s", w, r.name, what, r.why)
		}
	}
}

// answer is what the window said at an instant.
type answer struct{ at, next time.Time }

type checker struct {
	window  schedule.Window
	at      time.Time         // the instant that is being asked about
	answers []answer          // in the order of their instants
	broken  map[string]string // by the rule's name: what was seen first
}

func (c *checker) fail(rule, format string, args ...any) {
	if _, again := c.broken[rule]; !again {
		c.broken[rule] = fmt.Sprintf(format, args...)
	}
}

// guard runs f and turns a panic into a broken rule.
func (c *checker) guard(at time.Time, f func()) (ok bool) {
	c.at = at
	defer func() {
		if r := recover(); r != nil {
			c.fail(ruleNoPanic, "asked about %s it panicked: %v", show(c.at), r)
		}
	}()
	f()
	return true
}

func (c *checker) next(t time.Time) time.Time {
	c.at = t
	return c.window.Next(t)
}

func (c *checker) run(from, until time.Time) {
	c.ask(instants(from, until))
	c.ask(c.edges())
	c.never()
	for _, a := range c.answers {
		c.one(a)
	}
	c.order()
	c.again()
}

// ask adds the answers for some instants and keeps all answers in order.
func (c *checker) ask(ts []time.Time) {
	for _, t := range ts {
		c.answers = append(c.answers, answer{t, c.next(t)})
	}
	slices.SortStableFunc(c.answers, func(a, b answer) int { return a.at.Compare(b.at) })
	c.answers = slices.CompactFunc(c.answers, func(a, b answer) bool { return a.at.Equal(b.at) && same(a.next, b.next) })
}

// edges returns the instants around openings, and inside the closed time
// before them, where a wrong search shows.
func (c *checker) edges() []time.Time {
	const most = 400
	var ts []time.Time
	var last time.Time
	for _, a := range c.answers {
		if a.next.IsZero() || !a.next.After(a.at) || a.next.Equal(last) {
			continue
		}
		last = a.next
		gap := a.next.Sub(a.at)
		for _, d := range []time.Duration{1, time.Second, time.Minute, gap / 2, gap / 7, gap - 1} {
			if d > 0 && d < gap {
				ts = append(ts, a.next.Add(-d))
			}
		}
		ts = append(ts, a.next, a.next.Add(1), a.next.Add(time.Second), a.next.Add(time.Minute))
		if len(ts) > most*10 {
			break
		}
	}
	return ts
}

func (c *checker) never() {
	if next := c.next(time.Time{}); !next.IsZero() {
		c.fail(ruleNever, "Next of the zero Time is %s", show(next))
	}
}

// one checks what can be told from a single answer.
func (c *checker) one(a answer) {
	if !a.next.IsZero() {
		if a.next.Before(a.at) {
			c.fail(ruleNotBefore, "Next(%s) is %s", show(a.at), show(a.next))
		}
		if twice := c.next(a.next); !same(twice, a.next) {
			c.fail(ruleTwice, "Next(%s) is %s, and Next of that is %s", show(a.at), show(a.next), show(twice))
		}
		if a.next.Location() != a.at.Location() {
			c.fail(ruleLocation, "asked in %s it answered in %s", a.at.Location(), a.next.Location())
		}
	}
	for _, loc := range []*time.Location{time.UTC, time.FixedZone("", 5*3600+45*60), time.FixedZone("", -12*3600)} {
		next := c.next(a.at.In(loc))
		if !same(next, a.next) {
			c.fail(ruleZone, "Next(%s) is %s, and asked about the same instant as %s it is %s",
				show(a.at), show(a.next), show(a.at.In(loc)), show(next))
		}
		if !next.IsZero() && next.Location() != loc {
			c.fail(ruleLocation, "asked in a zone of %s it answered in %s", show(a.at.In(loc)), next.Location())
		}
	}
	c.explained(a)
}

func (c *checker) explained(a answer) {
	e, ok := c.window.(schedule.Explainer)
	if !ok {
		return
	}
	c.at = a.at
	why, closed := e.Closed(a.at)
	open := !a.next.IsZero() && a.next.Equal(a.at)
	switch {
	case closed == open:
		c.fail(ruleExplain, "Next(%s) is %s, and Closed says %v", show(a.at), show(a.next), closed)
	case !closed && why != schedule.Closed{}:
		c.fail(ruleExplain, "open at %s, and Closed still gives a reason: %s", show(a.at), why)
	case closed && why.Reason == "":
		c.fail(ruleExplain, "closed at %s, and Closed gives no reason", show(a.at))
	case closed && !same(why.Until, a.next):
		c.fail(ruleExplain, "Next(%s) is %s, and Closed says until %s", show(a.at), show(a.next), show(why.Until))
	}
}

// order checks that later instants never get earlier answers.
func (c *checker) order() {
	for i, b := range c.answers[1:] {
		a := c.answers[i]
		if before(b.next, a.next) {
			c.fail(ruleOrder, "Next(%s) is %s, and the later Next(%s) is the earlier %s",
				show(a.at), show(a.next), show(b.at), show(b.next))
			return
		}
	}
}

// again asks everything a second time, in another order.
func (c *checker) again() {
	r := rand.New(rand.NewPCG(2, 3))
	for _, i := range r.Perm(len(c.answers)) {
		a := c.answers[i]
		if next := c.next(a.at); !same(next, a.next) {
			c.fail(rulePure, "Next(%s) was %s at first and is %s when asked again", show(a.at), show(a.next), show(next))
			return
		}
	}
}

// concurrent asks from several goroutines at once. Under the race detector it
// finds state that is shared without a lock.
func (c *checker) concurrent() {
	const askers, questions = 4, 250
	var wg sync.WaitGroup
	found := make([]string, askers)
	for n := range askers {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					found[n] = fmt.Sprintf("it panicked: %v", r)
				}
			}()
			r := rand.New(rand.NewPCG(4, uint64(n)))
			for range questions {
				a := c.answers[r.IntN(len(c.answers))]
				if next := c.window.Next(a.at); !same(next, a.next) && found[n] == "" {
					found[n] = fmt.Sprintf("Next(%s) was %s alone and is %s among others", show(a.at), show(a.next), show(next))
				}
			}
		})
	}
	wg.Wait()
	for _, what := range found {
		// A window that is not even steady alone is impure, not unsafe.
		if _, impure := c.broken[rulePure]; what != "" && !impure {
			c.fail(ruleConcurrent, "%s", what)
		}
	}
}

// instants returns what is asked first.
func instants(from, until time.Time) []time.Time {
	const steps, strewn, changes = 600, 600, 40
	length := until.Sub(from)
	ts := []time.Time{from, until}
	for i := range steps {
		ts = append(ts, from.Add(time.Duration(float64(length)*float64(i)/steps)).Truncate(time.Minute))
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range strewn {
		ts = append(ts, from.Add(time.Duration(r.Int64N(int64(length)))))
	}
	_, change := from.ZoneBounds()
	for n := 0; n < changes && !change.IsZero() && change.Before(until); n++ {
		for m := -180; m <= 180; m += 10 {
			ts = append(ts, change.Add(time.Duration(m)*time.Minute))
		}
		ts = append(ts, change.Add(-1), change.Add(-time.Second), change.Add(time.Second))
		after := change.Add(25 * time.Hour) // past the end of any bounds that do not move on
		if _, change = change.ZoneBounds(); !change.IsZero() && change.Before(after) {
			_, change = after.ZoneBounds()
		}
	}
	ts = slices.DeleteFunc(ts, func(t time.Time) bool { return t.Before(from) || t.After(until) })
	slices.SortFunc(ts, func(a, b time.Time) int { return a.Compare(b) })
	return ts
}

// before compares answers: never, the zero Time, is later than any instant.
func before(a, b time.Time) bool {
	switch {
	case a.IsZero():
		return false
	case b.IsZero():
		return true
	}
	return a.Before(b)
}

func same(a, b time.Time) bool { return a.Equal(b) }

func show(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("Mon 2006-01-02 15:04:05.999999999 -0700")
}
