package line

import (
	"context"
	"errors"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// errEarly: whom a message went to that somebody quotes will be known as soon as
// a send that is under way has settled. The gateway reports again.
var errEarly = errors.New("line: the send that is answered is under way")

// author is who wrote a message: by the phone that the report tells, by what is
// known of the anonymous address, or by the message of ours that it quotes, which
// nobody but its addressee has got. Empty if nothing tells.
func (r *Receiver) author(ctx context.Context, in campaign.Instance, m evolution.MessageIn) (contact.Phone, error) {
	if m.Phone != "" || m.LID == "" {
		return m.Phone, nil
	}
	known, err := r.LIDs.Phone(ctx, in.Tenant, m.LID)
	if err != nil || known != "" {
		return known.Canonical(), err // it may have been kept by an earlier version
	}
	at := m.At
	if now := r.Now(); at.IsZero() || at.After(now) {
		at = now
	}
	early := false
	for _, sender := range append([]campaign.Instance{in}, r.twins(in.ID)...) {
		if sender.Tenant != in.Tenant {
			continue // what another tenant knows of its people is not told here
		}
		p, pending, err := r.Engine.Addressee(ctx, sender, m.Answers, at)
		if err != nil {
			return "", err
		}
		if p != "" {
			return p.Canonical(), r.learn(ctx, in.Tenant, m.LID, p.Canonical())
		}
		early = early || pending
	}
	if early {
		return "", errEarly
	}
	r.Logger.Warn("somebody wrote from an anonymous address whose phone is not known", "instance", int64(in.ID))
	return "", nil
}

// learnFrom learns whose an anonymous address is from a report about a message of
// ours: it is the address of whom that went to.
func (r *Receiver) learnFrom(ctx context.Context, in campaign.Instance, lid, id string) error {
	if lid == "" {
		return nil
	}
	if known, err := r.LIDs.Phone(ctx, in.Tenant, lid); err != nil || known != "" {
		return err
	}
	p, _, err := r.Engine.Addressee(ctx, in, id, r.Now())
	if err != nil {
		return err
	}
	return r.learn(ctx, in.Tenant, lid, p.Canonical())
}

// heardID is a message that somebody wrote to a number.
type heardID struct {
	instance campaign.InstanceID
	id       string
}

// recall keeps who wrote a message, for the report that it was edited, which does
// not say it. The gateway is asked for those that are forgotten.
func (r *Receiver) recall(in campaign.Instance, m evolution.MessageIn, from contact.Phone) {
	r.wishing.Lock()
	defer r.wishing.Unlock()
	if len(r.lately) >= maxWishes {
		clear(r.lately)
	}
	r.lately[heardID{in.ID, m.ID}] = evolution.MessageIn{ID: m.ID, Phone: from, LID: m.LID, FromMe: m.FromMe, Answers: m.Answers}
}

// edited takes the new text of a message that a person wrote: a wish to leave
// counts as one that was written so at first. All else that was edited says
// nothing new: an answer is counted once.
func (r *Receiver) edited(ctx context.Context, in campaign.Instance, d evolution.MessageEdited) error {
	words, err := r.Keywords(ctx, in.Tenant)
	if err != nil {
		return err
	}
	if wish, _ := words.Read(d.Text); wish == contact.NoWish && len(r.twins(in.ID)) == 0 {
		return nil
	}
	r.wishing.Lock()
	m, ok := r.lately[heardID{in.ID, d.ID}]
	r.wishing.Unlock()
	if !ok {
		if m, ok, err = r.Client.Written(ctx, in.Route(), d.ID); err != nil {
			return err
		}
	}
	if !ok {
		r.Logger.Warn("a message was edited to a wish for no more messages, and nobody knows who wrote it", "instance", int64(in.ID))
		return nil
	}
	if m.FromMe {
		return nil
	}
	m.Text, m.At = d.Text, d.At
	from, err := r.author(ctx, in, m)
	if err != nil {
		return err
	}
	if err := r.leftTwins(ctx, in, from, m); err != nil || from == "" {
		return err
	}
	left, err := r.wish(ctx, in, from, m)
	if err != nil || !left {
		return err
	}
	return r.answered(ctx, in, from, m, true)
}
