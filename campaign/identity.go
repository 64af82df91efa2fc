package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// identity is what a record has alone: nothing while it is suspended.
func (e *Engine) identity(ctx context.Context, in Instance) (Identity, error) {
	if !in.Suspended.IsZero() {
		return Identity{}, nil
	}
	at, err := e.Endpoint(ctx, in.Route())
	if err != nil {
		return Identity{}, err
	}
	k := Identity{Endpoint: at}
	if p, err := contact.ParsePhone(in.Phone, contact.DefaultRegion); err == nil {
		k.Phone = p
	}
	return k, nil
}

// meets reports whether two records are of one number.
func (k Identity) meets(o Identity) bool {
	return k.Endpoint != "" && k.Endpoint == o.Endpoint || k.Phone != "" && k.Phone == o.Phone
}

// SameNumber reports whether two records are of one number, suspended or not.
func (e *Engine) SameNumber(ctx context.Context, a, b Instance) (bool, error) {
	a.Suspended, b.Suspended = Reason{}, Reason{}
	k, err := e.identity(ctx, a)
	if err != nil {
		return false, err
	}
	o, err := e.identity(ctx, b)
	return err == nil && k.meets(o), err
}

// holders are the records, of all tenants, that have what k names, besides one.
func (e *Engine) holders(ctx context.Context, k Identity, but InstanceID) (all []Number, err error) {
	err = e.numbers(ctx, func(n Number) {
		if n.Instance.ID != but && k.meets(n.Instance.Identity) {
			all = append(all, n)
		}
	})
	return all, err
}

// numbers reads the numbers of all tenants.
func (e *Engine) numbers(ctx context.Context, f func(Number)) error {
	tenants, err := e.store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		var ns []Number
		err := e.store.Tenant(t).View(ctx, func(r Reader) (err error) { ns, err = r.Numbers(); return err })
		if err != nil {
			return err
		}
		for _, n := range ns {
			f(n)
		}
	}
	return nil
}

// FindInstance returns the record of a number by its gateway's configuration
// (Instance.Gateway, empty for a tenant's default) and by the gateway's own name
// for it (Instance.Remote), in whatever tenant it is: for reports that name the
// number and no tenant. It reads the numbers of all tenants, so keep what it
// finds for a while. A record that is suspended is found where no other has the
// name.
//
// ErrNotFound: there is none. ErrConflict: several tenants have a number of that
// name, each at a gateway of its own; let the address that a gateway reports to
// tell the tenant, then.
func (e *Engine) FindInstance(ctx context.Context, gateway, remote string) (Instance, error) {
	var live, suspended []Instance
	err := e.numbers(ctx, func(n Number) {
		switch in := n.Instance; {
		case in.Gateway != gateway || in.Remote != remote:
		case in.Suspended.IsZero():
			live = append(live, in)
		default:
			suspended = append(suspended, in)
		}
	})
	if err != nil {
		return Instance{}, err
	}
	if len(live) == 0 {
		live = suspended
	}
	switch len(live) {
	case 0:
		return Instance{}, fmt.Errorf("campaign: no number is called %q at the gateway %q: %w", remote, gateway, ErrNotFound)
	case 1:
		return live[0], nil
	}
	return Instance{}, fmt.Errorf("campaign: %d tenants have a number called %q at the gateway %q: %w", len(live), remote, gateway, ErrConflict)
}

// twice says to a caller that another record has the number. Of another
// tenant's only the host hears more.
func (s *Service) twice(h Instance) error {
	args := []string{"name", h.Name, "instance", strconv.FormatInt(int64(h.ID), 10)}
	if h.Tenant != s.caller.Tenant {
		if s.caller.may(Host) != nil {
			return &ConflictError{Why: Because(CodeNumberElsewhere)}
		}
		args = append(args, "tenant", string(h.Tenant))
	}
	return &ConflictError{Why: Because(CodeNumberTwice, args...)}
}

// TakeOver returns a service for the same caller whose AddInstance and Release
// take a number over from the records that have it, where those of s would
// refuse: these are suspended, with an event in their tenant's log, and their
// pace goes over to the new record. From another tenant only the host may: a
// caller with a role gets CodeNumberElsewhere.
func (s *Service) TakeOver() *Service {
	t := *s
	t.takesOver = true
	return &t
}

