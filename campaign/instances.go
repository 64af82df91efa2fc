package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// AddInstance records a number. A Pace.Ramp without Since begins today. One that the store has already, in whatever
// tenant, is a *ConflictError with CodeNumberTwice or CodeNumberElsewhere; see
// TakeOver. Gateway and Remote say how the sender finds
// it; Name defaults to Remote. The conditions are asked in the transaction that
// records it, which excludes the tenant's other updates, and an error of theirs
// is returned as it is; they may read documents, and none of the tenant's rows.
func (s *Service) AddInstance(ctx context.Context, in Instance, conditions ...func() error) (Instance, error) {
	if err := s.caller.may(Admin); err != nil {
		return Instance{}, err
	}
	in.ID, in.Tenant, in.Rev, in.Suspended = 0, s.caller.Tenant, 1, Reason{}
	in.CreatedAt, in.UpdatedAt = s.now(), s.now()
	if in.Name == "" {
		in.Name = in.Remote
	}
	if in.Connection == "" {
		in.Connection = ConnectionUnknown
	}
	in.ramped(Pace{}, s.now())
	if err := in.validate(""); err != nil {
		return Instance{}, err
	}
	from, back, err := s.seize(ctx, in)
	if err != nil {
		return Instance{}, err
	}
	err = s.rows.Update(ctx, func(w Writer) (err error) {
		in.ID = 0 // also when it is tried again
		if in.Identity, err = s.e.identity(ctx, in); err != nil {
			return err
		}
		for _, holds := range conditions {
			if err := holds(); err != nil {
				return err
			}
		}
		if err := s.yield(w, in); err != nil {
			return err
		}
		if err := w.SaveInstance(&in); err != nil {
			return err
		}
		var why Reason
		if len(from) > 0 {
			why = Because(CodeTookOver)
			if err := w.AmendMeter(in.ID, func(m *Meter) { m.inherit(from) }); err != nil {
				return err
			}
		}
		return w.Record(s.instanceEvent(EventInstanceAdded, in.ID, why))
	})
	if err != nil {
		back()
		return Instance{}, s.refused(ctx, in, err)
	}
	return in, nil
}

// EditInstance changes a number's name, pace, zone or age; a new Pace.Ramp
// without Since begins today. f may be called more than once. A campaign that runs takes a new pace from its next send on.
func (s *Service) EditInstance(ctx context.Context, id InstanceID, f func(*Instance) error) (in Instance, err error) {
	if err := s.caller.may(Admin); err != nil {
		return in, err
	}
	err = s.rows.Update(ctx, func(w Writer) error {
		n, err := w.Number(id)
		if err != nil {
			return err
		}
		in = n.Instance
		in.Pace.Ramp = slices.Clone(in.Pace.Ramp)
		if err := f(&in); err != nil {
			return err
		}
		in.ID, in.Tenant, in.Rev = n.Instance.ID, n.Instance.Tenant, n.Instance.Rev+1
		in.UpdatedAt, in.Suspended = s.now(), n.Instance.Suspended
		in.ramped(n.Instance.Pace, s.now())
		if err := in.validate(n.Instance.Phone); err != nil {
			return err
		}
		if in.Identity, err = s.e.identity(ctx, in); err != nil {
			return err
		}
		if err := s.yield(w, in); err != nil {
			return err
		}
		if err := w.SaveInstance(&in); err != nil {
			return err
		}
		if n.Serves != 0 {
			if err := w.Wake(n.Serves, s.now()); err != nil {
				return err
			}
		}
		return w.Record(s.instanceEvent(EventInstanceEdited, id, Reason{}))
	})
	s.e.pulse.beat()
	return in, s.refused(ctx, in, err)
}

// yield takes the place of the default number from every other one, if in is
// to have it.
func (s *Service) yield(w Writer, in Instance) error {
	if !in.Default {
		return nil
	}
	ns, err := w.Numbers()
	if err != nil {
		return err
	}
	for _, n := range ns {
		if i := n.Instance; i.Default && i.ID != in.ID {
			i.Default, i.Rev, i.UpdatedAt = false, i.Rev+1, s.now()
			if err := w.SaveInstance(&i); err != nil {
				return err
			}
			if err := w.Record(s.instanceEvent(EventInstanceEdited, i.ID, Reason{})); err != nil {
				return err
			}
		}
	}
	return nil
}

