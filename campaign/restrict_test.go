package campaign

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// reported is a ledger with messages of number 3 that were accepted, and hears
// of them one after the other.
type reported struct {
	r *Rows
	b *judgeBook
	n int
	// cold tells that the people do not know the number.
	cold bool
}

func newReported(t Timing) *reported {
	r, _ := ledgerOf(Flying, Active)
	r.Ended, r.People = map[AttemptID]Closed{}, map[RecipientID]*Recipient{}
	return &reported{r: r, b: &judgeBook{timing: t.full()}}
}

func (w *reported) meter() *Meter { return &w.r.Numbers[3].Meter }

// hear tells what became of a message that was taken at an instant.
func (w *reported) hear(taken time.Time, n Notice) *Recipient {
	w.n++
	id, rc, key := AttemptID{byte(w.n), 9}, RecipientID{1, int64(20 + w.n)}, fmt.Sprint("p", w.n)
	p := &Recipient{ID: rc, State: Sent, ProviderID: key}
	w.r.Ended[id] = Closed{Attempt: id, Tenant: "t", Recipient: rc, Instance: 3, Phone: contact.Phone(fmt.Sprintf("+55119%08d", w.n)), ProviderID: key, Outcome: OutcomeAccepted, TakenAt: taken}
	w.r.People[rc] = p
	if !w.cold {
		if w.r.Warm == nil {
			w.r.Warm = make(map[Warm]time.Time)
		}
		w.r.Warm[w.r.Ended[id].warm()] = taken.Add(-time.Hour)
	}
	w.r.Jobs[1].Tally.Sent++
	n.Seq, n.Tenant, n.Instance, n.ProviderID = int64(w.n), "t", 3, key
	w.r.Notices = []Notice{n}
	w.b.absorb(w.r)
	return p
}

func (w *reported) fails(taken time.Time) { w.hear(taken, Notice{Kind: NoticeError}) }

func TestABurstOfLateErrorsHoldsTheNumber(t *testing.T) {
	w := newReported(Timing{})
	m := w.meter()
	for i := range 5 {
		require.True(t, m.Held.IsZero(), "after %d errors", i)
		w.fails(w.r.Now.Add(-time.Minute))
	}
	require.Equal(t, CodeRestricted, m.Held.Code)
	begun := w.r.Now
	require.Equal(t, begun.Add(30*time.Minute), m.HeldUntil)

	w.fails(begun.Add(-time.Second))
	require.Equal(t, begun.Add(30*time.Minute), m.HeldUntil, "what was under way tells nothing new")
	w.hear(begun.Add(-time.Second), Notice{Kind: NoticeDelivered})
	require.Equal(t, CodeRestricted, m.Held.Code, "neither does what arrives of it")

	for _, d := range []time.Duration{2 * time.Hour, 8 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		w.r.Now = m.HeldUntil.Add(time.Second)
		taken := w.r.Now.Add(-time.Millisecond)
		w.hear(taken, Notice{Kind: NoticeServer})
		require.Equal(t, CodeRestricted, m.Held.Code, "that WhatsApp has it is no delivery")
		w.fails(taken)
		require.Equal(t, w.r.Now.Add(d), m.HeldUntil, "a probe that fails")
	}
	w.r.Now = m.HeldUntil.Add(time.Second)
	w.hear(w.r.Now.Add(-time.Millisecond), Notice{Kind: NoticeDelivered})
	require.True(t, m.Held.IsZero(), "a probe that arrives opens")
	require.Zero(t, m.Errors)
}

// A gateway that reports failures late as a rule says whose they are, or the
// rule is off.
func TestLateErrorsThatSayNothingAboutTheNumber(t *testing.T) {
	for _, c := range []struct {
		name  string
		of    Timing
		blame Blame
		held  bool
	}{
		{"of the number, or of whom nobody knows", Timing{}, BlameUnknown, true},
		{"of the number", Timing{}, BlameNumber, true},
		{"of the recipients", Timing{}, BlameRecipient, false},
		{"more are allowed", Timing{RestrictAfter: 9}, BlameUnknown, false},
		{"never", Timing{RestrictAfter: -1}, BlameNumber, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newReported(c.of)
			for range 8 {
				p := w.hear(w.r.Now.Add(-time.Minute), Notice{Kind: NoticeError, Blame: c.blame, Why: Because("cloud_131026", "try", "1")})
				want, why := CodeProviderError, p.Why
				if c.of.RestrictAfter >= 0 && c.blame != BlameRecipient {
					want, why = CodeAfterRestriction, w.r.Waits[p.ID].Why
				}
				require.Equal(t, want, why.Code)
				require.Equal(t, "cloud_131026", why.Args["why"])
				require.Equal(t, "1", why.Args["try"])
			}
			require.Equal(t, c.held, w.meter().held(CodeRestricted))
		})
	}
	w := newReported(Timing{RestrictAfter: 2, RestrictFor: time.Hour})
	w.fails(w.r.Now.Add(-time.Minute))
	w.fails(w.r.Now.Add(-time.Minute))
	require.Equal(t, w.r.Now.Add(time.Hour), w.meter().HeldUntil)
}

// A number that was restricted is tried by one message, and the next one waits
// for what becomes of it.
func TestARestrictedNumberIsTriedByOneMessage(t *testing.T) {
	m := Meter{Held: Because(CodeRestricted, "since", noon.Format(time.RFC3339Nano)), HeldUntil: noon}
	p := prospect{meter: m}
	_, shut := holdGate(&p, noon)
	require.False(t, shut)
	p.meter.probed(noon)
	s, shut := holdGate(&p, noon)
	require.True(t, shut)
	require.Equal(t, noon.Add(probeFor), s.Until)
	p.meter.giveBack(&Attempt{TakenAt: noon})
	_, shut = holdGate(&p, noon)
	require.False(t, shut, "it did not go out")

	r, _ := ledgerOf(Flying, Active)
	r.Numbers[3].Meter = m
	b := testBook()
	b.hold(r, r.Numbers[3], r.Jobs[1], Because(CodeDisconnected))
	require.Equal(t, CodeRestricted, r.Numbers[3].Meter.Held.Code, "another fault does not end it")
}
