package campaign_test

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

func nth(n int) contact.Phone { return people(n, 1)[0].Phone }

// erasing is a campaign of six, one a minute, whose second person's message was
// lost and whose third person's could not be sent.
func erasing(t *testing.T) (*world, campaign.Campaign) {
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		switch m.To {
		case nth(2):
			return campaign.Accepted{}, errors.New("connection reset")
		case nth(3):
			return campaign.Accepted{}, errDial
		}
		return campaign.Accepted{ProviderID: "id-" + m.Attempt.String(), At: w.clock.Now()}, nil
	}
	c := w.start(6, campaign.Draft{Instances: w.numbers(1, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute}), AtLeastOnce: true})
	w.play("2026-03-02 09:02:30")
	require.Equal(t, campaign.Unknown, w.recipient(c.ID, 2).State)
	return w, c
}

func TestAPersonIsErasedWhenNothingMayGoOut(t *testing.T) {
	w, c := erasing(t)
	before := w.recipient(c.ID, 2)
	_, err := w.s.Erase(ctx, nth(2), "pedido por carta")
	var refused *campaign.ConflictError
	require.ErrorAs(t, err, &refused)
	require.ErrorIs(t, err, campaign.ErrConflict)
	require.Equal(t, campaign.CodeMayGoOut, refused.Why.Code)
	require.Equal(t, c.ID.String(), refused.Why.Args["campaign"])
	until, err := time.Parse(time.RFC3339, refused.Why.Args["until"])
	require.NoError(t, err)
	require.True(t, until.After(w.clock.Now()))
	require.Equal(t, before, w.recipient(c.ID, 2), "what was refused has changed nothing")
	out, err := w.s.OptedOut(ctx, nth(2))
	require.NoError(t, err)
	require.Equal(t, []bool{false}, out)

	_, err = w.s.Pause(ctx, c.ID, "")
	require.NoError(t, err)
	w.clock.Set(until) // nobody has swept the send
	got, err := w.s.Erase(ctx, nth(2), "pedido por carta")
	require.NoError(t, err, "the instant that was named is the one from which it works")
	require.Equal(t, campaign.Erasure{Recipients: 1, Attempts: 1}, got)
	require.Len(t, w.events(c.ID, campaign.EventReleased), 1)
}

// The campaign has a standing order to send again what is unknown: that does not
// hold for who is not there any more.
func TestWhatIsUnknownOfAnErasedPersonStaysSo(t *testing.T) {
	w, c := erasing(t)
	asked := func() (n int) {
		for _, e := range w.events(c.ID, campaign.EventInquired, campaign.EventResend) {
			if e.Position == 2 {
				n++
			}
		}
		return n
	}
	for {
		_, err := w.s.Erase(ctx, nth(2), "")
		if err == nil {
			break
		}
		require.ErrorIs(t, err, campaign.ErrConflict)
		w.clock.Advance(time.Second) // the engine rests, so that no standing order is carried out first
	}
	before := asked()
	w.play("2026-03-05 10:00")
	require.Equal(t, before, asked(), "an inquiry would have named the person to the gateway")
	r := w.recipient(c.ID, 2)
	require.Equal(t, campaign.Unknown, r.State)
	require.EqualValues(t, 1, w.progress(c.ID).Unknown)
	require.Equal(t, campaign.Completed, w.status(c.ID))

	// An operator can still say what is known, and the log keeps no phone.
	require.NoError(t, w.s.Decide(ctx, r.ID, campaign.MarkSent, ""))
	require.Equal(t, campaign.Sent, w.recipient(c.ID, 2).State)
	require.NoError(t, w.store.Tenant(tenant).View(ctx, func(v campaign.Reader) error {
		past, err := v.History(c.ID, 1, 2)
		require.Len(t, past, 1)
		require.Empty(t, past[0].Phone)
		return err
	}))
}

func TestAnErasedPersonGetsNothingAndCountsOn(t *testing.T) {
	w, c := erasing(t)
	sent := w.recipient(c.ID, 1)
	for _, n := range []int{1, 3, 5} {
		_, err := w.s.Erase(ctx, nth(n), "pedido por carta")
		require.NoError(t, err)
	}
	w.play("2026-03-02 10:00")
	sent.Contact = contact.Contact{Phone: campaign.ErasedPhone(sent.ID)}
	require.Equal(t, sent, w.recipient(c.ID, 1), "what was sent stays sent")
	for _, n := range []int64{3, 5} {
		r := w.recipient(c.ID, n)
		require.Equal(t, campaign.Skipped, r.State)
		require.Equal(t, campaign.CodeErased, r.Why.Code)
	}
	require.Len(t, w.sent.ByPhone()[nth(3)], 1, "the one try from before")
	require.Empty(t, w.sent.ByPhone()[nth(5)])
	for p := range w.sent.ByPhone() {
		require.False(t, campaign.Erased(p))
	}
	w.progress(c.ID)

	es := w.events(0, campaign.EventErased)
	require.Len(t, es, 3)
	key := campaign.SuppressionKeys(secret)(tenant, nth(1))
	require.Equal(t, "ana", es[0].Author)
	require.Equal(t, hex.EncodeToString(key[:]), es[0].Why.Args[campaign.OptOutKey])
	require.Equal(t, "pedido por carta", es[0].Why.Args["reason"])
}

