package schedule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/alreasense/campaigns/holiday"
)

// Span is a stretch of one day on the wall clock, from From up to, but not
// including, To: a message may start at From and none starts at To. To may be
// 24:00.
//
// A span does not run past midnight. A night shift is two spans: 22:00–24:00,
// and 00:00–02:00 on the day after.
type Span struct {
	From holiday.Clock `json:"from"`
	To   holiday.Clock `json:"to"`
}

// String prints "09:00-12:00".
func (s Span) String() string { return s.From.String() + "-" + s.To.String() }

// Week holds spans for each weekday, indexed by [time.Weekday]: Week[0] is
// Sunday.
//
// In JSON it is an object that holds the days that are not nil, under the
// names mon, tue, wed, thu, fri, sat and sun:
//
//	{"mon": [{"from": "09:00", "to": "18:00"}], "sun": []}
type Week [7][]Span

// EveryDay returns a week with the same spans on each day.
func EveryDay(spans ...Span) Week {
	var w Week
	for d := range w {
		w[d] = slices.Clone(spans)
	}
	return w
}

// Workdays returns a week with the same spans from Monday to Friday and a
// closed weekend.
func Workdays(spans ...Span) Week {
	w := EveryDay(spans...)
	w[time.Saturday], w[time.Sunday] = nil, nil
	return w
}

func (w *Week) closed() bool {
	for _, spans := range w {
		if len(spans) > 0 {
			return false
		}
	}
	return true
}

func (w Week) clone() Week {
	for d := range w {
		w[d] = slices.Clone(w[d])
	}
	return w
}

// The days as people in business count them, and their names in JSON and in
// canonical text, by time.Weekday.
var (
	mondayFirst = [...]time.Weekday{
		time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday,
		time.Saturday, time.Sunday,
	}
	dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// MarshalJSON implements [json.Marshaler].
func (w Week) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, d := range mondayFirst {
		if w[d] == nil {
			continue
		}
		spans, err := json.Marshal(w[d])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dayNames[d], err)
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", dayNames[d], spans)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON implements [json.Unmarshaler]. It replaces the whole week: a
// day that is not named, or null, becomes nil.
func (w *Week) UnmarshalJSON(data []byte) error {
	var days map[string][]Span
	if err := json.Unmarshal(data, &days); err != nil {
		return err
	}
	var got Week
	for name, spans := range days {
		d := slices.Index(dayNames[:], name)
		if d < 0 {
			return fmt.Errorf("%q is not a day of the week: write mon, tue, wed, thu, fri, sat or sun", name)
		}
		got[d] = spans
	}
	*w = got
	return nil
}
