package campaign_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// answering is a sender that a test answers for.
type answering struct {
	mu   sync.Mutex
	got  []campaign.Outgoing
	when []time.Time
	now  func() time.Time
	err  func(m campaign.Outgoing) error
}

func (s *answering) Send(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.when = append(s.got, m), append(s.when, s.now())
	if err := s.err(m); err != nil {
		return campaign.Accepted{}, err
	}
	return campaign.Accepted{ProviderID: m.Attempt.String()}, nil
}

// sending is a world whose sender answers with err.
func sending(t *testing.T, err func(m campaign.Outgoing) error) (*world, *answering) {
	s := &answering{err: err}
	w := newWorld(t, "2026-03-02 09:00")
	s.now = w.clock.Now
	e, failed := campaign.New(w.store, s, &w.opts)
	require.NoError(t, failed)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host, Author: "ana"})
	return w, s
}

// A sender of templates is told who gets which message, with which values.
func TestASenderIsToldWhatTheTextIsMadeOf(t *testing.T) {
	w, s := sending(t, func(campaign.Outgoing) error { return nil })
	c, err := w.s.Create(t.Context(), campaign.Draft{Name: "x", Instances: w.numbers(1, fast()),
		Messages: []campaign.Message{{Text: "{{primeiro_nome}}: {{pedido|nenhum}}, {{pedido|nada}} {{dia_semana}}"}}})
	require.NoError(t, err)
	ana := contact.Contact{Name: "Ana Souza", Phone: "+5511900000001", Vars: map[string]string{"pedido": "88\n99"}}
	bia := contact.Contact{Name: "Bia", Phone: "+5511900000002"}
	_, err = w.s.Add(t.Context(), c.ID, campaign.Everyone(ana, bia))
	require.NoError(t, err)
	_, err = w.s.Start(t.Context(), c.ID)
	require.NoError(t, err)
	w.play("2026-03-02 10:00")

	require.Len(t, s.got, 2)
	m := s.got[0]
	require.Equal(t, campaign.RecipientID{Campaign: c.ID, Position: 1}, m.Recipient)
	require.Equal(t, c.Messages[0].ID, m.Message)
	require.Equal(t, ana.Name, m.Contact.Name)
	require.Equal(t, ana.Vars, m.Contact.Vars)
	require.Equal(t, map[string]string{"primeiro_nome": "Ana", "pedido": "88\n99", "dia_semana": "Segunda-feira"}, m.Values)
	require.Equal(t, "nenhum", s.got[1].Values["pedido"])
}

// A person who must wait waits, and costs neither a try nor the others' time.
func TestLater(t *testing.T) {
	first := true
	w, s := sending(t, func(m campaign.Outgoing) error {
		if m.Recipient.Position == 1 && first {
			first = false
			return campaign.Later(6*time.Minute, errors.New("131056"))
		}
		return nil
	})
	none := 0
	c := w.start(3, campaign.Draft{Instances: w.numbers(1, fast()), Retries: &none})
	w.play("2026-03-02 09:05:59")
	require.EqualValues(t, 2, w.progress(c.ID).Sent)
	r := w.recipient(c.ID, 1)
	require.Equal(t, campaign.Pending, r.State)
	require.Equal(t, campaign.CodeSendLater, r.Why.Code)
	require.Zero(t, r.Tries)
	w.play("2026-03-02 09:07")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Len(t, s.got, 4)
	require.Equal(t, at(t, "2026-03-02 09:06").UTC(), s.when[3].UTC())
	require.NotEmpty(t, campaign.Because(campaign.CodeSendLater).Text(campaign.Portuguese))
	w.clean()
}