// An import brings the person back as a contact, and not as somebody to write
// to, until the person wishes that.
func TestAnErasedPersonWhoIsImportedAgainIsNotWrittenTo(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	_, err := w.s.Contacts().UpsertContacts(ctx, w.clock.Now(), people(1, 1))
	require.NoError(t, err)
	got, err := w.s.Erase(ctx, nth(1), "")
	require.NoError(t, err)
	require.Equal(t, campaign.Erasure{Contact: true}, got)
	_, err = w.s.Contacts().UpsertContacts(ctx, w.clock.Now(), people(1, 1))
	require.NoError(t, err)
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	w.play("2026-03-02 10:00")
	require.Equal(t, campaign.CodeOptedOut, w.recipient(c.ID, 1).Why.Code)
	var no *campaign.ConflictError
	require.ErrorAs(t, w.s.OptIn(ctx, campaign.Because(campaign.CodeByPerson, "reason", "letter"), nth(1)), &no)
	require.Equal(t, campaign.CodeOutByLaw, no.Why.Code)
	out, err := w.s.OptedOut(ctx, nth(1))
	require.NoError(t, err)
	require.Equal(t, []bool{true}, out)
}

func TestWhoMayEraseAndExport(t *testing.T) {
	w, _ := erasing(t)
	as := func(r campaign.Role) *campaign.Service {
		return w.e.As(campaign.Caller{Tenant: tenant, Author: "eva", Role: r})
	}
	for _, r := range []campaign.Role{campaign.Viewer, campaign.Operator} {
		_, err := as(r).Erase(ctx, nth(1), "")
		require.ErrorIs(t, err, campaign.ErrForbidden)
	}
	_, err := as(campaign.Viewer).Dossier(ctx, nth(1))
	require.ErrorIs(t, err, campaign.ErrForbidden)
	d, err := as(campaign.Operator).Dossier(ctx, nth(1))
	require.NoError(t, err)
	require.Len(t, d.Campaigns, 1)
	_, err = as(campaign.Admin).Erase(ctx, nth(1), "")
	require.NoError(t, err)
	for _, p := range []contact.Phone{"", campaign.ErasedPhone(campaign.RecipientID{Campaign: 1, Position: 1})} {
		var bad *campaign.FieldError
		_, err = w.s.Erase(ctx, p, "")
		require.ErrorAs(t, err, &bad)
		_, err = w.s.Dossier(ctx, p)
		require.ErrorAs(t, err, &bad)
	}
}

func TestADossierHoldsWhatIsHeld(t *testing.T) {
	w, c := erasing(t)
	book := w.s.Contacts()
	who := people(1, 1)[0]
	who.Tags, who.Active = []string{"vip"}, true
	who, err := book.CreateContact(ctx, w.clock.Now(), who)
	require.NoError(t, err)
	g, err := book.CreateGroup(ctx, w.clock.Now(), contact.Group{Name: "Clientes"})
	require.NoError(t, err)
	_, err = book.AddMembers(ctx, w.clock.Now(), g.ID, []int64{who.ID})
	require.NoError(t, err)
	require.NoError(t, w.s.OptOut(ctx, campaign.Because(campaign.CodeByPerson), nth(1), nth(4)))
	require.NoError(t, w.s.OptIn(ctx, campaign.Because(campaign.CodeByPerson, "reason", "letter"), nth(1)))

	d, err := w.s.Dossier(ctx, nth(1))
	require.NoError(t, err)
	require.Equal(t, nth(1), d.Phone)
	require.Equal(t, who, *d.Contact)
	require.Equal(t, "Clientes", d.Groups[0].Name)
	require.False(t, d.OptedOut)
	require.Equal(t, []campaign.EventType{campaign.EventOptedOut, campaign.EventOptedIn}, []campaign.EventType{d.Consents[0].Type, d.Consents[1].Type})
	require.Len(t, d.Campaigns, 1)
	part := d.Campaigns[0]
	require.Equal(t, c.ID, part.Campaign.ID)
	require.Equal(t, w.recipient(c.ID, 1), part.Recipient)
	require.Equal(t, "Oi, Ana 1", part.Text)
	require.False(t, part.Exact)
	require.Len(t, part.Attempts, 1)
	require.Equal(t, nth(1), part.Attempts[0].Phone)
	require.Len(t, part.Events, 2, "taken and sent")

	d, err = w.s.Dossier(ctx, nth(2))
	require.NoError(t, err)
	require.Equal(t, "Oi, Ana 2", d.Campaigns[0].Text)
	require.True(t, d.Campaigns[0].Exact, "the text of a lost send is the one that was taken")

	_, err = w.s.Erase(ctx, nth(1), "")
	require.NoError(t, err)
	d, err = w.s.Dossier(ctx, nth(1))
	require.NoError(t, err)
	require.Nil(t, d.Contact)
	require.Empty(t, d.Campaigns)
	require.True(t, d.OptedOut)
	require.Len(t, d.Consents, 3)
	require.Equal(t, campaign.EventErased, d.Consents[2].Type)
}

// What the host keeps besides is told, after what is refused, and again when it
// could not.
func TestAnErasureIsToldToTheHost(t *testing.T) {
	w, _ := erasing(t)
	var told []contact.Phone
	var broken error
	w.opts.Forget = func(_ context.Context, of campaign.Tenant, p contact.Phone) error {
		require.Equal(t, tenant, of)
		told = append(told, p)
		return broken
	}
	w.restart("one")
	_, err := w.s.Erase(ctx, nth(2), "")
	require.ErrorIs(t, err, campaign.ErrConflict)
	require.Empty(t, told)
	broken = errors.New("the disk is full")
	_, err = w.s.Erase(ctx, nth(1), "")
	require.ErrorIs(t, err, broken)
	broken = nil
	_, err = w.s.Erase(ctx, nth(1), "")
	require.NoError(t, err)
	require.Equal(t, []contact.Phone{nth(1), nth(1)}, told)
}
