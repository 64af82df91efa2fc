package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Span is a range of positions in an audience, both ends in it.
type Span struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Positions are places in an audience: spans that rise and do not touch.
type Positions []Span

// Has reports whether a position is among them.
func (ps Positions) Has(position int64) bool {
	i, found := slices.BinarySearchFunc(ps, position, func(s Span, p int64) int {
		switch {
		case s.Last < p:
			return -1
		case s.First > p:
			return 1
		}
		return 0
	})
	return found && ps[i].First <= position
}

// With are these and those of a span, in the same form.
func (ps Positions) With(s Span) Positions {
	out := make(Positions, 0, len(ps)+1)
	for _, o := range ps {
		switch {
		case o.Last < s.First-1:
			out = append(out, o)
		case o.First > s.Last+1:
			out = append(out, s)
			s = o
		default:
			s = Span{min(s.First, o.First), max(s.Last, o.Last)}
		}
	}
	return append(out, s)
}

// Left is what became of people who were to be left out of a campaign.
type Left struct {
	// Out is how many of the positions get nothing by this campaign any more, of
	// those that were still to come.
	Out int64
	// Late are some of those for whom it came too late: they were sent to, or are
	// right now, or had been settled. Not more than maxLate.
	Late []RecipientID
}

const (
	maxLate  = 100
	maxSpans = 5000
)

// LeaveOut takes people out of a campaign that has not ended, by their positions:
// a turn passes over them, as skipped. The note stands in the campaign's log. It
// does nothing to a message that is under way or was sent, and cannot be undone.
// Other campaigns go on: who wants none has opted out.
func (s *Service) LeaveOut(ctx context.Context, id ID, note string, who ...Span) (l Left, err error) {
	why := Because(CodeLeftOut)
	if note != "" {
		why = Because(CodeLeftOut, "note", note)
	}
	_, err = s.command(ctx, id, CommandLeaveOut, EventCampaignLeftOut, why, func(w Writer, c *Campaign) error {
		l = Left{}
		if len(who) == 0 {
			return Invalid{{"positions", Because(CodeMissing)}}
		}
		for _, span := range who {
			if span.First < 1 || span.Last < span.First || span.Last > c.Total {
				return Invalid{{"positions", Because(CodeTooMany, "max", fmt.Sprint(c.Total), "have", fmt.Sprint(span.Last))}}
			}
			out, err := l.count(w, c, span)
			if err != nil {
				return err
			}
			l.Out += out
			c.LeftOut = c.LeftOut.With(span)
		}
		if len(c.LeftOut) > maxSpans {
			return Invalid{{"positions", Because(CodeTooMany, "max", fmt.Sprint(maxSpans), "have", fmt.Sprint(len(c.LeftOut)))}}
		}
		return w.Wake(id, s.now())
	})
	return l, err
}

// count counts who of a span is still to come and not left out yet.
func (l *Left) count(r Reader, c *Campaign, span Span) (n int64, err error) {
	q := RecipientQuery{Campaign: c.ID, After: span.First - 1, Limit: PageLimit(1 << 30)}
	for {
		page, err := r.Recipients(q)
		if err != nil {
			return n, err
		}
		for _, p := range page {
			switch {
			case p.ID.Position > span.Last:
				return n, nil
			case p.State == Pending && !c.LeftOut.Has(p.ID.Position):
				n++
			case p.State != Pending && len(l.Late) < maxLate:
				l.Late = append(l.Late, p.ID)
			}
		}
		if len(page) == 0 {
			return n, nil
		}
		q.After = page[len(page)-1].ID.Position
	}
}

// leftOutGate keeps out who was taken out of the campaign.
func leftOutGate(w *person, _ time.Time) (Shut, bool) {
	return Shut{Why: Because(CodeLeftOut), Never: true}, w.cook != nil && w.cook.job.Campaign.LeftOut.Has(w.ID.Position)
}
