package audit

import (
	"encoding/hex"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// silence is the part of a log, by Seq, in which a phone has opted out. It has
// no end while until is zero.
type silence struct{ from, until int64 }

// silences are those of a tenant's phones, by their keys: the log names none.
type silences struct {
	of map[campaign.SuppressionKey][]silence
	// nameless counts the opt-outs that do not say whose they are, as those of
	// early versions.
	nameless int
}

// see takes the next event of the log.
func (s *silences) see(e *campaign.Event) {
	raw, err := hex.DecodeString(e.Why.Args[campaign.OptOutKey])
	if err != nil || len(raw) != len(campaign.SuppressionKey{}) {
		s.nameless++
		return
	}
	k := campaign.SuppressionKey(raw)
	all := s.of[k]
	shut := len(all) > 0 && all[len(all)-1].until == 0
	switch {
	case (e.Type == campaign.EventOptedOut || e.Type == campaign.EventErased) && !shut:
		if s.of == nil {
			s.of = make(map[campaign.SuppressionKey][]silence)
		}
		s.of[k] = append(all, silence{from: e.Seq})
	case e.Type == campaign.EventOptedIn && shut:
		all[len(all)-1].until = e.Seq
	}
}

// unchecked says why opt-outs cannot be judged; empty if they can.
func (s *silences) unchecked(t campaign.Tenant, keyed bool) string {
	switch {
	case !keyed && len(s.of) > 0:
		return fmt.Sprintf("I13 of %s: without Options.Key nobody can tell whom its opt-outs are about", t)
	case s.nameless > 0:
		return fmt.Sprintf("I13 of %s: %d of its opt-outs do not say whom they are about", t, s.nameless)
	}
	return ""
}

// doubt is an attempt to a phone that opted out at some time.
type doubt struct {
	attempt  campaign.AttemptID
	silences []silence
}

// heard notes that the phone of an attempt opted out at some time: the events
// tell which came first.
func (v *visit) heard(a campaign.AttemptID, phone contact.Phone) {
	if len(v.silences.of) == 0 || v.c.o.Key == nil || phone == "" || campaign.Erased(phone) {
		return
	}
	for _, p := range phone.Stored() {
		if all := v.silences.of[v.c.o.Key(v.tenant, p)]; len(all) > 0 {
			v.doubts = append(v.doubts, doubt{a, all})
		}
	}
}

// spared checks that no phone had opted out when it was taken. The order of the
// log decides, so clocks have no say.
func (t *tale) spared() error {
	for _, d := range t.doubts {
		of := t.attempts[d.attempt]
		if of == nil || of.taken.Seq > t.end { // what came after the log was read is not judged
			continue
		}
		for _, s := range d.silences {
			if seq := of.taken.Seq; seq > s.from && (s.until == 0 || seq < s.until) {
				return t.fail("I13", d.attempt, "was taken (event %d) after its phone had opted out (event %d)", seq, s.from)
			}
		}
	}
	return nil
}