// usual are the tenant's default number, or none.
func usual(r Reader) (ids []InstanceID, err error) {
	ns, err := r.Numbers()
	for _, n := range ns {
		if n.Instance.Default {
			ids = append(ids, n.Instance.ID)
		}
	}
	return ids, err
}

// RemoveInstance forgets a number. It is refused while the number serves a
// campaign or has an open send.
func (s *Service) RemoveInstance(ctx context.Context, id InstanceID) error {
	if err := s.caller.may(Admin); err != nil {
		return err
	}
	return s.rows.Update(ctx, func(w Writer) error {
		if err := w.DeleteInstance(id); err != nil {
			return err
		}
		return w.Record(s.instanceEvent(EventInstanceRemoved, id, Reason{}))
	})
}

// Numbers lists the tenant's numbers with their meters, by rising id.
func (s *Service) Numbers(ctx context.Context) (ns []Number, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		ns, err = r.Numbers()
		return err
	})
	return ns, err
}

// SettledNumbers is Numbers for a change of what numbers depend on: it waits
// for the updates of the tenant that have begun, so that a number which is not
// in it is added, if at all, by an update that begins later. It takes an
// administrator.
func (s *Service) SettledNumbers(ctx context.Context) (ns []Number, err error) {
	if err := s.caller.may(Admin); err != nil {
		return nil, err
	}
	err = s.rows.Update(ctx, func(w Writer) error {
		if ns, err = w.Numbers(); err != nil {
			return err
		}
		return errUnchanged
	})
	if err == errUnchanged {
		err = nil
	}
	return ns, err
}

// Number returns one of the tenant's numbers with its meter.
func (s *Service) Number(ctx context.Context, id InstanceID) (n Number, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return n, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		n, err = r.Number(id)
		return err
	})
	return n, err
}

// Heard records what was learnt of a number's connection. Open releases a hold
// that a lost connection has caused.
func (s *Service) Heard(ctx context.Context, id InstanceID, c Connection) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	var was Connection
	err := s.rows.Update(ctx, func(w Writer) error {
		n, err := w.Number(id)
		if err != nil {
			return err
		}
		if was = n.Instance.Connection; was == c {
			return errUnchanged
		}
		in := n.Instance
		in.Connection, in.ConnectionAt, in.UpdatedAt, in.Rev = c, s.now(), s.now(), in.Rev+1
		if err := w.SaveInstance(&in); err != nil {
			return err
		}
		if c == ConnectionOpen && n.Meter.Held.Code != CodeRestricted {
			if err := w.AmendMeter(id, func(m *Meter) { m.release() }); err != nil {
				return err
			}
		}
		return s.changed(w, n, EventInstanceState, Because(CodeConnection, "state", string(c)))
	})
	if err == errUnchanged {
		return nil
	}
	s.e.pulse.beat()
	if err == nil {
		level := slog.LevelInfo
		if was == ConnectionOpen {
			level = slog.LevelWarn // it sends nothing now
		}
		s.e.log.Log(ctx, level, "a number's connection has changed", "tenant", string(s.caller.Tenant), "instance", int64(id), "state", string(c), "was", string(was))
	}
	return err
}

// NoteReports writes into the log that the gateway reports of a number to
// somebody else now, or to this installation again: why tells. It changes
// nothing else.
func (s *Service) NoteReports(ctx context.Context, id InstanceID, why Reason) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	return s.rows.Update(ctx, func(w Writer) error {
		n, err := w.Number(id)
		if err != nil {
			return err
		}
		e := s.instanceEvent(EventInstanceReports, id, why)
		e.Campaign = n.Serves
		return w.Record(e)
	})
}

