package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// SenderCase is a sender under test, with a far side that is a stand-in for
// its gateway.
type SenderCase struct {
	// Open returns a sender, a fresh far side behind it, and the answers that
	// the far side can be told to give.
	Open func(t *testing.T) SenderWorld
}

// SenderWorld is a sender and what stands behind it.
type SenderWorld struct {
	Sender campaign.Sender
	// Route is a route that the far side knows.
	Route campaign.Route
	// Count tells how many messages with this text the far side was asked to
	// send, whatever it answered.
	Count func(text string) int
	// Refuse makes the far side refuse every following message for good, as
	// a gateway does for a phone that is not on WhatsApp. Nil leaves the rule
	// out.
	Refuse func()
	// Lose, instead, makes the far side send every following message and lose the
	// answer: a cut connection, an unreadable body.
	Lose func()
	// Garble, instead, makes the far side send every following message and
	// answer 2xx with a body that nobody can read.
	Garble func()
	// Break, instead, makes the far side send every following message and answer
	// with this status (5xx), as a proxy does whose gateway was too slow.
	Break func(status int)
	// Redirect, instead, makes the far side answer every following message with
	// a 307 or 308 to itself.
	Redirect func()
	// Stall, instead, makes every following connection to the far side come about
	// when Now shows until, not earlier: a sender can then see only at the last
	// moment that it is too late.
	Stall func(until time.Time)
	// Down, instead, makes nobody listen at the far side. It is not undone.
	Down func()
	// Now is the sender's clock; nil means time.Now.
	Now func() time.Time
}

// Sender checks that a sender keeps the contract of campaign.Sender: what its
// errors tell the ledger is true, and it sends at most once.
func Sender(t *testing.T, c SenderCase) {
	for _, r := range senderRules() {
		t.Run(r.name, func(t *testing.T) {
			r.check(newSendEnv(t, r.why, c.Open(t)))
		})
	}
}

type sendEnv struct {
	judge
	SenderWorld
	ctx context.Context
}

func newSendEnv(tb testing.TB, why string, w SenderWorld) *sendEnv {
	if w.Now == nil {
		w.Now = time.Now
	}
	return &sendEnv{judge: judge{TB: tb, why: why}, SenderWorld: w, ctx: context.Background()}
}

func senderRules() []rule[*sendEnv] {
	return []rule[*sendEnv]{
		{"accepted", "sent rests on the gateway's id: without one nothing can be proven later", sendAccepted},
		{"text", "a text goes out as it was written, once", sendText},
		{"late", "a send that begins after its StartBy may meet the next one: it is not begun at all", sendLate},
		{"cancelled", "a caller that has given up sends nothing", sendCancelled},
		{"refused", "a definite no is final for this person, and only when nothing went out", sendRefused},
		{"lost answer", "nobody knows what became of a send whose answer was lost: any mark would be a lie", sendLost},
		{"never repeats", "a sender that repeats by itself sends twice", sendNeverRepeats},
		{"unreadable answer", "an answer that cannot be read proves nothing: the message may be out", sendGarbled},
		{"broken gateway", "a gateway that fails, or a proxy before it, may have sent the message first", sendBroken},
		{"redirect", "who follows a redirect sends twice", sendRedirected},
		{"stalled", "what is in time on entry can be late when the connection is there: StartBy is checked last of all", sendStalled},
		{"down", "where nobody listens nothing went out, and the person can be tried again", sendDown},
		{"crowd", "many sends at once are as many sends, each with its own id", sendCrowd},
	}
}

// outgoing is a message that may begin within the hour.
func (e *sendEnv) outgoing(n int, text string) campaign.Outgoing {
	return campaign.Outgoing{Route: e.Route, To: phone(n), Text: text, Attempt: newAttemptID(), StartBy: e.Now().Add(time.Hour)}
}

func (e *sendEnv) count(text string, want int, when string) {
	e.Helper()
	e.that(e.Count(text) == want, "the far side was asked %d times %s, want %d", e.Count(text), when, want)
}

func sendAccepted(e *sendEnv) {
	seen := map[string]bool{}
	for n := range 3 {
		text := fmt.Sprintf("accepted %d", n)
		acc, err := e.Sender.Send(e.ctx, e.outgoing(n+1, text))
		e.need(err, "Send to a far side that accepts")
		e.that(acc.ProviderID != "", "an accepted message has no provider id")
		e.that(!seen[acc.ProviderID], "two messages have the provider id %q", acc.ProviderID)
		seen[acc.ProviderID] = true
		e.count(text, 1, "to send an accepted message")
	}
}

func sendText(e *sendEnv) {
	for n, text := range []string{"Olá, João! 🐰\nsegunda linha", `"aspas" \barra {{nome}} <b>&amp;`, "  espaços  "} {
		_, err := e.Sender.Send(e.ctx, e.outgoing(n+1, text))
		e.need(err, fmt.Sprintf("Send of %q", text))
		e.count(text, 1, fmt.Sprintf("to send %q", text))
	}
}

func sendLate(e *sendEnv) {
	for _, by := range []time.Duration{time.Millisecond, time.Second, 24 * time.Hour} {
		m := e.outgoing(1, "late")
		m.StartBy = e.Now().Add(-by)
		_, err := e.Sender.Send(e.ctx, m)
		e.refuse(err, campaign.ErrLate, fmt.Sprintf("Send %v after its StartBy", by))
		e.that(campaign.Judge(err).Verdict == campaign.VerdictLate, "a late send is judged %s", campaign.Judge(err).Verdict)
		e.count("late", 0, "to send a message that was late")
	}
	_, err := e.Sender.Send(e.ctx, e.outgoing(1, "in time"))
	e.need(err, "Send in time, after others were late")
}

