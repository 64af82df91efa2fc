package campaign

import (
	"maps"
	"sort"
	"strings"
)

// Reason says why something happened, or why it has not happened yet, as a
// code with arguments. Words live in catalogues, so that a person reads their
// own language and a program compares codes.
type Reason struct {
	Code Code              `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Code names a reason. Codes are lower case words joined by underscores, and
// never change their meaning.
type Code string

// Because builds a Reason from a code and pairs of argument name and value. A
// name without a value is dropped.
func Because(code Code, pairs ...string) Reason {
	r := Reason{Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if r.Args == nil {
			r.Args = make(map[string]string, len(pairs)/2)
		}
		r.Args[pairs[i]] = pairs[i+1]
	}
	return r
}

// IsZero reports whether there is no reason at all.
func (r Reason) IsZero() bool { return r.Code == "" }

// String prints the code and its arguments in the order of their names, for
// logs: "pace_gap until=2026-03-04T12:00:00Z". See Reason.Text for words.
func (r Reason) String() string {
	if len(r.Args) == 0 {
		return string(r.Code)
	}
	names := make([]string, 0, len(r.Args))
	for n := range r.Args {
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString(string(r.Code))
	for _, n := range names {
		b.WriteString(" " + n + "=" + r.Args[n])
	}
	return b.String()
}

// without is the reason without an argument.
func (r Reason) without(name string) Reason {
	args := maps.Clone(r.Args)
	delete(args, name)
	r.Args = args
	return r
}

// with is the reason with one more argument.
func (r Reason) with(name, value string) Reason {
	args := make(map[string]string, len(r.Args)+1)
	maps.Copy(args, r.Args)
	args[name] = value
	r.Args = args
	return r
}
