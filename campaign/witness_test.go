package campaign_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
)

// doubtful is a world whose gateway sends the first message and loses its
// answer, and whose reports are kept back.
type doubtful struct {
	*world
	id   campaign.ID
	lost campaign.Outgoing
	told campaign.Notice // the gateway's report of the lost send
}

func newDoubtful(t testing.TB, d campaign.Draft, lookup bool) *doubtful {
	w := &doubtful{world: newWorld(t, "2026-03-02 09:00")}
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if w.lost.Text != "" {
			return campaign.Accepted{ProviderID: "again-" + m.Attempt.String()}, nil
		}
		w.lost = m
		w.told = campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "3EB0", Kind: campaign.NoticeSent, Phone: m.To,
			Digest: campaign.TextDigest(m.Text), At: w.clock.Now().Truncate(time.Second)}
		return campaign.Accepted{}, errors.New("time-out")
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	if !lookup {
		w.noLookup()
	}
	d.Instances = w.numbers(1, fast())
	w.id = w.start(1, d).ID
	return w
}

func (w *doubtful) noLookup() {
	e, err := campaign.New(w.store, struct{ campaign.Sender }{w.sent}, &w.opts)
	require.NoError(w.t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
}

func (w *doubtful) step() {
	w.t.Helper()
	_, err := w.e.Step(ctx)
	require.NoError(w.t, err)
}

func (w *doubtful) after(d time.Duration) {
	w.t.Helper()
	until := w.clock.Now().Add(d)
	w.play(until.In(saoPaulo).Format("2006-01-02 15:04:05"))
}

func (w *doubtful) decide(d campaign.Decision) {
	w.t.Helper()
	require.NoError(w.t, w.s.Decide(ctx, campaign.RecipientID{Campaign: w.id, Position: 1}, d, "olhei"))
}

func (w *doubtful) tell(kind campaign.NoticeKind) error {
	n := w.told
	if n.Kind = kind; kind != campaign.NoticeSent {
		n.Phone, n.Digest, n.At = "", "", w.clock.Now()
	}
	return w.e.Receive(ctx, n)
}

// A report that proves a send settles it when it comes, whenever that is and
// whatever became of the doubt meanwhile. What was known of the message before
// follows.
func TestAReportProvesASendWheneverItComes(t *testing.T) {
	sent := func(w *doubtful) { require.NoError(w.t, w.tell(campaign.NoticeSent)) }
	for _, c := range []struct {
		name  string
		draft campaign.Draft
		do    func(w *doubtful)
		want  campaign.State
		// sends is how many messages went out: one unless somebody ordered more.
		sends int
	}{
		{"after a minute", campaign.Draft{}, func(w *doubtful) { w.step(); w.after(time.Minute); sent(w) }, campaign.Sent, 1},
		{"after the last inquiry", campaign.Draft{}, func(w *doubtful) { w.step(); w.after(20 * time.Hour); sent(w) }, campaign.Sent, 1},
		{"after a week", campaign.Draft{}, func(w *doubtful) { w.step(); w.after(7 * 24 * time.Hour); sent(w) }, campaign.Sent, 1},
		{"twice", campaign.Draft{}, func(w *doubtful) { w.step(); sent(w); sent(w) }, campaign.Sent, 1},
		{"after the word that it was read", campaign.Draft{}, func(w *doubtful) {
			w.step()
			require.NoError(w.t, w.tell(campaign.NoticeRead))
			w.after(time.Hour)
			sent(w)
			w.after(time.Minute)
		}, campaign.Read, 1},
		{"before the word that it failed", campaign.Draft{}, func(w *doubtful) {
			w.step()
			sent(w)
			require.NoError(w.t, w.tell(campaign.NoticeError))
			w.after(time.Minute)
		}, campaign.Failed, 1},
		{"after the word that it was not sent", campaign.Draft{}, func(w *doubtful) {
			w.step()
			w.after(time.Hour)
			w.decide(campaign.MarkNotSent)
			w.after(time.Hour)
			sent(w)
		}, campaign.Sent, 1},
		{"after the word that it was sent", campaign.Draft{}, func(w *doubtful) {
			w.step()
			w.after(time.Hour)
			w.decide(campaign.MarkSent)
			sent(w)
		}, campaign.Sent, 1},
		{"after a resend was ordered that has not gone out", campaign.Draft{KeepOpen: true}, func(w *doubtful) {
			w.step()
			w.after(time.Hour)
			_, err := w.s.Pause(ctx, w.id, "")
			require.NoError(w.t, err)
			w.decide(campaign.Resend)
			sent(w)
			_, err = w.s.Resume(ctx, w.id)
			require.NoError(w.t, err)
			w.after(time.Hour)
		}, campaign.Sent, 1},
		{"after a resend", campaign.Draft{KeepOpen: true}, func(w *doubtful) {
			w.step()
			w.after(time.Hour)
			w.decide(campaign.Resend)
			w.after(time.Hour)
			sent(w)
		}, campaign.Sent, 2},
		{"after the campaign was cancelled", campaign.Draft{KeepOpen: true}, func(w *doubtful) {
			w.step()
			_, err := w.s.Cancel(ctx, w.id, "")
			require.NoError(w.t, err)
			w.after(time.Hour)
			sent(w)
		}, campaign.Sent, 1},
	} {
		for _, lookup := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, can ask %t", c.name, lookup), func(t *testing.T) {
				w := newDoubtful(t, c.draft, lookup)
				c.do(w)
				require.Equal(t, c.want, w.recipient(w.id, 1).State)
				require.Equal(t, c.sends, w.sent.Count())
				w.after(24 * time.Hour)
				require.Equal(t, c.want, w.recipient(w.id, 1).State)
				require.Equal(t, c.sends, w.sent.Count())
				w.progress(w.id)
				w.clean()
			})
		}
	}
}

