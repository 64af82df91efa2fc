package schedule

import "time"

// Always returns the window that is never closed.
func Always() Window { return always{} }

type always struct{}

func (always) Next(t time.Time) time.Time        { return t }
func (always) Closed(t time.Time) (Closed, bool) { return Closed{}, false }

// Between returns the window that is open from the instant from up to, but not
// including, until. A zero from means that it has always been open, a zero
// until that it never closes again. It never opens when until is not after
// from.
func Between(from, until time.Time) Window { return between{from, until} }

type between struct{ from, until time.Time }

func (b between) Next(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	at := t
	if !b.from.IsZero() && at.Before(b.from) {
		at = b.from.Round(0).In(t.Location())
	}
	if !b.until.IsZero() && !at.Before(b.until) {
		return time.Time{}
	}
	return at
}

func (b between) Closed(t time.Time) (Closed, bool) {
	next := b.Next(t)
	switch {
	case !next.IsZero() && next.Equal(t):
		return Closed{}, false
	case t.IsZero() || !b.until.IsZero() && !b.from.Before(b.until):
		return Closed{Reason: Never, Until: next}, true
	case next.IsZero():
		return Closed{Reason: Over, Until: next}, true
	}
	return Closed{Reason: NotYet, Until: next}, true
}

// maxRounds bounds the search of And. Two windows that open once a day and
// never together take a round for each of their openings: 16384 of them are
// more than twenty years, and a few milliseconds.
const maxRounds = 1 << 14

// And returns the window that is open when both a and b are.
//
// Next asks the two in turn until they agree. It gives up, and says never,
// when the two have taken turns 16384 times without meeting: for two windows
// that open daily that is more than twenty years. Within that bound, which no
// two windows of office hours come near, the laws of [Window] hold because
// they hold for a and b; windows that meet more rarely than that break the
// third.
//
// When both are closed at the same instant, [Closed] gives the reason of the
// one that opens later, and of a when they open together.
func And(a, b Window) Window { return both{a, b} }

type both struct{ a, b Window }

func (w both) Next(t time.Time) time.Time {
	at := t
	for range maxRounds {
		x := w.a.Next(at)
		if x.IsZero() {
			return x
		}
		y := w.b.Next(x)
		if y.IsZero() || y.Equal(x) {
			return y
		}
		at = y
	}
	return time.Time{}
}

func (w both) Closed(t time.Time) (Closed, bool) {
	next := w.Next(t)
	if !next.IsZero() && next.Equal(t) {
		return Closed{}, false
	}
	part := w.a
	x, y := w.a.Next(t), w.b.Next(t)
	if !x.IsZero() && (y.IsZero() || y.After(x)) {
		part = w.b
	}
	c := Closed{Reason: Unexplained}
	if e, ok := part.(Explainer); ok {
		if why, closed := e.Closed(t); closed {
			c = why
		}
	}
	c.Until = next
	return c, true
}

// Open reports whether w is open at t. Nothing is open at the zero Time.
func Open(w Window, t time.Time) bool {
	return !t.IsZero() && w.Next(t).Equal(t)
}

// OpenThrough reports whether w is open from t to u, both included: what a
// caller asks who decides at t and whose action may begin as late as u. It is
// false when u is before t.
//
// It asks at t, at u, and at each whole minute of UTC in between. That is
// exact for windows that close on whole minutes for a minute or more, as those
// of [Spec] do; of a window that closes for seconds it may miss some. The time
// it takes grows with the minutes from t to u.
func OpenThrough(w Window, t, u time.Time) bool {
	if u.Before(t) || !Open(w, t) || !Open(w, u) {
		return false
	}
	for m := t.Truncate(time.Minute).Add(time.Minute); m.Before(u); m = m.Add(time.Minute) {
		if !Open(w, m) {
			return false
		}
	}
	return true
}
