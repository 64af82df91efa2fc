package crashtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/store/memory"
)

// What may stand in the rows after a crash. The second person is the one whose
// send was cut off; (locked) tells that the lock of that phone still lasts.
// Rests are counted from the instant of the crash: the number rests 10 s after
// a start, and a lost send counts as started at the last moment, after 20 s.
var (
	untouched = census{
		"sent·accepted by answer, pending, pending",
		"active, cursor 1, pending 2, sent 1",
		"rests to 0s, 1 this hour",
		""}
	flying = census{
		"sent·accepted by answer, sending·flying held, pending",
		"active, cursor 2, pending 1, sending 1, sent 1",
		"rests to 10s, 2 this hour",
		"taken"}
	lost = census{
		"sent·accepted by answer, unknown·lost held, pending",
		"active, cursor 2, pending 1, unknown 1, sent 1",
		"rests to 30s, 2 this hour",
		"taken unknown"}
	settled = census{
		"sent·accepted by answer, sent·accepted by answer, pending",
		"active, cursor 2, pending 1, sent 2",
		"rests to 10s, 2 this hour",
		"taken sent"}
	rejected = census{
		"sent·accepted by answer, failed·refused, pending",
		"active, cursor 2, pending 1, sent 1, failed 1",
		"rests to 10s, 2 this hour",
		"taken failed"}

	// What may stand there seven hours later: past the quarantine, and with
	// every inquiry made.
	asIfNothing = census{
		"sent·accepted by answer, sent·accepted by answer, sent·accepted by answer",
		"completed, cursor 3, sent 3",
		"rests to 20s, 3 this hour, free",
		"taken sent"}
	found = census{
		"sent·accepted by answer, sent·accepted by record, sent·accepted by answer",
		"completed, cursor 3, sent 3",
		"rests to 40s, 3 this hour, free",
		"taken unknown sent"}
	unsure = census{
		"sent·accepted by answer, unknown·lost, sent·accepted by answer",
		"completed, cursor 3, unknown 1, sent 2",
		"rests to 40s, 3 this hour, free",
		"taken unknown inquired inquired phone_released inquired inquired inquired"}
	oneFailed = census{
		"sent·accepted by answer, failed·refused, sent·accepted by answer",
		"completed, cursor 3, sent 2, failed 1",
		"rests to 20s, 3 this hour, free",
		"taken failed"}
)

// locked is the same with the phone's lock still there.
func locked(c census) census {
	c.People += " (locked)"
	return c
}

// crash is one row: where the process dies, what the gateway makes of the
// send, and what stands in the rows right after the restart, after the sweep
// that follows, and at the end.
type crash struct {
	at                     point
	gateway                fate
	reopened, swept, ended census
}

var crashes = []crash{
	{k1, nothing, untouched, untouched, asIfNothing},
	{k2, nothing, untouched, untouched, asIfNothing},
	{k3, nothing, flying, lost, unsure},
	{k4, nothing, flying, lost, unsure},
	{k5, nothing, locked(flying), locked(lost), unsure},
	{k6, nothing, locked(flying), locked(lost), unsure},
	{k7, nothing, locked(flying), locked(lost), unsure},
	{k8, nothing, locked(flying), locked(lost), unsure},
	{k9, nothing, locked(flying), locked(lost), unsure},
	{k9, performs, locked(flying), locked(lost), found},
	{k9, forgets, locked(flying), locked(lost), unsure},
	{k9, refuses, locked(flying), locked(lost), unsure},
	{k10, performs, locked(flying), locked(lost), found},
	{k10, forgets, locked(flying), locked(lost), unsure},
	{k11, performs, locked(flying), locked(lost), found},
	{k11, forgets, locked(flying), locked(lost), unsure},
	{k11, refuses, locked(flying), locked(lost), unsure},
	{k12open, performs, locked(flying), locked(lost), found},
	{k12open, forgets, locked(flying), locked(lost), unsure},
	{k12open, refuses, locked(flying), locked(lost), unsure},
	{k12, performs, locked(settled), locked(settled), asIfNothing},
	{k12, forgets, locked(settled), locked(settled), asIfNothing},
	{k12, refuses, locked(rejected), locked(rejected), oneFailed},
	{k13, performs, locked(settled), locked(settled), asIfNothing},
	{k13, forgets, locked(settled), locked(settled), asIfNothing},
	{k13, refuses, locked(rejected), locked(rejected), oneFailed},
	// In the sweep: a first process has died at K9, a second one does here.
	{k14, nothing, locked(flying), locked(lost), unsure},
	{k14, performs, locked(flying), locked(lost), found},
	{k14, forgets, locked(flying), locked(lost), unsure},
	{k14done, nothing, locked(lost), locked(lost), unsure},
	{k14done, performs, locked(lost), locked(lost), found},
	{k14done, forgets, locked(lost), locked(lost), unsure},
}

