package schedule

import (
	"fmt"
	"strings"
	"time"
)

// Policy is what to do with a planned start that did not happen in time,
// because no daemon ran or a number was busy.
type Policy string

const (
	// RunIfWithin starts late when the delay is at most Within, and holds
	// otherwise. It is the default.
	RunIfWithin Policy = "run_if_within"
	// HoldIfMissed leaves a late start to a person.
	HoldIfMissed Policy = "hold"
	// SkipIfMissed gives a late start up.
	SkipIfMissed Policy = "skip"
)

const (
	// DefaultWithin is how late [RunIfWithin] still starts.
	DefaultWithin = time.Hour
	// OnTime is how late a start may be and still count as on time under
	// [HoldIfMissed] and [SkipIfMissed]: every start is a little late, by the
	// time until somebody looks at the clock.
	OnTime = time.Minute
)

// Missed is the policy for a missed start. The zero value runs within an hour
// and holds after that.
//
// As text, in JSON too, it is "run_if_within 1h", "hold" or "skip"; the latter
// two may name the delay that is still on time: "hold 5m".
type Missed struct {
	// Policy defaults to RunIfWithin.
	Policy Policy
	// Within is the longest delay at which the start still happens. Defaults
	// to DefaultWithin under RunIfWithin and to OnTime otherwise.
	Within time.Duration
}

// Action is the answer of [Missed.Decide].
type Action string

const (
	Wait Action = "wait" // the planned start is still to come
	Run  Action = "run"  // start now
	Hold Action = "hold" // do not start; ask a person
	Skip Action = "skip" // do not start, neither now nor later
)

// Decide says what to do at now with a start that was planned for an earlier
// instant and has not happened. A delay of exactly Within still runs. A zero
// planned means as soon as possible, which is never late.
//
// The window has no say in this: a start that falls on a Sunday starts, and
// the first message waits for the window.
func (m Missed) Decide(planned, now time.Time) Action {
	m = m.full()
	switch {
	case planned.IsZero():
		return Run
	case now.Before(planned):
		return Wait
	case now.Sub(planned) <= m.Within:
		return Run
	case m.Policy == SkipIfMissed:
		return Skip
	}
	return Hold
}

// full fills in the defaults.
func (m Missed) full() Missed {
	if m.Policy == "" {
		m.Policy = RunIfWithin
	}
	if m.Within == 0 {
		m.Within = OnTime
		if m.Policy == RunIfWithin {
			m.Within = DefaultWithin
		}
	}
	return m
}

// short leaves the defaults out.
func (m Missed) short() Missed {
	m = m.full()
	if m.Within == (Missed{Policy: m.Policy}).full().Within {
		m.Within = 0
	}
	if m == (Missed{Policy: RunIfWithin}) {
		return Missed{}
	}
	return m
}

func (m Missed) known() bool {
	return m.Policy == "" || m.Policy == RunIfWithin || m.Policy == HoldIfMissed || m.Policy == SkipIfMissed
}

// String prints the policy with its delay: "run_if_within 1h", "hold",
// "skip 10m".
func (m Missed) String() string {
	m = m.short()
	if m == (Missed{}) || m.Policy == RunIfWithin {
		m = m.full()
	}
	if m.Within == 0 {
		return string(m.Policy)
	}
	return string(m.Policy) + " " + duration(m.Within)
}

// duration prints 1h30m where time.Duration prints 1h30m0s.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText implements [encoding.TextMarshaler] by [Missed.String].
func (m Missed) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText writes. Text that is empty is the zero
// value. On an error m keeps its value.
func (m *Missed) UnmarshalText(text []byte) error {
	fields := strings.Fields(string(text))
	if len(fields) == 0 {
		*m = Missed{}
		return nil
	}
	got := Missed{Policy: Policy(fields[0])}
	if len(fields) > 1 {
		d, err := time.ParseDuration(fields[1])
		if err != nil || d == 0 {
			return fmt.Errorf("missed start: %q is no duration: write 90m or 1h30m", fields[1])
		}
		got.Within = d
	}
	if p := got.problem(); p != "" {
		return fmt.Errorf("missed start: %s", p)
	}
	if len(fields) > 2 {
		return fmt.Errorf("missed start: %q is one word too many: write a policy and a duration, as in run_if_within 1h", fields[2])
	}
	*m = got.short()
	return nil
}

// problem says what is wrong with m, or nothing.
func (m Missed) problem() string {
	switch {
	case !m.known():
		return fmt.Sprintf("%q is no policy: choose run_if_within, hold or skip", m.Policy)
	case m.Within < 0:
		return fmt.Sprintf("a start cannot be %s late: give a duration above zero, such as 1h", duration(m.Within))
	}
	return ""
}
