package campaign

import "time"

// person is what the gates of a person look at: somebody whom a turn may take.
// The take, the forecast and the explanation ask the same gates.
type person struct {
	Recipient
	// suppressed tells that the phone has opted out.
	suppressed bool
	// busy tells that an open attempt holds the phone, and busyUntil when it
	// lets go at the latest, if that is known.
	busy      bool
	busyUntil time.Time
	// cook makes the text; nil where none is wanted.
	cook *cook
	// chosen and text are what textGate has made for this person: the index of
	// a live message of the recipe, and its final text.
	chosen int
	text   []byte
	// fault is the failure of the host's own code that shut textGate.
	fault error
}

// cook is what it takes to make the text of a send.
type cook struct {
	recipe    *recipe
	job       *Job // counts the messages chosen
	variables Variables
	buf       []byte // used again for each text
}

// personGate is one condition of a send that concerns a person. It reports
// whether it is shut at t.
type personGate func(w *person, t time.Time) (Shut, bool)

// personGates lists them in the order in which a take asks. Who stands before
// one that never opens is left out; who stands before another one waits.
var personGates = []personGate{stateGate, erasedGate, optOutGate, leftOutGate, dueGate, busyGate, textGate}

// shut is the first gate that is closed for a person at t.
func (w *person) shut(t time.Time) (Shut, bool) {
	for _, g := range personGates {
		if s, closed := g(w, t); closed {
			return s, true
		}
	}
	return Shut{}, false
}

// all lists every gate that is closed for a person at t, and opens is the first
// instant at which none is; zero when that is not known. What is over is told
// by one gate alone.
func (w *person) all(t time.Time) (shut []Shut, opens time.Time) {
	opens = t
	for _, g := range personGates {
		s, closed := g(w, t)
		if !closed {
			continue
		}
		shut = append(shut, s)
		switch {
		case s.Never || s.Until.IsZero():
			opens = time.Time{}
		case !opens.IsZero():
			opens = later(opens, s.Until)
		}
		if s.Why.Code == CodeErased || w.State != "" && w.State != Pending {
			break // nothing else is asked for any more
		}
	}
	return shut, opens
}

// stateGate is open for who is still to be sent to.
func stateGate(w *person, _ time.Time) (Shut, bool) {
	switch w.State {
	case "", Pending:
		return Shut{}, false
	case Sending:
		return Shut{Why: Because(CodeUnderWay)}, true
	case Sent, Delivered, Read:
		return Shut{Why: Because(CodeAlreadySent, "at", stamp(w.SentAt)), Never: true}, true
	case Dropped:
		return Shut{Why: Because(CodeNotActive, "status", string(Cancelled)), Never: true}, true
	}
	return Shut{Why: w.Why, Never: true}, true
}

func erasedGate(w *person, _ time.Time) (Shut, bool) {
	return Shut{Why: Because(CodeErased), Never: true}, Erased(w.Contact.Phone)
}

func optOutGate(w *person, _ time.Time) (Shut, bool) {
	return Shut{Why: Because(CodeOptedOut), Never: true}, w.suppressed
}

// dueGate keeps who was put off until their time has come.
func dueGate(w *person, t time.Time) (Shut, bool) {
	if !t.Before(w.Due) {
		return Shut{}, false
	}
	return Shut{Why: putOff(w.Why, w.Due), Until: w.Due}, true
}

// putOff tells that somebody waits until an instant, and for what.
func putOff(why Reason, until time.Time) Reason {
	return Because(CodePostponed, "why", string(why.Code), "until", stamp(until))
}

// busyGate keeps two messages from one phone at a time.
func busyGate(w *person, t time.Time) (Shut, bool) {
	if !w.busy {
		return Shut{}, false
	}
	until := t.Add(PhoneWait)
	return Shut{Why: Because(CodePhoneBusy), Until: later(until, w.busyUntil)}, true
}

// textGate is open when a text can be made, and leaves it in w for whoever goes
// on to send it.
func textGate(w *person, t time.Time) (Shut, bool) {
	c := w.cook
	if c == nil || len(c.recipe.live) == 0 {
		return Shut{}, false
	}
	i, err := c.recipe.pick(c.job, w.Recipient)
	if err != nil {
		w.fault = err
		return Shut{Why: Because(CodeRotationFailed, "rotation", c.recipe.rotationName), Never: true}, true
	}
	w.chosen = i
	text, err := c.recipe.templates[i].render(c.buf[:0], c.variables, c.job.Campaign.ask(w.ID, w.Contact, t.In(c.recipe.loc)))
	if err != nil {
		why := renderReason(err)
		if failsOf(why) {
			w.fault = err
		}
		return Shut{Why: why, Never: true}, true
	}
	c.buf, w.text = text, text
	return Shut{}, false
}
