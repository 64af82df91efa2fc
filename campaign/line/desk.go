package line

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// Desk is what people do with numbers. Every method acts for the caller of the
// service that it is given: the number must be the tenant's, else
// campaign.ErrNotFound, and the role must allow it, else campaign.ErrForbidden.
// What the gateway says is an *evolution.Error, which holds no key and can be
// shown.
type Desk struct {
	*board
	keeper *Keeper
}

// pairing bounds how long a pairing waits for a code, and how long it rests
// between two questions.
const (
	pairFor  = 15 * time.Second
	pairRest = time.Second
	// remakeAfter is how long a gateway goes on deleting after it has said that
	// it has.
	remakeAfter  = 2 * time.Second
	connectTries = 3
)

// number finds a number of the caller's tenant, for a caller who may change
// its connection.
func (d *Desk) number(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (campaign.Number, error) {
	ns, err := s.Numbers(ctx)
	if err != nil {
		return campaign.Number{}, err
	}
	for _, n := range ns {
		if n.Instance.ID == id {
			return n, nil
		}
	}
	return campaign.Number{}, fmt.Errorf("line: instance %d: %w", id, campaign.ErrNotFound)
}

// operated is number for those who may do more than read.
func (d *Desk) operated(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (campaign.Number, error) {
	if err := s.Caller().May(campaign.Operator); err != nil {
		return campaign.Number{}, err
	}
	n, err := d.number(ctx, s, id)
	if err == nil && twin(n.Instance) {
		// Its number is another record's: what is done there would be done to it.
		return n, &campaign.ConflictError{Why: n.Instance.Suspended}
	}
	return n, err
}

// Create records a number and makes it at the gateway, which registers our
// address with it. What the gateway refuses is not recorded. It takes the role
// admin. The conditions are those of campaign.Service.AddInstance. Pair comes
// next.
func (d *Desk) Create(ctx context.Context, s *campaign.Service, in campaign.Instance, conditions ...func() error) (campaign.Instance, error) {
	in, err := s.AddInstance(ctx, in, conditions...)
	if err != nil {
		return in, err
	}
	d.forget()
	if _, err := d.Client.Create(ctx, in.Route(), evolution.NewInstance{GroupsIgnore: true}); err != nil {
		return campaign.Instance{}, errors.Join(err, s.RemoveInstance(context.WithoutCancel(ctx), in.ID))
	}
	d.keeper.register(ctx, in, d.Now())
	return in, nil
}

// Pair returns what a phone needs to join: a QR code, and with a phone number
// a pairing code too. A number that the gateway does not know is made there
// first, and one that waits with a QR code is made anew for a pairing code. It
// waits a moment for a code; a QR that is not Ready means that the
// number is open, or that one should ask again. Asked again while nobody has
// scanned, it returns the newest code.
func (d *Desk) Pair(ctx context.Context, s *campaign.Service, id campaign.InstanceID, phone contact.Phone) (evolution.QR, error) {
	n, err := d.operated(ctx, s, id)
	if err != nil {
		return evolution.QR{}, err
	}
	route := n.Instance.Route()
	ctx, cancel := context.WithTimeout(ctx, pairFor)
	defer cancel()
	qr, err := d.connect(ctx, route, phone)
	// A session that began with a QR code gives no pairing code: it is made anew.
	stuck := err == nil && phone != "" && qr.Ready() && qr.PairingCode == ""
	if stuck {
		if err := d.spare(ctx, n.Instance); err != nil {
			return evolution.QR{}, err
		}
		if err := d.Client.Delete(ctx, route); err != nil && !is(err, evolution.CodeInstanceUnknown) {
			return evolution.QR{}, err
		}
	}
	if stuck || is(err, evolution.CodeInstanceUnknown) {
		if err := d.remake(ctx, route); err != nil {
			return evolution.QR{}, err
		}
		if err := d.giveBack(ctx, n.Instance); err != nil {
			return evolution.QR{}, err
		}
		d.keeper.register(ctx, n.Instance, d.Now())
		qr, err = d.connect(ctx, route, phone)
	}
	for err == nil && !qr.Ready() && qr.State != campaign.ConnectionOpen {
		if known, ok := d.QR(id); ok && phone == "" {
			return known, nil
		}
		if state, err := d.Client.Connection(ctx, route); err == nil && state == campaign.ConnectionOpen {
			qr.State = state
			break
		}
		if pause(ctx, pairRest) != nil {
			return qr, nil // ask again
		}
		qr, err = d.connect(ctx, route, phone)
	}
	if err != nil {
		return evolution.QR{}, err
	}
	if qr.State == campaign.ConnectionOpen {
		return qr, d.heard(ctx, n.Instance, qr.State)
	}
	d.keeper.Look(id)
	return qr, nil
}

// connect asks for a code, again if the gateway fails: it does so for a moment
// while it deletes.
func (d *Desk) connect(ctx context.Context, r campaign.Route, phone contact.Phone) (evolution.QR, error) {
	for try := 1; ; try++ {
		qr, err := d.Client.Connect(ctx, r, phone.Digits())
		if !is(err, evolution.CodeRejected) || try == connectTries || pause(ctx, remakeAfter) != nil {
			return qr, err
		}
	}
}

// remake makes an instance whose name the gateway may not have given back yet.
func (d *Desk) remake(ctx context.Context, r campaign.Route) error {
	for {
		_, err := d.Client.Create(ctx, r, evolution.NewInstance{GroupsIgnore: true})
		if !is(err, evolution.CodeForbidden) || pause(ctx, remakeAfter) != nil {
			return err
		}
	}
}

// QR is the newest code that the gateway has reported for a number, if it can
// still be scanned. It asks nobody, and knows only what this process was told.
// Whoever shows it must have let the caller pass: it is as good as a password.
func (d *Desk) QR(id campaign.InstanceID) (evolution.QR, bool) {
	c := d.last(id)
	if !c.qr.Ready() || !d.Now().Before(c.qrUntil) || c.state == campaign.ConnectionOpen {
		return evolution.QR{}, false
	}
	return c.qr, true
}

// State asks the gateway for a number's state and records it. A gateway that
// gives no answer is campaign.ConnectionUnknown, which is not recorded.
func (d *Desk) State(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (campaign.Connection, error) {
	n, err := d.operated(ctx, s, id)
	if err != nil {
		return campaign.ConnectionUnknown, err
	}
	state, err := d.Client.Connection(ctx, n.Instance.Route())
	if err != nil || state == campaign.ConnectionUnknown {
		return state, err
	}
	return state, d.heard(ctx, n.Instance, state)
}

// Restart closes the number's session at the gateway and opens it again. The
// gateway answers before it has done so.
func (d *Desk) Restart(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	n, err := d.operated(ctx, s, id)
	if err != nil {
		return err
	}
	defer d.keeper.Look(id)
	return d.Client.Restart(ctx, n.Instance.Route())
}

// Disconnect unpairs the phone. The gateway's instance goes with it, and Pair
// makes it anew: one that is paired again after a log-out would report no
// incoming messages, and with them no opt-outs, until the gateway is
// restarted. With it go the messages that the gateway has stored, so a lost
// send cannot be looked up there any more.
func (d *Desk) Disconnect(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	n, err := d.operated(ctx, s, id)
	if err != nil {
		return err
	}
	if err := d.spare(ctx, n.Instance); err != nil && !is(err, evolution.CodeInstanceUnknown) {
		return err
	}
	route := n.Instance.Route()
	err = d.Client.Logout(ctx, route)
	switch {
	case err == nil:
		err = d.Client.Delete(ctx, route)
	case is(err, evolution.CodeRejected), is(err, evolution.CodeInstanceUnknown), is(err, evolution.CodeDisconnected):
		err = nil // it was closed already, or is gone
	}
	if err != nil && !is(err, evolution.CodeInstanceUnknown) {
		d.keeper.Look(id)
		return err
	}
	d.note(id, func(c *call) { c.qr, c.qrUntil = evolution.QR{}, time.Time{} })
	return d.heard(ctx, n.Instance, campaign.ConnectionClosed)
}

// SendTest sends one message through the ledger, as a campaign of one person,
// and waits for what becomes of it until ctx ends: a minute or so is enough for
// a number that is free. See campaign.Service.Await for what is told then.
func (d *Desk) SendTest(ctx context.Context, s *campaign.Service, id campaign.InstanceID, to contact.Phone, text string) (campaign.Recipient, error) {
	if _, err := d.operated(ctx, s, id); err != nil {
		return campaign.Recipient{}, err
	}
	who, err := s.SendOne(ctx, "Test send", id, contact.Contact{Phone: to, Active: true}, text)
	if err != nil {
		return campaign.Recipient{}, err
	}
	return s.Await(ctx, who, nil)
}

// Registration tells how it stands with the reports of a number: see Keeper.
func (d *Desk) Registration(id campaign.InstanceID) Registration { return d.keeper.Registration(id) }

// is reports whether an error of the client bears a code.
func is(err error, code campaign.Code) bool {
	var e *evolution.Error
	return errors.As(err, &e) && e.Code == code
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
