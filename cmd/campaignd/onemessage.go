package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

// oneMessage is a campaign of one person.
type oneMessage struct {
	*house
	world  *world
	to     contact.Contact
	text   string
	wait   time.Duration
	number campaign.Number // without an ID if the store does not have it yet
	loc    *time.Location  // of the campaign
}

// find looks the number up in the store by the gateway's name.
func (m *oneMessage) find(ctx context.Context, name string) error {
	known, err := m.service.Numbers(ctx)
	if err != nil {
		return err
	}
	m.number = campaign.Number{Instance: campaign.Instance{Remote: name, Name: name, Connection: campaign.ConnectionOpen}}
	for _, n := range known {
		if n.Instance.Remote == name && n.Instance.Gateway == "" {
			m.number = n
		}
	}
	if m.number.Serves != 0 {
		return locale.Errorf("o número %s está enviando a campanha %s: pause-a antes, ou escolha outro com --instance", "the number %s is sending campaign %s: pause that one first, or choose another with --instance", name, m.number.Serves)
	}
	return nil
}

func (m *oneMessage) draft(id campaign.InstanceID) campaign.Draft {
	never := 0
	return campaign.Draft{Name: "Test send", Messages: []campaign.Message{{Text: m.text}},
		Instances: []campaign.InstanceID{id}, Retries: &never}
}

// rehearse starts the campaign in memory, with the number as it stands, and
// shows what would happen. Nothing is written and nobody is asked.
func (m *oneMessage) rehearse(ctx context.Context) error {
	store := memory.New()
	in := m.number.Instance
	in.ID, in.Rev, in.Tenant, in.Connection = 0, 1, "", campaign.ConnectionOpen
	err := store.Tenant("").Update(ctx, func(w campaign.Writer) error {
		if err := w.SaveInstance(&in); err != nil {
			return err
		}
		return w.AmendMeter(in.ID, func(x *campaign.Meter) { *x = m.number.Meter })
	})
	if err != nil {
		return err
	}
	e, err := campaign.New(store, evolution.New(evolution.Server{}), &campaign.Options{Now: time.Now})
	if err != nil {
		return err
	}
	s := e.As(campaign.Caller{Role: campaign.Host})
	id, err := m.begin(ctx, s, in.ID)
	if err != nil {
		return err
	}
	why, err := s.Explain(ctx, id)
	if err != nil {
		return err
	}
	out, err := m.service.OptedOut(ctx, m.to.Phone)
	if err != nil {
		return err
	}
	if m.loc, err = (schedule.Spec{}).Location(); err != nil {
		return err
	}
	t, problems := campaign.Compile(m.text)
	if len(problems) > 0 {
		return problems[0]
	}
	text, err := t.Render(nil, campaign.BuiltinVariables, m.to, why.At.In(m.loc))
	if err != nil {
		return err
	}
	fmt.Fprintf(m.world.stdout, m.world.say("para    %s\nde      %s\ntexto   %s\n", "to      %s\nfrom    %s\ntext    %s\n"), m.to.Phone, m.number.Instance.Name, text)
	if out[0] {
		fmt.Fprintln(m.world.stdout, m.world.say("espera  esta pessoa pediu para não receber mais mensagens", "gates   shut: this person has asked to get no more messages"))
		return nil
	}
	for _, n := range why.Numbers {
		for _, g := range n.Shut {
			fmt.Fprintf(m.world.stdout, m.world.say("espera  %s\n", "gates   shut: %s\n"), g.Why.TextIn(m.world.locale().Language, m.loc))
		}
		if len(n.Shut) == 0 {
			fmt.Fprintln(m.world.stdout, m.world.say("espera  nada: sairia agora", "gates   all open: it would go out at once"))
		}
	}
	return nil
}

// begin creates the campaign and starts it.
func (m *oneMessage) begin(ctx context.Context, s *campaign.Service, from campaign.InstanceID) (campaign.ID, error) {
	c, err := s.Create(ctx, m.draft(from))
	if err == nil {
		_, err = s.Add(ctx, c.ID, campaign.Everyone(m.to))
	}
	if err == nil {
		_, err = s.Start(ctx, c.ID)
	}
	var o *campaign.Obstacles
	if errors.As(err, &o) && len(o.All) == 1 {
		return 0, errors.New(o.All[0].Why.Text(m.world.locale().Language))
	}
	return c.ID, err
}

