package line

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// Record records a number that its gateway has already, and registers our
// address there. A webhook that somebody else has set is not displaced unasked:
// without take such a number is a *campaign.ConflictError with
// campaign.CodeWebhookElsewhere, and with it the webhook is kept and put back
// when the number is removed. A gateway that does not answer is asked later, and
// with take refuses. It takes the role admin. The conditions are those of
// campaign.Service.AddInstance.
func (d *Desk) Record(ctx context.Context, s *campaign.Service, in campaign.Instance, take bool, conditions ...func() error) (campaign.Instance, error) {
	if err := s.Caller().May(campaign.Admin); err != nil {
		return in, err
	}
	in.Tenant = s.Caller().Tenant
	asked := false
	switch {
	case d.PublicURL != "":
		err := d.free(ctx, in, take)
		var theirs *elsewhereError
		switch {
		case errors.As(err, &theirs):
			return in, &campaign.ConflictError{Why: theirs.why()}
		case err != nil && take && !is(err, evolution.CodeInstanceUnknown):
			return in, err
		}
		asked = err == nil
	case take:
		return in, &campaign.ConflictError{Why: campaign.Because(campaign.CodeNoPublicURL)}
	}
	made, err := s.AddInstance(ctx, in, conditions...)
	if err != nil {
		return made, err
	}
	d.forget()
	if !asked {
		d.keeper.Look(made.ID)
		return made, nil
	}
	d.keeper.enrol(ctx, s, made, take)
	return made, nil
}

// free asks the gateway whether the webhook of a number that is not recorded may
// become ours.
func (d *Desk) free(ctx context.Context, in campaign.Instance, take bool) error {
	ask, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	have, any, err := d.Client.Subscribed(ask, in.Route())
	if err != nil || !any || have.Off || have.URL == "" {
		return err
	}
	if _, _, ours := d.addresses.readURL(have.URL); ours || take && d.Documents != nil {
		return nil
	}
	return &elsewhereError{shownAddress(have.URL)}
}

// TakeWebhook registers our address at the gateway of a number also where
// somebody else has set another: that one is kept, sealed, and put back when the
// number is removed. It takes the role admin.
func (d *Desk) TakeWebhook(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	if err := s.Caller().May(campaign.Admin); err != nil {
		return err
	}
	n, err := d.operated(ctx, s, id)
	if err != nil {
		return err
	}
	if d.PublicURL == "" {
		return &campaign.ConflictError{Why: campaign.Because(campaign.CodeNoPublicURL)}
	}
	err = d.keeper.enrol(ctx, s, n.Instance, true)
	var theirs *elsewhereError
	if errors.As(err, &theirs) {
		return &campaign.ConflictError{Why: theirs.why()} // there is nowhere to keep it
	}
	return err
}

// enrol registers our address for a person, and notes what it has displaced.
func (k *Keeper) enrol(ctx context.Context, s *campaign.Service, in campaign.Instance, take bool) error {
	ask, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	changed, err := k.subscribe(ask, in, take)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if changed && err == nil && take {
		kept, failed := k.recall(ctx, in.Tenant, in.ID)
		if failed == nil && len(kept.Sealed) > 0 {
			failed = errors.Join(s.NoteReports(ctx, in.ID, campaign.Because(campaign.CodeWebhookTaken, "address", kept.Address)),
				k.remember(ctx, in, func(b *before) error { b.Told = ""; return nil }))
		}
		if failed != nil {
			return failed
		}
	}
	k.came(ctx, in, changed, err, k.Now())
	return err
}

