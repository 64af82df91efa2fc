package campaign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// Options configures an Engine. The zero value is ready to use.
type Options struct {
	// Now reads the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger gets structured logs without phones, texts or keys. Defaults to
	// none.
	Logger *slog.Logger
	// Observer is told what happens, for metrics. Defaults to none.
	Observer Observer
	// Locker keeps other systems from a phone. Defaults to NewLocker(Now), for
	// one process.
	Locker Locker
	// Ready is asked before each take, and must not block. While it gives a
	// reason the engine takes nothing, and goes on with everything else: a
	// clock that cannot be trusted, or a lock service that is known to be down,
	// keeps it from beginning what it would have to put off. Defaults to always
	// ready.
	Ready func() Reason
	// Variables are the host's own template names, which come before the
	// built-in ones. Defaults to none.
	Variables Variables
	// Rotations are the host's own rules of rotation, by name.
	Rotations map[string]Rotation
	// Windows are the host's own kinds of schedule, by name.
	Windows schedule.Kinds
	// Timing holds the constants of the protocol.
	Timing Timing
	// Workers bounds the sends at one time. Defaults to 256.
	Workers int
	// Slots is how many sends of one instance may be in flight at a time.
	// Defaults to 1; more only for a sender that paces itself.
	Slots int
	// Secret keys the hashes of suppressed phones. It must be the same for the
	// whole life of a store: with another one, people who have opted out would
	// get messages. The store keeps a record of it, and an engine that comes with
	// another one does nothing: see ErrSecret. Defaults to a key that is made for
	// the store and kept in it, where whoever reads the store can read it.
	Secret []byte
	// Forget is called by Erase when the person is out of the store, and takes
	// them out of what the host keeps besides it. Its error is that of Erase,
	// which then is repeated: it must not mind what is gone already. Defaults to
	// nothing.
	Forget func(ctx context.Context, t Tenant, p contact.Phone) error
	// Endpoint tells where a number is, the same for every spelling of one place:
	// the gateway's address in a canonical form, and the number's name there. It
	// keeps two tenants from recording one number. It must not ask the network;
	// empty where nobody knows. Defaults to empty: then only phones are compared.
	Endpoint func(ctx context.Context, r Route) (string, error)
	// Mark notices a database that was taken back to an earlier state. Defaults
	// to none: then nobody notices.
	Mark Mark
	// Daemon names this process in the rows that it takes. Defaults to a
	// random name, which is right unless two runs must be told apart by hand.
	Daemon string
	// NewAttemptID makes the ids of attempts and must never repeat one. Defaults
	// to random ones that grow with time (UUID version 7), which stores like.
	NewAttemptID func() AttemptID
}

// settings are Options with every default filled in.
type settings struct {
	Options
	log *slog.Logger
}

func (o *Options) full() (settings, error) {
	s := settings{}
	if o != nil {
		s.Options = *o
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.log = s.Logger
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.Observer == nil {
		s.Observer = NopObserver{}
	}
	if s.Locker == nil {
		s.Locker = NewLocker(s.Now)
	}
	if s.Endpoint == nil {
		s.Endpoint = func(context.Context, Route) (string, error) { return "", nil }
	}
	s.Timing = s.Timing.full()
	var errs []error
	for _, f := range []struct {
		name string
		n    int
	}{{"Workers", s.Workers}, {"Slots", s.Slots}} {
		if f.n < 0 {
			errs = append(errs, fmt.Errorf("campaign: Options.%s is %d; it must not be negative", f.name, f.n))
		}
	}
	if s.Workers == 0 {
		s.Workers = 256
	}
	if s.Slots == 0 {
		s.Slots = 1
	}
	if s.Daemon == "" {
		s.Daemon = uuid.NewString()
	}
	if s.NewAttemptID == nil {
		s.NewAttemptID = func() AttemptID { return AttemptID(uuid.Must(uuid.NewV7())) }
	}
	for name, r := range s.Rotations {
		if r == nil {
			errs = append(errs, fmt.Errorf("campaign: Options.Rotations[%q] is nil", name))
		}
		if _, ok := BuiltinRotations()[name]; ok || name == "" {
			errs = append(errs, fmt.Errorf("campaign: Options.Rotations has %q, which is a built-in name", name))
		}
	}
	for name, build := range s.Windows {
		if build == nil {
			errs = append(errs, fmt.Errorf("campaign: Options.Windows[%q] is nil", name))
		}
		if err := schedule.CheckKind(name); err != nil {
			errs = append(errs, fmt.Errorf("campaign: Options.Windows: %w", err))
		}
	}
	return s, errors.Join(errs...)
}

// Observer is told what an engine does, for metrics. Its methods are called
// from many goroutines and must not block. Embed NopObserver to implement some
// of them.
type Observer interface {
	// Took is called after each take with the number of attempts it began.
	Took(attempts int, took time.Duration)
	// Judged is called after each send with its verdict.
	Judged(v Verdict, took time.Duration)
	// Settled is called after each commit of settlements.
	Settled(settlements int, took time.Duration)
	// Swept is called when attempts were given up as lost.
	Swept(attempts int)
	// Unmatched is called when reports are given up: a day after they arrived no
	// message of ours is known that they could be about. What is written by hand
	// on a number's own phone is among them.
	Unmatched(reports int)
	// Failed is called when a part of the engine meets an error and will try
	// again: "take", "settle", "sweep", "agenda", "beat", "inquire", "absorb",
	// "lock", "mark". It is called, too, when code of the host itself panics:
	// "send", "plan" (variables and rotations), "schedule", "variables", "ready".
	Failed(part string, err error)
}

// NopObserver ignores everything.
type NopObserver struct{}

// Took does nothing.
func (NopObserver) Took(int, time.Duration) {}

// Judged does nothing.
func (NopObserver) Judged(Verdict, time.Duration) {}

// Settled does nothing.
func (NopObserver) Settled(int, time.Duration) {}

// Swept does nothing.
func (NopObserver) Swept(int) {}

// Unmatched does nothing.
func (NopObserver) Unmatched(int) {}

// Failed does nothing.
func (NopObserver) Failed(string, error) {}

var _ Observer = NopObserver{}
