package campaign_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// Everybody waits: the page must not say that the next send is now.
func TestExplainKnowsThatEverybodyWaits(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*world)
		why  campaign.Code
	}{
		{"another system holds the lock", func(w *world) { w.opts.Locker = failingLocker{campaign.ErrTaken} }, campaign.CodePhoneBusy},
		{"the lock service is down", func(w *world) { w.opts.Locker = failingLocker{errors.New("redis is away")} }, campaign.CodeLockDown},
		{"not sent, and tried again later", func(w *world) {
			w.sent.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
				return campaign.Accepted{}, campaign.NotSent(errors.New("refused before a byte left"))
			}
		}, campaign.CodeNotSent},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00", c.with)
			camp := w.start(3, campaign.Draft{Instances: w.numbers(2, fast())})
			var next time.Time
			for range 20 {
				var err error
				next, err = w.e.Step(ctx)
				require.NoError(t, err)
				if next.After(w.clock.Now()) {
					break
				}
			}
			due := w.recipient(camp.ID, 1).Due
			for n := range int64(3) {
				if d := w.recipient(camp.ID, n+1).Due; d.Before(due) {
					due = d
				}
			}
			require.True(t, due.After(w.clock.Now()))

			x, err := w.s.Explain(ctx, camp.ID)
			require.NoError(t, err)
			want := campaign.Because(campaign.CodeNobodyDue, "until", due.UTC().Format(time.RFC3339), "why", string(c.why))
			for _, n := range x.Numbers {
				require.Equal(t, []campaign.Shut{{Why: want, Until: due}}, n.Shut)
				require.Equal(t, due, n.OpensAt)
			}
			p := w.progress(camp.ID)
			require.Equal(t, due, p.NextAt)
			require.Equal(t, want, p.Why)

			w.clock.Set(due)
			x, err = w.s.Explain(ctx, camp.ID)
			require.NoError(t, err)
			require.Empty(t, x.Numbers[0].Shut, "somebody is due")
		})
	}
}

// why asks for one person, and returns the codes of the gates that are shut.
func (w *world) why(id campaign.ID, pos int64) (campaign.RecipientWhy, []campaign.Code) {
	w.t.Helper()
	x, err := w.s.ExplainRecipient(ctx, campaign.RecipientID{Campaign: id, Position: pos})
	require.NoError(w.t, err)
	var codes []campaign.Code
	for _, s := range x.Shut {
		codes = append(codes, s.Why.Code)
	}
	return x, codes
}