// Release ends the hold of a number at once, by a person's word, and its
// suspension, which takes an administrator: that is refused as AddInstance is
// while another record has the number; see TakeOver.
func (s *Service) Release(ctx context.Context, id InstanceID) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	n, err := s.Number(ctx, id)
	if err != nil {
		return err
	}
	in, back := n.Instance, func() {}
	suspended := !in.Suspended.IsZero()
	var from []Meter
	if suspended {
		if err := s.caller.may(Admin); err != nil {
			return err
		}
		in.Suspended = Reason{}
		if from, back, err = s.seize(ctx, in); err != nil {
			return err
		}
	}
	err = s.rows.Update(ctx, func(w Writer) error {
		n, err := w.Number(id)
		if err != nil {
			return err
		}
		if suspended {
			in = n.Instance
			in.Suspended, in.UpdatedAt, in.Rev = Reason{}, s.now(), in.Rev+1
			if in.Identity, err = s.e.identity(ctx, in); err != nil {
				return err
			}
			if err := w.SaveInstance(&in); err != nil {
				return err
			}
			if err := w.Record(s.instanceEvent(EventInstanceEdited, id, Because(CodeByPerson))); err != nil {
				return err
			}
		}
		if err := w.AmendMeter(id, func(m *Meter) { m.release(); m.Cold.open(); m.inherit(from) }); err != nil {
			return err
		}
		return s.changed(w, n, EventInstanceFreed, Because(CodeByPerson))
	})
	s.e.pulse.beat()
	if err != nil {
		back()
		return s.refused(ctx, in, err)
	}
	return nil
}

func (s *Service) instanceEvent(t EventType, id InstanceID, why Reason) Event {
	e := s.event(t, 0, why)
	e.Instance = id
	return e
}

// validate checks a record, and writes its phone, unless it is the one that was
// there before, in the form in which phones are compared.
func (i *Instance) validate(before string) error {
	var bad Invalid
	if i.Phone != "" && i.Phone != before {
		p, err := contact.ParsePhone(i.Phone, contact.DefaultRegion)
		if err != nil {
			bad = append(bad, &FieldError{"phone", Because(CodeBadPhone)})
		}
		i.Phone = string(p)
	}
	if strings.TrimSpace(i.Remote) == "" {
		bad = append(bad, &FieldError{"remote", Because(CodeMissing)})
	}
	for _, f := range []struct{ field, text string }{{"name", i.Name}, {"remote", i.Remote}} {
		if utf8.RuneCountInString(f.text) > maxName {
			bad = append(bad, &FieldError{f.field, Because(CodeTooLong, "max", fmt.Sprint(maxName))})
		}
	}
	if i.Zone != "" {
		if _, err := (schedule.Spec{Zone: i.Zone}).Location(); err != nil {
			bad = append(bad, &FieldError{"zone", Because(CodeZoneUnknown, "zone", i.Zone)})
		}
	}
	bad = append(bad, i.Pace.validate("pace")...)
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// Calendar returns the tenant's holidays. One that nobody has chosen has Optional
// set.
func (s *Service) Calendar(ctx context.Context) (c Calendar, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return c, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err = r.Calendar()
		c.Optional = c.Optional || c.Rev == 0
		return err
	})
	return c, err
}

// SetCalendar replaces the tenant's holidays. c.Rev is the revision that the
// change was made from; ErrStale if there is a newer one. Every number of the
// tenant looks at its gates again at once.
func (s *Service) SetCalendar(ctx context.Context, c Calendar) (Calendar, error) {
	if err := s.caller.may(Operator); err != nil {
		return c, err
	}
	c = c.Clone()
	c.Rev++
	if _, err := c.Compile(); err != nil {
		return c, Invalid{{"calendar", Because(CodeBadSchedule, "problem", err.Error())}}
	}
	err := s.rows.Update(ctx, func(w Writer) error {
		if err := w.SaveCalendar(c); err != nil {
			return err
		}
		if err := w.Wake(0, s.now()); err != nil {
			return err
		}
		return w.Record(s.event(EventCalendarChanged, 0, Reason{}))
	})
	s.e.pulse.beat()
	return c, err
}