// Reports asks the gateway what it has registered for a number now, and compares
// all of it with our address. What it does not answer is Unasked.
func (d *Desk) Reports(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (Registration, error) {
	n, err := d.operated(ctx, s, id)
	if err != nil {
		return Registration{}, err
	}
	known := d.keeper.Registration(id)
	if d.PublicURL == "" {
		return known, nil
	}
	now := d.Now()
	ask, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	have, any, err := d.Client.Subscribed(ask, n.Instance.Route())
	if err != nil {
		if ctx.Err() != nil {
			return Registration{}, ctx.Err()
		}
		return Registration{State: Unasked, At: now, Why: campaign.Because(codeOf(err))}, nil
	}
	_, _, ours := d.addresses.readURL(have.URL)
	switch {
	case any && (same(have, d.keeper.subscription(id, false)) || same(have, d.keeper.subscription(id, true))):
		if known.State != Verified {
			d.keeper.came(ctx, n.Instance, false, nil, now)
		}
		return d.keeper.Registration(id), nil
	case any && !ours && !have.Off && have.URL != "":
		d.keeper.came(ctx, n.Instance, false, &elsewhereError{shownAddress(have.URL)}, now)
		return d.keeper.Registration(id), nil
	}
	d.keeper.mend(id, now)
	return Registration{State: Nowhere, At: now}, nil
}

// mend makes the keeper register our address at once.
func (k *Keeper) mend(id campaign.InstanceID, now time.Time) {
	k.mind.Lock()
	k.watched(id).registerAt = now
	k.mind.Unlock()
	select {
	case k.hint <- struct{}{}:
	default:
	}
}

// spare keeps a webhook of somebody else's that is about to go with the
// gateway's instance, so that giveBack can set it when that is made anew.
func (d *Desk) spare(ctx context.Context, in campaign.Instance) error {
	ask, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	have, any, err := d.Client.Subscribed(ask, in.Route())
	if err != nil || !any || have.URL == "" {
		return err
	}
	if _, _, ours := d.addresses.readURL(have.URL); ours {
		return nil
	}
	return d.remember(ctx, in, func(b *before) error {
		b.Theirs = true
		return d.keep(b, in.Tenant, in.ID, have)
	})
}

// giveBack sets what spare has kept.
func (d *Desk) giveBack(ctx context.Context, in campaign.Instance) error {
	k, err := d.recall(ctx, in.Tenant, in.ID)
	if err != nil || !k.Theirs {
		return err
	}
	s, there, err := d.kept(k, in.Tenant, in.ID)
	if err != nil || !there {
		return err
	}
	if err := d.Client.Subscribe(ctx, in.Route(), s); err != nil {
		return err
	}
	return d.remember(ctx, in, func(b *before) error {
		b.Sealed, b.Address, b.Theirs = nil, "", false
		return nil
	})
}

// Remove forgets a number, here and at the gateway. It takes the role admin,
// and is refused while the number serves a campaign or has an open send. When
// the gateway fails, the number is gone here and the error says that it is
// still there.
func (d *Desk) Remove(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	in, err := d.part(ctx, s, id)
	if err != nil {
		return err
	}
	if twin(in) {
		return d.depart(ctx, in) // the gateway's is another record's
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	if err := d.Client.Delete(ctx, in.Route()); err != nil && !is(err, evolution.CodeInstanceUnknown) {
		return fmt.Errorf("line: the number is removed here and is still at the gateway: %w", err)
	}
	return d.remember(ctx, in, func(b *before) error { *b = before{}; return nil })
}

// Forget forgets a number here, as campaign.Service.RemoveInstance does, and
// sets the gateway's webhook as it was before: what was there when it was taken,
// and else none. A webhook that somebody else has set meanwhile stays. It takes
// the role admin. When the gateway does not answer, the number is gone here, the
// error is a *LeftError, and with Config.Documents the keeper goes on asking for
// 30 days.
func (d *Desk) Forget(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	in, err := d.part(ctx, s, id)
	if err != nil {
		return err
	}
	return d.depart(ctx, in)
}

// depart sets the webhook of a number that is forgotten as it was before, unless
// another record has its place: that one does so when it goes.
func (d *Desk) depart(ctx context.Context, in campaign.Instance) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	done := false
	if twin(in) {
		heir, there, err := d.heir(ctx, in)
		if err != nil {
			return err
		}
		if done = there; there {
			if err := d.inherit(ctx, in.ID, heir); err != nil {
				return err
			}
		}
	}
	k, err := d.recall(ctx, in.Tenant, in.ID)
	if err != nil {
		return err
	}
	if !done {
		if _, err := d.leave(ctx, in); err != nil {
			return &LeftError{Address: k.Address, Err: err}
		}
	}
	return d.remember(ctx, in, func(b *before) error { *b = before{}; return nil })
}

// LeftError tells that a number is forgotten here and that its gateway still
// reports here.
type LeftError struct {
	// Address is what can be shown of where the gateway reported before; empty
	// if it did not.
	Address string
	Err     error
}

// Error says what is left.
func (e *LeftError) Error() string {
	return fmt.Sprintf("line: the number is removed here and its gateway still reports here: %v", e.Err)
}

// Unwrap returns Err.
func (e *LeftError) Unwrap() error { return e.Err }

// Why says it to people.
func (e *LeftError) Why() campaign.Reason {
	if e.Address == "" {
		return campaign.Because(campaign.CodeWebhookLeft)
	}
	return campaign.Because(campaign.CodeWebhookLeft, "address", e.Address)
}

// part removes a record, after it is noted that its gateway's webhook is to be
// set as it was: a process that ends in between leaves that to the next.
func (d *Desk) part(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (campaign.Instance, error) {
	if err := s.Caller().May(campaign.Admin); err != nil {
		return campaign.Instance{}, err
	}
	n, err := d.number(ctx, s, id)
	if err != nil {
		return campaign.Instance{}, err
	}
	if err := d.remember(ctx, n.Instance, func(b *before) error { b.Leaving = true; return nil }); err != nil {
		return n.Instance, err
	}
	if err := s.RemoveInstance(ctx, id); err != nil {
		return n.Instance, errors.Join(err, d.remember(context.WithoutCancel(ctx), n.Instance, func(b *before) error { b.Leaving = false; return nil }))
	}
	d.forget()
	return n.Instance, nil
}

// heir is the record that has the same place at the same gateway as one that was
// taken over.
func (d *Desk) heir(ctx context.Context, gone campaign.Instance) (campaign.Instance, bool, error) {
	all, err := d.read(ctx, d.Now())
	if err != nil {
		return campaign.Instance{}, false, err
	}
	gone.Phone = ""
	for _, in := range all {
		if twin(in) || in.ID == gone.ID {
			continue
		}
		place := in
		place.Phone = ""
		if same, err := d.Engine.SameNumber(ctx, place, gone); err != nil || same {
			return in, same, err
		}
	}
	return campaign.Instance{}, false, nil
}