// Where the message is at fault nobody is burnt: the campaign waits for somebody.
func TestStopPausesTheCampaignAndNotTheNumber(t *testing.T) {
	broken := true
	w, s := sending(t, func(m campaign.Outgoing) error {
		if m.Recipient.Campaign == 1 && broken {
			return campaign.Stop(campaign.Because("template_paused", "code", "132015"), errors.New("132015"))
		}
		return nil
	})
	ids := w.numbers(1, fast())
	c := w.start(20, campaign.Draft{Instances: ids})
	w.play("2026-03-02 10:00")
	got, err := w.s.Campaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Paused, got.Status)
	require.Equal(t, campaign.BySystem, got.Cause)
	require.Equal(t, campaign.Because("template_paused", "code", "132015"), got.Why)
	require.LessOrEqual(t, len(s.got), 32, "no more than one batch was asked")
	p := w.progress(c.ID)
	require.EqualValues(t, 20, p.Pending)
	require.Zero(t, p.Failed)

	other, err := w.s.Create(t.Context(), campaign.Draft{Name: "y", Instances: ids, Messages: []campaign.Message{{Text: "oi"}}})
	require.NoError(t, err)
	_, err = w.s.Add(t.Context(), other.ID, campaign.Everyone(people(101, 3)...))
	require.NoError(t, err)
	_, err = w.s.Start(t.Context(), other.ID)
	require.NoError(t, err)
	w.play("2026-03-02 11:00")
	require.Equal(t, campaign.Completed, w.status(other.ID), "the number serves others")

	broken = false
	_, err = w.s.Resume(t.Context(), c.ID)
	require.NoError(t, err)
	w.play("2026-03-02 12:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.EqualValues(t, 20, w.progress(c.ID).Sent)
	w.clean()
}

// What is refused at the door says why, and which item it was.
func TestIntakeSaysWhyPeopleAreRefused(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c, err := w.s.Create(t.Context(), campaign.Draft{Name: "x", Instances: w.numbers(1, fast()), Messages: []campaign.Message{{Text: "oi"}}})
	require.NoError(t, err)
	in, err := w.s.Add(t.Context(), c.ID, func(yield func(contact.Contact, error) bool) {
		_ = yield(contact.Contact{Phone: "+5511900000001"}, nil) &&
			yield(contact.Contact{Phone: "11 90000-0002"}, nil) &&
			yield(contact.Contact{Phone: "90000-0003"}, nil) &&
			yield(contact.Contact{}, nil) &&
			yield(contact.Contact{}, context.DeadlineExceeded) &&
			yield(contact.Contact{Phone: "+5511900000001"}, nil)
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, in.Added)
	require.EqualValues(t, 1, in.Duplicates)
	require.EqualValues(t, 4, in.Refused)
	var items []int64
	var why []contact.Reason
	for _, f := range in.Faults {
		items = append(items, f.Item)
		var p *contact.PhoneError
		if errors.As(f.Err, &p) {
			why = append(why, p.Reason)
		}
	}
	require.Equal(t, []int64{2, 3, 4, 5}, items)
	require.Equal(t, []contact.Reason{contact.ReasonNotPhone, contact.ReasonAreaMissing, contact.ReasonEmpty}, why)
	require.ErrorIs(t, in.Faults[3].Err, context.DeadlineExceeded)

	in, err = w.s.Add(t.Context(), c.ID, campaign.Everyone(make([]contact.Contact, campaign.MaxFaults+5)...))
	require.NoError(t, err)
	require.EqualValues(t, campaign.MaxFaults+5, in.Refused)
	require.Len(t, in.Faults, campaign.MaxFaults, "what a caller keeps is bounded")
}

// Reports name the gateway's number and no tenant.
func TestFindInstance(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00", placed)
	ctx := t.Context()
	mine, err := w.s.AddInstance(ctx, campaign.Instance{Gateway: "meta", Remote: "1055"})
	require.NoError(t, err)
	got, err := w.e.FindInstance(ctx, "meta", "1055")
	require.NoError(t, err)
	require.Equal(t, mine.ID, got.ID)
	require.Equal(t, tenant, got.Tenant)
	for _, k := range [][2]string{{"meta", "1056"}, {"", "1055"}} {
		_, err = w.e.FindInstance(ctx, k[0], k[1])
		require.ErrorIs(t, err, campaign.ErrNotFound)
	}
	theirs, err := w.e.As(campaign.Caller{Tenant: "otica", Role: campaign.Host}).TakeOver().AddInstance(ctx, campaign.Instance{Gateway: "meta", Remote: "1055"})
	require.NoError(t, err)
	got, err = w.e.FindInstance(ctx, "meta", "1055")
	require.NoError(t, err)
	require.Equal(t, theirs.ID, got.ID, "who has been suspended has the number no more")

	apart := newWorld(t, "2026-03-02 09:00")
	for _, tn := range []campaign.Tenant{"a", "b"} {
		_, err = apart.e.As(campaign.Caller{Tenant: tn, Role: campaign.Host}).AddInstance(ctx, campaign.Instance{Remote: "vendas"})
		require.NoError(t, err)
	}
	_, err = apart.e.FindInstance(ctx, "", "vendas")
	require.ErrorIs(t, err, campaign.ErrConflict, "nobody guesses whose it is")
}