func TestExplainRecipient(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	hour := campaign.Pace{MinGap: time.Hour, MaxGap: time.Hour}
	in := w.number("n", hour)
	all := people(1, 8)
	c, err := w.s.Create(ctx, campaign.Draft{Name: "x", Instances: []campaign.InstanceID{in}, Messages: []campaign.Message{{Text: "Oi, {{nome}}, de {{cidade}}"}}})
	require.NoError(t, err)
	for i := range all {
		all[i].Vars = map[string]string{"cidade": "Recife"}
	}
	_, err = w.s.Add(ctx, c.ID, campaign.Everyone(all...))
	require.NoError(t, err)

	x, codes := w.why(c.ID, 1)
	require.Empty(t, codes, "nothing about the person is in the way")
	require.Equal(t, campaign.CodeNotActive, x.Numbers[0].Shut[0].Why.Code)
	require.True(t, x.OpensAt.IsZero(), "a draft has no instant")
	require.Equal(t, campaign.CodeNoDaemon, x.Stalled.Code)

	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	_, err = w.s.Add(ctx, c.ID, campaign.Everyone(people(9, 1)...)) // without a city
	require.NoError(t, err)
	require.NoError(t, w.s.OptOut(ctx, campaign.Because(campaign.CodeByPerson), all[1].Phone, all[3].Phone))
	_, err = w.s.Erase(ctx, all[2].Phone, "")
	require.NoError(t, err)
	_, err = w.e.Step(ctx)
	require.NoError(t, err)

	x, codes = w.why(c.ID, 1)
	require.Equal(t, []campaign.Code{campaign.CodeAlreadySent}, codes)
	require.True(t, x.Shut[0].Never)
	_, codes = w.why(c.ID, 2)
	require.Equal(t, []campaign.Code{campaign.CodeOptedOut}, codes)
	_, codes = w.why(c.ID, 3)
	require.Equal(t, []campaign.Code{campaign.CodeErased}, codes)
	x, codes = w.why(c.ID, 9)
	require.Equal(t, []campaign.Code{campaign.CodeVariableMissing}, codes)
	require.True(t, x.OpensAt.IsZero())
	x, codes = w.why(c.ID, 5)
	require.Empty(t, codes)
	require.EqualValues(t, 3, x.Ahead)
	require.Equal(t, campaign.CodeGap, x.Numbers[0].Shut[0].Why.Code)
	require.Equal(t, x.At.Add(time.Hour), x.OpensAt)

	// Another tenant is sending to the next one: this tenant learns "busy", and
	// when it ends at the latest.
	w.sent.Answer = func(campaign.Outgoing) (campaign.Accepted, error) { return campaign.Accepted{}, errors.New("lost") }
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	other := w.e.As(campaign.Caller{Tenant: "outra", Role: campaign.Host})
	n2, err := other.AddInstance(ctx, campaign.Instance{Remote: "o", Pace: fast()})
	require.NoError(t, err)
	oc, err := other.Create(ctx, campaign.Draft{Name: "y", Instances: []campaign.InstanceID{n2.ID}, Messages: []campaign.Message{{Text: "Oi"}}, AtLeastOnce: true})
	require.NoError(t, err)
	_, err = other.Add(ctx, oc.ID, campaign.Everyone(all[4]))
	require.NoError(t, err)
	_, err = other.Start(ctx, oc.ID)
	require.NoError(t, err)
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	x, codes = w.why(c.ID, 5)
	require.Equal(t, []campaign.Code{campaign.CodePhoneBusy}, codes)
	require.True(t, x.Shut[0].Until.After(x.At.Add(5*time.Minute)), "the end of the other's quarantine")

	lost, err := other.ExplainRecipient(ctx, campaign.RecipientID{Campaign: oc.ID, Position: 1})
	require.NoError(t, err)
	require.Len(t, lost.Shut, 1)
	require.False(t, lost.Shut[0].Never, "the standing order sends once more")
	require.False(t, lost.Shut[0].Until.IsZero())
	_, err = other.ExplainRecipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: 1})
	require.ErrorIs(t, err, campaign.ErrNotFound)

	// Who was put off waits for another try, and is told why.
	w.sent.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
		return campaign.Accepted{}, campaign.NotSent(errors.New("away"))
	}
	w.clock.Set(at(t, "2026-03-02 10:00"))
	for {
		next, err := w.e.Step(ctx)
		require.NoError(t, err)
		if !w.recipient(c.ID, 5).Due.IsZero() {
			break
		}
		w.clock.Set(next)
		require.True(t, next.Before(at(t, "2026-03-02 11:00")))
	}
	x, codes = w.why(c.ID, 5)
	require.Equal(t, []campaign.Code{campaign.CodePostponed}, codes)
	require.Equal(t, string(campaign.CodeNotSent), x.Shut[0].Why.Args["why"])
	require.Equal(t, w.recipient(c.ID, 5).Due, x.Shut[0].Until)
	require.Zero(t, x.Ahead)
	require.False(t, x.OpensAt.Before(x.Shut[0].Until))

	_, err = w.s.Cancel(ctx, c.ID, "")
	require.NoError(t, err)
	x, codes = w.why(c.ID, 6)
	require.Equal(t, []campaign.Code{campaign.CodeNotActive}, codes)
	require.True(t, x.Shut[0].Never)
}

