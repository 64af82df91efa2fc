package audit

import (
	"encoding/binary"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// A print is a hash of what happened to a recipient, in order. The log gives
// one, and the rows let an ordinary one be foretold; where the two agree the
// log and the rows tell the same story. Where they do not, the recipient's
// events are read one by one: the story may be a longer one, or a false one.

func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// code numbers the events that belong to a recipient's story. Zero is every
// other event that names a recipient.
func code(t campaign.EventType) uint64 {
	switch t {
	case campaign.EventTaken:
		return 1
	case campaign.EventSent:
		return 2
	case campaign.EventPostponed:
		return 3
	case campaign.EventRetry:
		return 4
	case campaign.EventFailed:
		return 5
	case campaign.EventSkipped:
		return 6
	case campaign.EventUnknown:
		return 7
	case campaign.EventInquired:
		return 8
	case campaign.EventReleased:
		return 9
	case campaign.EventResend:
		return 10
	case campaign.EventDropped:
		return 11
	case campaign.EventDelivered:
		return 12
	case campaign.EventRead:
		return 13
	case campaign.EventResponded:
		return 14
	case campaign.EventContradicted:
		return 15
	case campaign.EventBeganLate:
		return 16
	case campaign.EventReturned:
		return 17
	}
	return 0
}

// printEvent adds an event to a print.
func printEvent(h uint64, e *campaign.Event) uint64 {
	n := code(e.Type)
	switch n {
	case 0:
		return h
	case 6, 12, 13:
		return printOne(h, n, e.Attempt, time.Time{}, e.Message, e.Instance) // no row keeps when it was noted
	}
	return printOne(h, n, e.Attempt, e.At, e.Message, e.Instance)
}

func printOne(h, n uint64, a campaign.AttemptID, at time.Time, m campaign.MessageID, i campaign.InstanceID) uint64 {
	h = mix(h, n)
	h = mix(h, binary.LittleEndian.Uint64(a[:8]))
	h = mix(h, binary.LittleEndian.Uint64(a[8:]))
	if !at.IsZero() {
		h = mix(h, uint64(at.UnixMilli()))
	}
	return mix(h, uint64(m)<<32^uint64(i))
}

// foretold returns the prints that an ordinary story of these rows leaves;
// none if only the events themselves can tell.
func foretold(p *campaign.Recipient, past []campaign.Closed, open *campaign.Attempt) (h uint64, or uint64, ok bool) {
	if p.Generation > 1 || (open != nil && open.Phase == campaign.Lost) {
		return 0, 0, false
	}
	for i := range past {
		c := &past[i]
		last := i == len(past)-1 && open == nil
		var end uint64
		switch c.Outcome {
		case campaign.OutcomeAccepted:
			end = 2
		case campaign.OutcomeRefused:
			end = 5
		case campaign.OutcomeNotSent, campaign.OutcomeHeld, campaign.OutcomeSlowed, campaign.OutcomeLate, campaign.OutcomePostponed:
			switch {
			case last && p.State == campaign.Failed:
				end = 5
			case last && p.State == campaign.Dropped && p.Due.IsZero():
				end = 11
			case c.Outcome == campaign.OutcomeNotSent:
				end = 4
			default:
				end = 3
			}
		default:
			return 0, 0, false
		}
		h = printOne(h, 1, c.Attempt, c.TakenAt, c.Message, c.Instance)
		h = printOne(h, end, c.Attempt, c.EndedAt, c.Message, c.Instance)
	}
	if open != nil {
		h = printOne(h, 1, open.ID, open.TakenAt, open.Message, open.Instance)
	}
	or = h
	news := func(n uint64) {
		c := &past[len(past)-1]
		h = printOne(h, n, c.Attempt, time.Time{}, c.Message, c.Instance)
	}
	switch p.State {
	case campaign.Skipped:
		h = printOne(h, 6, campaign.AttemptID{}, time.Time{}, 0, 0)
		or = h
	case campaign.Delivered, campaign.Read:
		if len(past) == 0 {
			return 0, 0, false
		}
		news(12)
		if p.State == campaign.Delivered {
			return h, h, true
		}
		both := h
		h = or
		news(13) // read before delivered was heard of
		direct := h
		h = both
		news(13)
		return h, direct, true
	}
	return h, or, true
}