// seize suspends the records that have the number, if the caller takes over,
// and does nothing otherwise: the store refuses the second record then. It
// returns their meters, and what gives the number back to them.
func (s *Service) seize(ctx context.Context, in Instance) (from []Meter, back func(), err error) {
	var taken []Instance
	back = func() {
		for _, h := range taken {
			// Whoever has the number now keeps it; the record stays suspended then.
			_ = s.e.As(Caller{Tenant: h.Tenant, Author: s.caller.Author, Role: Host}).Release(context.WithoutCancel(ctx), h.ID)
		}
	}
	if !s.takesOver {
		return nil, back, nil
	}
	k, err := s.e.identity(ctx, in)
	if err != nil {
		return nil, back, err
	}
	hs, err := s.e.holders(ctx, k, in.ID)
	if err != nil {
		return nil, back, err
	}
	for _, h := range hs {
		foreign := h.Instance.Tenant != s.caller.Tenant
		if foreign && s.caller.may(Host) != nil || !foreign && h.Instance.Gateway == in.Gateway && h.Instance.Remote == in.Remote {
			back()
			return nil, func() {}, s.twice(h.Instance)
		}
		n, err := s.e.As(Caller{Tenant: h.Instance.Tenant, Author: s.caller.Author, Role: Host}).suspend(ctx, h.Instance.ID, Because(CodeTakenOver))
		if err != nil && !errors.Is(err, ErrNotFound) {
			back()
			return nil, func() {}, err
		}
		if err == nil {
			taken, from = append(taken, h.Instance), append(from, n.Meter)
			s.e.log.Warn("a number was taken over by another record: this one sends nothing any more", "tenant", string(h.Instance.Tenant),
				"instance", int64(h.Instance.ID), "name", h.Instance.Name)
		}
	}
	return from, back, nil
}

// refused explains a conflict of SaveInstance: the record that has the number
// meanwhile.
func (s *Service) refused(ctx context.Context, in Instance, err error) error {
	if !errors.Is(err, ErrConflict) {
		return err
	}
	k, failed := s.e.identity(ctx, in)
	if failed != nil {
		return err
	}
	if k == (Identity{}) {
		return err
	}
	if hs, failed := s.e.holders(ctx, k, in.ID); failed == nil && len(hs) > 0 {
		return s.twice(hs[0].Instance)
	}
	return err
}

// suspend closes a record to sends until somebody releases it. It returns the
// number with the meter that it stops at: no take begins after it.
func (s *Service) suspend(ctx context.Context, id InstanceID, why Reason, edits ...func(*Instance)) (n Number, err error) {
	err = s.rows.Update(ctx, func(w Writer) error {
		if n, err = w.Number(id); err != nil {
			return err
		}
		in := n.Instance
		for _, f := range edits {
			f(&in)
		}
		in.Suspended, in.Identity, in.UpdatedAt, in.Rev = why, Identity{}, s.now(), in.Rev+1
		if err := w.SaveInstance(&in); err != nil {
			return err
		}
		n.Instance = in
		return s.changed(w, n, EventInstanceSuspended, why)
	})
	s.e.pulse.beat()
	return n, err
}

// changed wakes what a number serves, and notes the change in its log.
func (s *Service) changed(w Writer, n Number, t EventType, why Reason) error {
	if n.Serves != 0 {
		if err := w.Wake(n.Serves, s.now()); err != nil {
			return err
		}
	}
	e := s.instanceEvent(t, n.Instance.ID, why)
	e.Campaign = n.Serves
	return w.Record(e)
}

// inherit makes the pace of one number go on where other records of it have
// come: the later rest, the larger counts of the same hour and day, the hold.
func (m *Meter) inherit(from []Meter) {
	for _, o := range from {
		m.PaceUntil, m.LastStart = later(m.PaceUntil, o.PaceUntil), later(m.LastStart, o.LastStart)
		m.InHour, m.Hour = together(m.InHour, m.Hour, o.InHour, o.Hour)
		m.InDay, m.Day = together(m.InDay, m.Day, o.InDay, o.Day)
		m.InRow = max(m.InRow, o.InRow)
		if !o.Held.IsZero() && (m.Held.IsZero() || o.HeldUntil.After(m.HeldUntil)) {
			m.Held, m.HeldUntil, m.Holds = o.Held, o.HeldUntil, max(m.Holds, o.Holds)
		}
		if l := o.Cold; !l.Held.IsZero() && (m.Cold.Held.IsZero() || l.Until.After(m.Cold.Until)) {
			m.Cold.Held, m.Cold.Until, m.Cold.Holds = l.Held, l.Until, max(m.Cold.Holds, l.Holds)
		}
		m.Cold.Errors = max(m.Cold.Errors, o.Cold.Errors)
		m.Errors = max(m.Errors, o.Errors)
	}
}

