package simulation

import "time"

// nature is how a world is: drawn once from the seed, so that every kind of
// trouble meets every other, and each also has worlds without it.
type nature struct {
	Processes, Tenants, Numbers, Campaigns int
	// Skew bounds how far the clock of a process is from the true time.
	Skew time.Duration
	// Slots is how many sends of a number may be in flight at a time.
	Slots int
	// Crash, Fault and Freeze are the chances of each for one call.
	Crash, Fault, Freeze float64
	// Trouble is the chance that a send meets a fault of the gateway, Drop that
	// it loses the record of one, and LookupDown that a look-up fails.
	Trouble, Drop, LookupDown float64
	// Reports is the chance that the gateway reports what becomes of a message.
	Reports float64
	// Restrict is the mean time between two restrictions of a number by WhatsApp;
	// zero is never.
	Restrict time.Duration
	// Every is the mean time between two commands, Idle the longest sleep of a
	// process that has nothing to do.
	Every, Idle time.Duration
}

// maxSkew keeps to what daemons allow themselves: they stop claiming when they
// are not sure of the time to the second.
const maxSkew = 990 * time.Millisecond

func pick[T any](s *sim, of ...T) T { return of[s.rng.IntN(len(of))] }

func drawNature(s *sim) nature {
	n := nature{
		Processes: 1 + s.rng.IntN(3), Tenants: 1 + s.rng.IntN(2), Numbers: 2 + s.rng.IntN(3),
		Campaigns:  2 + s.rng.IntN(3),
		Skew:       pick(s, 0, 0, 100*time.Millisecond, maxSkew),
		Slots:      pick(s, 1, 1, 1, 4),
		Crash:      pick(s, 0.001, 0.005, 0.01, 0.03),
		Fault:      pick(s, 0, 0.002, 0.01, 0.05),
		Freeze:     pick(s, 0, 0.0002, 0.002),
		Trouble:    pick(s, 0.002, 0.02, 0.02, 0.2),
		Drop:       pick(s, 0, 0.1, 0.5, 1),
		LookupDown: pick(s, 0, 0.05, 0.5),
		Reports:    pick(s, 0, 0.1, 0.5, 1),
		Every:      pick(s, 5*time.Minute, 20*time.Minute, time.Hour),
		Restrict:   pick(s, 0, 4*time.Hour, 20*time.Hour),
		Idle:       pick(s, 20*time.Second, time.Minute, time.Minute, 10*time.Minute, 10*time.Minute),
	}
	if s.cfg.Dense {
		n.Slots = pick(s, 1, 4, 8)
		n.Crash = pick(s, 0.0005, 0.002, 0.005, 0.01)
		n.Every = pick(s, 10*time.Minute, time.Hour)
		n.Idle = 10 * time.Minute
	}
	return n
}
