package hook

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// note writes down what became of the jobs, and says why the endpoint has to be
// disabled, if it has.
func (r *runner) note(ctx context.Context, jobs []job, answers []answer, now time.Time) (why campaign.Reason) {
	var (
		accepted, failed int
		last             answer
	)
	for i, a := range answers {
		j := jobs[i]
		if a.cut {
			r.keep(late{Seq: j.Seq, Tries: j.Tries, First: j.First, At: now})
			continue
		}
		j.Tries++
		r.recent(Delivery{Event: j.Seq, Type: j.event.Type, At: now.Add(-a.took), Took: a.took, Try: j.Tries, Status: a.status, Why: a.why})
		if a.accepted() {
			accepted++
			r.forget(j.Seq)
			continue
		}
		failed++
		last = a
		last.after = max(last.after, a.after)
		if a.status == statusGone {
			why = campaign.Because(CodeGone, "id", r.id)
		}
		j.At = now.Add(max(back(j.Tries), a.after))
		r.keep(j.late)
	}
	r.st.Accepted += int64(accepted)
	switch {
	case accepted > 0:
		r.recover(now)
	case failed > 0:
		r.st.Fails++
		if r.st.Since.IsZero() {
			r.st.Since = now
		}
		r.st.NextAt = now.Add(max(back(r.st.Fails), last.after))
	}
	if why.IsZero() && r.st.Fails > 0 && now.Sub(r.st.Since) >= r.h.o.Patience {
		why = campaign.Because(CodeFailing, "id", r.id, "count", strconv.Itoa(r.st.Fails), "why", string(last.why.Code))
	}
	if why.IsZero() {
		r.giveUp(ctx, jobs, answers, now)
	}
	return why
}

// statusGone is http.StatusGone: the receiver wants no more, for good.
const statusGone = 410

// recover ends an outage: what failed in it is tried again at once.
func (r *runner) recover(now time.Time) {
	if r.st.Fails == 0 {
		return
	}
	r.st.Fails, r.st.Since, r.st.NextAt = 0, time.Time{}, time.Time{}
	for i := range r.st.Late {
		if l := &r.st.Late[i]; l.Tries <= hurried {
			l.At = now
		}
	}
}

// giveUp drops events that were refused for too long, and now again, by an
// endpoint that is not disabled.
func (r *runner) giveUp(ctx context.Context, jobs []job, answers []answer, now time.Time) {
	for i, a := range answers {
		if a.cut || a.accepted() || now.Sub(jobs[i].First) < r.h.o.Patience {
			continue
		}
		r.forget(jobs[i].Seq)
		r.st.GivenUp++
		r.h.record(ctx, r.tenant, "", campaign.EventWebhookGivenUp, campaign.Because(CodeGivenUp,
			"id", r.id, "event", strconv.FormatInt(jobs[i].Seq, 10), "count", strconv.Itoa(jobs[i].Tries+1), "why", string(a.why.Code)))
	}
}

// keep has an event tried again.
func (r *runner) keep(l late) {
	r.forget(l.Seq)
	r.st.Late = append(r.st.Late, l)
	slices.SortFunc(r.st.Late, func(a, b late) int { return cmp.Compare(a.Seq, b.Seq) })
}

func (r *runner) forget(seq int64) {
	r.st.Late = slices.DeleteFunc(r.st.Late, func(l late) bool { return l.Seq == seq })
}

func (r *runner) recent(d Delivery) {
	r.st.Recent = append(r.st.Recent, d)
	if n := len(r.st.Recent) - mostRecent; n > 0 {
		r.st.Recent = slices.Delete(r.st.Recent, 0, n)
	}
}
