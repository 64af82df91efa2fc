package campaign

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// HourCount is how often something happened in one hour, with one number and
// one message.
type HourCount struct {
	// Hour is the beginning of the hour, in UTC.
	Hour     time.Time
	Type     EventType
	Instance InstanceID
	Message  MessageID
	Count    int64
}

// measured are the events that metrics count.
var measured = []EventType{EventSent, EventDelivered, EventRead, EventResponded, EventLeft, EventFailed, EventSkipped, EventUnknown}

// Metrics are a campaign's figures: where its people stand now, and what
// happened when. The two agree but for what was taken back: a message that
// WhatsApp accepted and reported as failed later happened as sent and as
// failed, and stands as failed.
type Metrics struct {
	Standing
	// Hours are by rising Hour.
	Hours []HourCount
}

// Metrics returns a campaign's figures, all of one instant.
func (s *Service) Metrics(ctx context.Context, id ID) (m Metrics, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return m, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id)
		if err != nil {
			return err
		}
		if m.Standing, err = s.standing(r, c); err != nil {
			return err
		}
		m.Hours, err = r.Hours(id, measured)
		return err
	})
	return m, err
}

// Happened is what happened within one part of a campaign: an hour, a day, a
// number, a message.
type Happened struct {
	At       time.Time
	Instance InstanceID
	Message  MessageID

	Sent, Delivered, Read, Responded, OptedOut, Failed, Skipped, Unknown int64
}

func (h *Happened) add(c HourCount) {
	switch c.Type {
	case EventSent:
		h.Sent += c.Count
	case EventDelivered:
		h.Delivered += c.Count
	case EventRead:
		h.Read += c.Count
	case EventResponded:
		h.Responded += c.Count
	case EventLeft:
		h.OptedOut += c.Count
	case EventFailed:
		h.Failed += c.Count
	case EventSkipped:
		h.Skipped += c.Count
	case EventUnknown:
		h.Unknown += c.Count
	}
}

// OptedOut is how many people answered the campaign's messages by opting out.
func (m Metrics) OptedOut() (n int64) {
	for _, c := range m.Hours {
		if c.Type == EventLeft {
			n += c.Count
		}
	}
	return n
}

// ByHour sums each hour; At is its beginning, by the clock of loc.
func (m Metrics) ByHour(loc *time.Location) []Happened {
	return m.sum(func(c HourCount) Happened { return Happened{At: c.Hour.In(loc)} })
}

// ByDay sums each day of loc; At is its midnight. Where a zone's days do not
// begin with an hour of UTC, an hour counts to the day in which it begins.
func (m Metrics) ByDay(loc *time.Location) []Happened {
	return m.sum(func(c HourCount) Happened {
		y, mon, d := c.Hour.In(loc).Date()
		return Happened{At: time.Date(y, mon, d, 0, 0, 0, 0, loc)}
	})
}

// ByInstance sums each number; what happened without one has the number 0.
func (m Metrics) ByInstance() []Happened {
	return m.sum(func(c HourCount) Happened { return Happened{Instance: c.Instance} })
}

// ByMessage sums each message; what happened before one was chosen has the
// number 0.
func (m Metrics) ByMessage() []Happened {
	return m.sum(func(c HourCount) Happened { return Happened{Message: c.Message} })
}

func (m Metrics) sum(part func(HourCount) Happened) []Happened {
	sums := make(map[Happened]*Happened)
	for _, c := range m.Hours {
		key := part(c)
		if sums[key] == nil {
			h := key
			sums[key] = &h
		}
		sums[key].add(c)
	}
	out := make([]Happened, 0, len(sums))
	for _, h := range sums {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b Happened) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Message, b.Message))
	})
	return out
}