// Before the answer, and while a process that is gone still seems to send, a
// report waits, and no longer than that.
func TestAReportThatComesBeforeTheDoubt(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(fmt.Sprintf("the process dies %t", dies), func(t *testing.T) {
			w := newDoubtful(t, campaign.Draft{}, false)
			answer := w.sent.Answer
			w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
				acc, err := answer(m)
				require.NoError(t, w.tell(campaign.NoticeSent))
				require.Equal(t, campaign.Sending, w.recipient(w.id, 1).State, "its own process decides")
				return acc, err
			}
			if dies {
				d := &dying{Store: w.store, alive: true}
				e, err := campaign.New(d, w.sent, &w.opts)
				require.NoError(t, err)
				w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
				d.alive = false
				_, _ = w.e.Step(ctx)
				w.restart("two")
				w.noLookup()
				require.NoError(t, w.tell(campaign.NoticeDelivered))
				w.after(2 * time.Minute)
			} else {
				w.step()
				require.NoError(t, w.tell(campaign.NoticeDelivered))
				w.after(time.Second)
			}
			require.Equal(t, campaign.Delivered, w.recipient(w.id, 1).State)
			require.Equal(t, 1, w.sent.Count())
			w.clean()
		})
	}
}

// A gateway that carries our tag back needs no comparison: whatever it reports
// of the send is proof that it has it, also while the answer is on its way.
func TestAReportThatNamesItsSend(t *testing.T) {
	tag := func(w *doubtful, kind campaign.NoticeKind, change func(*campaign.Notice)) {
		n := campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "wamid.1", Kind: kind, Attempt: w.lost.Attempt}
		if change != nil {
			change(&n)
		}
		require.NoError(w.t, w.e.Receive(ctx, n))
		w.step()
	}
	for _, c := range []struct {
		name   string
		kind   campaign.NoticeKind
		change func(*campaign.Notice)
		want   campaign.State
	}{
		{"sent", campaign.NoticeSent, nil, campaign.Sent},
		{"taken by the server", campaign.NoticeServer, nil, campaign.Sent},
		{"delivered", campaign.NoticeDelivered, nil, campaign.Delivered},
		{"read", campaign.NoticeRead, nil, campaign.Read},
		{"failed", campaign.NoticeError, nil, campaign.Failed},
		{"another tenant's", campaign.NoticeRead, func(n *campaign.Notice) { n.Tenant = "outra" }, campaign.Unknown},
		{"another number's", campaign.NoticeRead, func(n *campaign.Notice) { n.Instance++ }, campaign.Unknown},
		{"nobody's", campaign.NoticeRead, func(n *campaign.Notice) { n.Attempt[0]++ }, campaign.Unknown},
		{"none", campaign.NoticeRead, func(n *campaign.Notice) { n.Attempt = campaign.AttemptID{} }, campaign.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newDoubtful(t, campaign.Draft{}, false)
			w.step()
			w.after(8 * time.Hour)
			tag(w, c.kind, c.change)
			require.Equal(t, c.want, w.recipient(w.id, 1).State)
			w.clean()
		})
	}
	t.Run("before its answer", func(t *testing.T) {
		w := newDoubtful(t, campaign.Draft{}, false)
		answer := w.sent.Answer
		w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
			acc, err := answer(m)
			n := campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "wamid.1", Kind: campaign.NoticeDelivered, Attempt: m.Attempt}
			require.NoError(t, w.e.Receive(ctx, n))
			require.Equal(t, campaign.Sent, w.recipient(w.id, 1).State)
			return acc, err
		}
		w.step()
		w.step()
		require.Equal(t, campaign.Delivered, w.recipient(w.id, 1).State)
		require.Zero(t, w.progress(w.id).Unknown)
		w.clean()
	})
}

