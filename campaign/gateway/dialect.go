package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// dialect knows what the operator's own gateway speaks. The version decides how
// a message is put and which answers prove that nothing went out, so it is
// asked for before the first send, and again now and then: a gateway may be
// brought to another version meanwhile.
type dialect struct {
	version func(context.Context) (string, error)
	now     func() time.Time

	asking sync.Mutex // held while the gateway is asked

	mu      sync.Mutex
	profile evolution.Profile // empty while it has never said
	next    time.Time         // when it is to be asked
}

const (
	dialectEvery = time.Minute     // between questions
	dialectAgain = 5 * time.Second // after one without an answer
	dialectWait  = 3 * time.Second // for an answer
)

func newDialect(s evolution.Server, now func() time.Time) *dialect {
	s.Profile = evolution.V2 // the question is the same in all of them
	c := evolution.New(s)
	return &dialect{now: now, version: func(ctx context.Context) (string, error) { return c.Version(ctx, campaign.Route{}) }}
}

// of is the gateway's dialect. It waits for an answer only while none has ever
// come; without one it is the dialect that proves least.
func (d *dialect) of(ctx context.Context) evolution.Profile {
	p, due := d.known()
	switch {
	case !due:
	case p == "":
		d.asking.Lock() // whoever asks first asks for all
		defer d.asking.Unlock()
		if p, due = d.known(); due {
			p = d.ask(ctx)
		}
	case d.asking.TryLock():
		go func() {
			defer d.asking.Unlock()
			d.ask(ctx)
		}()
	}
	if p == "" {
		return evolution.V2
	}
	return p
}

func (d *dialect) known() (p evolution.Profile, due bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.profile, !d.now().Before(d.next)
}

func (d *dialect) ask(ctx context.Context) evolution.Profile {
	// The answer is for all, so it does not go with who happened to ask.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialectWait)
	defer cancel()
	version, err := d.version(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.next = d.now().Add(dialectAgain)
		return d.profile
	}
	d.profile, d.next = evolution.ProfileOf(version), d.now().Add(dialectEvery)
	return d.profile
}

// Own is the operator's own gateway, in the dialect that it speaks; ErrNone if
// there is none.
func (g *Gateways) Own(ctx context.Context) (evolution.Server, error) {
	s := g.o.Default
	if s.URL == "" {
		return s, ErrNone
	}
	if s.Profile == "" {
		s.Profile = g.own.of(ctx)
	}
	return s, nil
}