// together counts what two records of one number have sent in a period: in the
// later one, or in the same.
func together(n int, at time.Time, m int, from time.Time) (int, time.Time) {
	switch {
	case from.Equal(at):
		return n + m, at
	case from.After(at):
		return m, from
	}
	return n, at
}

// Joined records the phone that has joined under a number's name, as the
// gateway tells it. A phone that another record of the store has, or another
// than the one that was known, suspends the record: somebody has to look.
func (s *Service) Joined(ctx context.Context, id InstanceID, p contact.Phone) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	n, err := s.Number(ctx, id)
	if err != nil {
		return err
	}
	was, _ := contact.ParsePhone(n.Instance.Phone, contact.DefaultRegion)
	switch {
	case p == "" || was == p:
		return nil
	case was != "":
		why := Because(CodeOtherPhone, "phone", ending(p), "was", ending(was))
		if !n.Instance.Suspended.IsZero() {
			why = n.Instance.Suspended
		}
		_, err := s.suspend(ctx, id, why, func(in *Instance) { in.Phone = string(p) })
		if err == nil {
			s.e.log.Warn("another phone joined under a number's name: nothing is sent by it until somebody releases it", "instance", int64(id))
		}
		return err
	}
	in := n.Instance
	in.Phone = string(p)
	err = s.save(ctx, in, Reason{})
	if errors.Is(err, ErrConflict) {
		return s.suspendTwin(ctx, in)
	}
	return err
}

// ending is what of a phone may stand in a log.
func ending(p contact.Phone) string { return string(p[max(0, len(p)-4):]) }

// save replaces a record, and gives it the identity that it should have.
func (s *Service) save(ctx context.Context, in Instance, why Reason) error {
	return s.rows.Update(ctx, func(w Writer) (err error) {
		n, err := w.Number(in.ID)
		if err != nil {
			return err
		}
		if n.Instance.Rev != in.Rev {
			return ErrStale
		}
		next := in
		if next.Identity, err = s.e.identity(ctx, in); err != nil {
			return err
		}
		next.UpdatedAt, next.Rev = s.now(), in.Rev+1
		if err := w.SaveInstance(&next); err != nil {
			return err
		}
		return s.changed(w, n, EventInstanceEdited, why)
	})
}

// suspendTwin suspends a record whose number another one has.
func (s *Service) suspendTwin(ctx context.Context, in Instance) error {
	why := Because(CodeNumberTwice)
	k, err := s.e.identity(ctx, in)
	if err != nil {
		return err
	}
	hs, err := s.e.holders(ctx, k, in.ID)
	if err != nil {
		return err
	}
	if len(hs) > 0 && hs[0].Instance.Tenant == s.caller.Tenant {
		h := hs[0].Instance
		why = Because(CodeNumberTwice, "name", h.Name, "instance", strconv.FormatInt(int64(h.ID), 10))
	} else if len(hs) > 0 {
		why = Because(CodeNumberElsewhere)
	}
	_, err = s.suspend(ctx, in.ID, why, func(i *Instance) { i.Phone = in.Phone })
	if err == nil {
		s.e.log.Warn("a number is recorded twice: this record sends nothing", "tenant", string(in.Tenant), "instance", int64(in.ID), "name", in.Name)
	}
	return err
}

// Identify gives every record the identity that it should have now, the oldest
// first, and suspends those whose number another record has. Call it before Run
// on a store that an earlier version has written, and when what Options.Endpoint
// says has changed. It returns the records that it has suspended.
func (e *Engine) Identify(ctx context.Context) (suspended []Instance, err error) {
	var all []Instance
	if err := e.numbers(ctx, func(n Number) { all = append(all, n.Instance) }); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Instance) int { return int(a.ID - b.ID) })
	for _, in := range all {
		want, err := e.identity(ctx, in)
		if err != nil {
			return suspended, err
		}
		if want == in.Identity {
			continue
		}
		s := e.As(Caller{Tenant: in.Tenant, Author: identifier, Role: Host})
		switch err := s.save(ctx, in, Reason{}); {
		case errors.Is(err, ErrStale), errors.Is(err, ErrNotFound): // another process is at it
		case errors.Is(err, ErrConflict):
			if err := s.suspendTwin(ctx, in); err != nil {
				return suspended, err
			}
			suspended = append(suspended, in)
		case err != nil:
			return suspended, err
		}
	}
	return suspended, nil
}

// identifier is the author of what Identify does.
const identifier = "campaigns"