// send runs the campaign until the message's fate is known, and tells it.
func (m *oneMessage) send(ctx context.Context) error {
	from := m.number.Instance.ID
	if from == 0 {
		in, err := m.service.AddInstance(ctx, m.number.Instance)
		if err != nil {
			return err
		}
		from = in.ID
	} else if err := m.service.Heard(ctx, from, campaign.ConnectionOpen); err != nil {
		return err
	}
	id, err := m.begin(ctx, m.service, from)
	if err != nil {
		return err
	}
	began := time.Now()
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go m.house.run(running)
	go func() { ended <- m.engine.Run(running) }()
	r, err := m.follow(ctx, id)
	stop()
	if failed := <-ended; failed != nil && err == nil && !errors.Is(failed, context.Canceled) {
		err = failed
	}
	if err != nil {
		return err
	}
	return m.tell(r, time.Since(began))
}

// follow waits for the end of the one recipient. When there is none within the
// time, or the number turns out to be at fault, the campaign is cancelled, so
// that the message does not go out later, when nobody looks.
func (m *oneMessage) follow(ctx context.Context, id campaign.ID) (campaign.Recipient, error) {
	limit := time.NewTimer(m.wait)
	defer limit.Stop()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	always := context.WithoutCancel(ctx)
	who := campaign.RecipientID{Campaign: id, Position: 1}
	told := false
	for {
		r, err := m.service.Recipient(always, who)
		if err != nil {
			return r, err
		}
		switch r.State {
		case campaign.Sending:
		case campaign.Pending:
			if r.Tries == 0 && r.Why.IsZero() {
				told = m.waiting(always, id, told)
			} else if r.Why.Code != campaign.CodePhoneBusy {
				return m.giveUp(always, r)
			}
		case campaign.Unknown:
			asked, err := m.service.Events(always, campaign.EventQuery{Campaign: id, Types: []campaign.EventType{campaign.EventInquired}, Limit: 1})
			if err != nil || len(asked) > 0 {
				return r, err
			}
		default:
			return r, nil
		}
		select {
		case <-ctx.Done():
			return m.giveUp(always, r)
		case <-limit.C:
			return m.giveUp(always, r)
		case <-poll.C:
		}
	}
}

// waiting says once what the number waits for.
func (m *oneMessage) waiting(ctx context.Context, id campaign.ID, told bool) bool {
	p, err := m.service.Progress(ctx, id)
	if told || err != nil || time.Until(p.NextAt) < time.Second {
		return told
	}
	fmt.Fprintf(m.world.stdout, m.world.say("espera  %.0f s: %s\n", "wait    %.0f s: %s\n"), time.Until(p.NextAt).Seconds(), p.Why.TextIn(m.world.locale().Language, m.loc))
	return true
}

func (m *oneMessage) giveUp(ctx context.Context, r campaign.Recipient) (campaign.Recipient, error) {
	if _, err := m.service.Cancel(ctx, r.ID.Campaign, "test send given up"); err != nil && !errors.Is(err, campaign.ErrConflict) {
		return r, err
	}
	now, err := m.service.Recipient(ctx, r.ID)
	if now.Why.IsZero() {
		now.Why = r.Why
	}
	return now, err
}

// tell prints the outcome. Only a message that the gateway has taken over is
// no error.
func (m *oneMessage) tell(r campaign.Recipient, took time.Duration) error {
	switch r.State {
	case campaign.Sent, campaign.Delivered, campaign.Read:
		fmt.Fprintf(m.world.stdout, m.world.say("enviada em %s s, id no gateway %s\n", "sent    in %s s, provider id %s\n"), m.world.locale().Number(took.Seconds(), 2), r.ProviderID)
		return nil
	case campaign.Unknown, campaign.Sending:
		return locale.Errorf("incerta depois de %.1f s: %s", "unknown after %.1f s: %s", took.Seconds(), campaign.Because(campaign.CodeUnknownOutcome).Text(m.world.locale().Language))
	}
	why := r.Why.Text(m.world.locale().Language)
	if r.Why.IsZero() {
		why = fmt.Sprintf(m.world.say("a vez do número não chegou em %s", "the number's turn did not come within %s"), m.wait)
	}
	return locale.Errorf("não enviada: %s", "not sent: %s", why)
}