// While a send is under way nothing else is told of its person.
func TestExplainRecipientWhileItIsSent(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	asked := false
	w.sent.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
		_, codes := w.why(c.ID, 1)
		require.Equal(t, []campaign.Code{campaign.CodeUnderWay}, codes)
		asked = true
		return campaign.Accepted{ProviderID: "x"}, nil
	}
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	require.True(t, asked)
}

func TestExplainTellsThatThereIsNoNumber(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.draft(1, campaign.Draft{})
	x, err := w.s.Explain(ctx, c.ID)
	require.NoError(t, err)
	require.Empty(t, x.Numbers)
	require.Equal(t, campaign.CodeNoInstance, x.Stalled.Code)
}

func TestFindRecipient(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	one, two := w.draft(3, campaign.Draft{}), w.draft(2, campaign.Draft{})
	p := people(1, 3)
	id, err := w.s.FindRecipient(ctx, two.ID, p[1].Phone)
	require.NoError(t, err)
	require.Equal(t, campaign.RecipientID{Campaign: two.ID, Position: 2}, id)
	_, err = w.s.FindRecipient(ctx, two.ID, p[2].Phone)
	require.ErrorIs(t, err, campaign.ErrNotFound, "who is in another campaign only")
	_, err = w.s.FindRecipient(ctx, one.ID, contact.Phone("+5511900009999"))
	require.ErrorIs(t, err, campaign.ErrNotFound)
	_, err = w.e.As(campaign.Caller{Tenant: "outra", Role: campaign.Host}).FindRecipient(ctx, one.ID, p[0].Phone)
	require.ErrorIs(t, err, campaign.ErrNotFound)
}

// The explanation and the take cannot contradict each other: at every step of
// a day with faults, whoever is said to have no gate shut, at a number that is
// open and with nobody ahead, is the one whom the step sends to; and nobody
// gets a message who was said to be shut out.
func TestTheTakeAgreesWithTheExplanation(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	n := 0
	w.sent.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
		switch n++; n % 4 {
		case 1:
			return campaign.Accepted{}, campaign.NotSent(errors.New("away"))
		case 2:
			return campaign.Accepted{}, errors.New("lost")
		}
		return campaign.Accepted{ProviderID: "p" + time.Duration(n).String()}, nil
	}
	const size = 8
	c := w.start(size, campaign.Draft{Instances: w.numbers(1, campaign.Pace{MinGap: time.Second, MaxGap: time.Second})})
	require.NoError(t, w.s.OptOut(ctx, campaign.Because(campaign.CodeByPerson), people(4, 1)[0].Phone))
	_, err := w.e.Step(ctx) // a first heartbeat
	require.NoError(t, err)
	told := 0
	for range 200 {
		shut := map[contact.Phone][]campaign.Code{}
		var first contact.Phone
		for pos := range int64(size) {
			x, codes := w.why(c.ID, pos+1)
			shut[x.Recipient.Contact.Phone] = codes
			open := len(codes) == 0 && len(x.Numbers[0].Shut) == 0
			require.Equal(t, open, x.OpensAt.Equal(x.At), "position %d: %v %v", pos+1, codes, x.Numbers)
			if open && x.Ahead == 0 && first == "" {
				first = x.Recipient.Contact.Phone
			}
		}
		before := w.sent.Count()
		next, err := w.e.Step(ctx)
		require.NoError(t, err)
		for i, s := range w.sent.All()[before:] {
			require.Empty(t, shut[s.To], "it was said to be shut out")
			told++
			if i == 0 && first != "" {
				require.Equal(t, first, s.To)
			}
		}
		if first != "" {
			require.Greater(t, w.sent.Count(), before, "said to go out now")
		}
		if next.IsZero() || w.status(c.ID) == campaign.Completed {
			break
		}
		if next.After(w.clock.Now()) {
			w.clock.Set(next)
		}
	}
	require.Greater(t, told, size-2)
	require.Equal(t, campaign.Completed, w.status(c.ID))
}