func sendCancelled(e *sendEnv) {
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	_, err := e.Sender.Send(ctx, e.outgoing(1, "cancelled"))
	e.that(err != nil, "Send with a cancelled context succeeded")
	v := campaign.Judge(err).Verdict
	e.that(v == campaign.VerdictNotSent || v == campaign.VerdictLate || v == campaign.VerdictUnknown,
		"Send with a cancelled context is judged %s: it is the caller's doing, neither the person's nor the number's", v)
	e.count("cancelled", 0, "to send a message whose context was cancelled")
}

func sendRefused(e *sendEnv) {
	if e.Refuse == nil {
		return // the far side of this case cannot refuse
	}
	e.Refuse()
	acc, err := e.Sender.Send(e.ctx, e.outgoing(1, "refused"))
	e.that(err != nil, "Send to a far side that refuses succeeded")
	r := campaign.Judge(err)
	e.that(r.Verdict == campaign.VerdictRefused, "a definite refusal is judged %s, want refused: %v", r.Verdict, err)
	e.that(!r.Why.IsZero(), "a refusal gives no reason")
	e.that(acc.ProviderID == "", "a refusal bears the provider id %q", acc.ProviderID)
	e.that(e.Count("refused") <= 1, "the far side was asked %d times about one message", e.Count("refused"))
}

func sendLost(e *sendEnv) {
	if e.Lose == nil {
		return // the far side of this case cannot lose an answer
	}
	e.Lose()
	acc, err := e.Sender.Send(e.ctx, e.outgoing(1, "lost"))
	e.that(err != nil, "Send whose answer was lost succeeded, with the provider id %q", acc.ProviderID)
	v := campaign.Judge(err).Verdict
	e.that(v == campaign.VerdictUnknown, "a send whose answer was lost is judged %s, want unknown: %v", v, err)
	e.count("lost", 1, "to send a message whose answer was lost")
}

// unknown checks that nobody claims to know what became of a message.
func (e *sendEnv) unknown(text, far string) {
	e.Helper()
	acc, err := e.Sender.Send(e.ctx, e.outgoing(1, text))
	e.that(err != nil, "Send to a far side that %s succeeded, with the provider id %q", far, acc.ProviderID)
	v := campaign.Judge(err).Verdict
	e.that(v == campaign.VerdictUnknown, "a send to a far side that %s is judged %s, want unknown: %v", far, v, err)
	e.count(text, 1, "to send one message, and "+far)
}

func sendGarbled(e *sendEnv) {
	if e.Garble == nil {
		return // the answers of this case cannot be unreadable
	}
	e.Garble()
	e.unknown("garbled", "answers what cannot be read")
}

func sendBroken(e *sendEnv) {
	if e.Break == nil {
		return // the far side of this case has no status
	}
	for _, status := range []int{500, 502, 503, 504} {
		e.Break(status)
		e.unknown(fmt.Sprintf("broken %d", status), fmt.Sprintf("answers %d", status))
	}
}

func sendRedirected(e *sendEnv) {
	if e.Redirect == nil {
		return // the far side of this case cannot redirect
	}
	e.Redirect()
	acc, err := e.Sender.Send(e.ctx, e.outgoing(1, "redirected"))
	e.that(err != nil, "Send that was redirected succeeded, with the provider id %q", acc.ProviderID)
	e.count("redirected", 1, "to send a message that it redirects")
}

func sendStalled(e *sendEnv) {
	if e.Stall == nil {
		return // the far side of this case is always there
	}
	m := e.outgoing(1, "stalled")
	m.StartBy = e.Now().Add(50 * time.Millisecond)
	e.Stall(m.StartBy.Add(50 * time.Millisecond))
	_, err := e.Sender.Send(e.ctx, m)
	v := campaign.Judge(err).Verdict
	e.that(v == campaign.VerdictLate || v == campaign.VerdictNotSent,
		"a send whose connection came after its StartBy is judged %s, want late: %v", v, err)
	e.count("stalled", 0, "to send a message that had become too late")
}

func sendDown(e *sendEnv) {
	if e.Down == nil {
		return // the far side of this case is always there
	}
	e.Down()
	_, err := e.Sender.Send(e.ctx, e.outgoing(1, "down"))
	v := campaign.Judge(err).Verdict
	e.that(v == campaign.VerdictNotSent || v == campaign.VerdictHold,
		"a send where nobody listens is judged %s, want not_sent: %v", v, err)
	e.count("down", 0, "although nobody listens")
}

func sendNeverRepeats(e *sendEnv) {
	for _, far := range []struct {
		name string
		turn func()
	}{{"that accepts", func() {}}, {"that refuses", e.Refuse}, {"that loses answers", e.Lose}} {
		if far.turn == nil {
			continue
		}
		far.turn()
		text := "once to a far side " + far.name
		ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
		_, err := e.Sender.Send(ctx, e.outgoing(1, text))
		cancel()
		if errors.Is(err, campaign.ErrLate) {
			e.that(false, "a send in time is late")
		}
		e.that(e.Count(text) <= 1, "one Send to a far side %s asked it %d times", far.name, e.Count(text))
	}
}

func sendCrowd(e *sendEnv) {
	const many = 24
	ids := make([]string, many)
	err := together(many, func(n int) error {
		acc, err := e.Sender.Send(e.ctx, e.outgoing(n+1, fmt.Sprintf("crowd %d", n)))
		ids[n] = acc.ProviderID
		return err
	})
	e.need(err, "many sends at once")
	seen := map[string]bool{}
	for n, id := range ids {
		e.that(id != "" && !seen[id], "message %d of many has the provider id %q, which is empty or another's", n, id)
		seen[id] = true
		e.count(fmt.Sprintf("crowd %d", n), 1, "to send one of many")
	}
}
