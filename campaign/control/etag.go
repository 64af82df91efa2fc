package control

import (
	"net/http"
	"strconv"
	"strings"
)

// tag is the ETag of a revision. It names what can be edited: counters and
// states move on without it.
func tag(rev int64) string { return `"` + strconv.FormatInt(rev, 10) + `"` }

// IfMatch asks for an edit of one revision only.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made from. Another one is answered 412 and changes nothing. Without it the change is made to what there is."`
}

// allows reports whether the request may change the revision.
func (m IfMatch) allows(rev int64) bool {
	if m.IfMatch == "" {
		return true
	}
	for t := range strings.SplitSeq(m.IfMatch, ",") {
		if t = strings.TrimSpace(t); t == "*" || t == tag(rev) {
			return true
		}
	}
	return false
}

// stale refuses an edit that was made from another revision.
func (a *api) stale(v *visit) *Problem {
	return a.problem(v, http.StatusPreconditionFailed, codeStale)
}

// tagged is an answer with an ETag.
type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

// created is tagged, with the address of what was made.
type created[T any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     T
}