// silence is when a process that shows no life is given up: five seconds past
// the latest start of what it had in flight, and not before its heartbeat is
// fifteen seconds old.
const silence = deadline + 5*time.Second

// theEnd is past the quarantine and the last inquiry.
const theEnd = 7 * time.Hour

func TestCrashAtEveryPoint(t *testing.T) {
	t.Parallel()
	fresh := empty(t)
	t.Run("memory", func(t *testing.T) {
		// The database lives on, and a silent process may only be slow.
		allPoints(t, silence, func(*testing.T) disk { return server{memory.New()} })
	})
	t.Run("sqlite", func(t *testing.T) {
		// Whoever can open the file knows that the one before is gone.
		allPoints(t, 0, func(t *testing.T) disk { return openFile(t, fresh) })
	})
	t.Run("postgres", func(t *testing.T) {
		allPoints(t, silence, func(t *testing.T) disk { return openBase(t) })
	})
}

func allPoints(t *testing.T, patience time.Duration, open func(*testing.T) disk) {
	for _, c := range crashes {
		t.Run(string(c.at)+"/"+string(c.gateway), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, open(t))
			if c.at == k14 || c.at == k14done {
				s.kill(k9, c.gateway)
				s.clock.Set(s.zero.Add(patience))
				s.killSweep(c.at)
			} else {
				s.kill(c.at, c.gateway)
			}
			require.Equal(t, c.reopened, s.census(), "right after the restart")
			sound(t, s.disk.store(), s.clock.Now(), audit.Options{Deadline: deadline}, s.gateway.Sends())

			l := s.life()
			var after []census
			l.swept = func(changed int) {
				if len(after) == 0 && (changed > 0 || c.swept == c.reopened) {
					after = append(after, s.census())
				}
			}
			if patience > 0 && c.reopened.Story == flying.Story && s.clock.Now().Before(s.zero.Add(patience)) {
				for _, early := range []time.Duration{0, patience - time.Millisecond} {
					s.clock.Set(s.zero.Add(early))
					s.step(l)
					require.Equal(t, c.reopened, s.census(), "%v after the take it may still be alive", early)
				}
				s.clock.Set(s.zero.Add(patience))
			}
			s.step(l)
			require.Equal(t, []census{c.swept}, after, "after the sweep")
			s.play(l, s.zero.Add(theEnd))
			require.Equal(t, c.ended, s.census(), "at the end")
			s.judge(c.gateway)
		})
	}
}

// killSweep makes another process die in its sweep.
func (s *scene) killSweep(p point) {
	s.t.Helper()
	l := s.life()
	l.at.Store(p)
	_, lived, err := l.step(s.t.Context())
	require.False(s.t, lived, "it did not come to %s: %v", p, err)
	s.disk.revive(s.t)
}

func (s *scene) step(l *life) time.Time {
	s.t.Helper()
	next, lived, err := l.step(s.t.Context())
	require.True(s.t, lived)
	require.NoError(s.t, err)
	return next
}

// play lets a process work until an instant, or until nothing is left to do.
func (s *scene) play(l *life, end time.Time) {
	s.t.Helper()
	for range 1000 {
		next := s.step(l)
		if next.IsZero() || next.After(end) {
			s.clock.Set(end)
			return
		}
		if next.After(s.clock.Now()) {
			s.clock.Set(next)
		}
	}
	s.t.Fatal("it never rests")
}

// judge compares what the rows say with what the gateway did.
func (s *scene) judge(f fate) {
	s.t.Helper()
	sound(s.t, s.disk.store(), s.clock.Now(), audit.Options{Deadline: deadline}, s.gateway.Sends())
	require.Equal(s.t, 1, s.sent(1), "the first had got it before")
	require.Equal(s.t, 1, s.sent(3), "the third gets it whatever happens")
	svc := s.life().engine.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
	r, err := svc.Recipient(s.t.Context(), campaign.RecipientID{Campaign: s.id, Position: 2})
	require.NoError(s.t, err)
	require.Equal(s.t, 1, r.Tries)
	require.Equal(s.t, 1, r.Generation)
	if r.State == campaign.Sent || f == performs || f == forgets {
		require.Equal(s.t, 1, s.sent(2), "the second has it once")
	} else {
		require.Zero(s.t, s.sent(2), "the second has nothing")
	}
	if r.State == campaign.Sent {
		require.Equal(s.t, s.gateway.SendsTo(string(phoneOf(2)))[0].ID, r.ProviderID, "the proof is the gateway's own id")
	}
}