// In whatever order reports, restarts and decisions come: once the report is
// in, the send counts as sent, and nobody has got two that nobody ordered.
func TestProofsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newDoubtful(t, campaign.Draft{KeepOpen: true}, false)
		w.step()
		resent, told := 0, false
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			switch rapid.IntRange(0, 5).Draw(r, "what") {
			case 0:
				require.NoError(r, w.tell(campaign.NoticeSent))
				told = true
			case 1:
				require.NoError(r, w.tell(campaign.NoticeDelivered))
			case 2:
				w.after(time.Duration(rapid.IntRange(1, 600).Draw(r, "minutes")) * time.Minute)
			case 3:
				d := rapid.SampledFrom([]campaign.Decision{campaign.MarkNotSent, campaign.Resend}).Draw(r, "decision")
				if w.s.Decide(ctx, campaign.RecipientID{Campaign: w.id, Position: 1}, d, "") == nil && d == campaign.Resend {
					resent++
				}
			case 4:
				w.noLookup()
			case 5:
				w.step()
			}
		}
		if told {
			w.after(time.Hour)
			p := w.recipient(w.id, 1)
			require.Contains(r, []campaign.State{campaign.Sent, campaign.Delivered}, p.State)
			h, err := history(w.world, p.ID)
			require.NoError(r, err)
			require.Equal(r, campaign.OutcomeAccepted, h[0].Outcome, "the proof is in the log, whoever stands for the person")
			require.Equal(r, "3EB0", h[0].ProviderID)
		}
		require.LessOrEqual(r, w.sent.Count(), 1+resent)
		w.progress(w.id)
		w.clean()
	})
}

// What can never be matched is refused with what is missing.
func TestAReportThatCanBeAboutNothingIsRefused(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	good := campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "x", Kind: campaign.NoticeSent, At: w.clock.Now()}
	require.NoError(t, w.e.Receive(ctx, good))
	nameless := good // the tenant of an installation that has one only
	nameless.Tenant = ""
	require.NoError(t, w.e.Receive(ctx, nameless))
	for says, change := range map[string]func(*campaign.Notice){
		"Notice.Instance":   func(n *campaign.Notice) { n.Instance = 0 },
		"Notice.ProviderID": func(n *campaign.Notice) { n.ProviderID = "" },
		"Notice.Phone":      func(n *campaign.Notice) { n.Kind = campaign.NoticeReply },
		"Notice.At":         func(n *campaign.Notice) { n.At = time.Time{} },
		"no kind of report": func(n *campaign.Notice) { n.Kind = "seen" },
	} {
		n := good
		change(&n)
		err := w.e.Receive(ctx, good, n)
		require.ErrorIs(t, err, campaign.ErrNotice)
		require.ErrorContains(t, err, says)
	}
}

type unmatchedReports struct {
	campaign.NopObserver
	unmatched int
}

func (c *unmatchedReports) Unmatched(n int) { c.unmatched += n }

// Reports that nothing was found for are counted when they are given up.
func TestReportsAboutNothingAreCounted(t *testing.T) {
	seen := &unmatchedReports{}
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Observer = seen })
	w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	tell := func(ids ...string) {
		for _, id := range ids {
			require.NoError(t, w.e.Receive(ctx, campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: id, Kind: campaign.NoticeRead}))
		}
		_, err := w.e.Step(ctx)
		require.NoError(t, err)
	}
	w.play("2026-03-02 09:10")
	tell("x", "y")
	w.clock.Advance(23 * time.Hour)
	tell("rec-1")
	require.Zero(t, seen.unmatched)
	w.clock.Advance(time.Hour + time.Second)
	tell("rec-1")
	require.Equal(t, 2, seen.unmatched)
}

// Where nobody can be asked, the log does not say that somebody was.
func TestAnInquiryWithoutALookUpSaysSo(t *testing.T) {
	w := newDoubtful(t, campaign.Draft{}, false)
	w.step()
	w.after(8 * time.Hour)
	es := w.events(w.id, campaign.EventInquired)
	require.NotEmpty(t, es)
	for _, e := range es {
		require.Equal(t, campaign.CodeNoLookup, e.Why.Code)
	}
}
