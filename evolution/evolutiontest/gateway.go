package evolutiontest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// DefaultKey is the global key of a Gateway whose Options name none.
const DefaultKey = "evolutiontest-global-key"

// Version is what GET / reports, and whose behaviour this package shows.
// In V1 mode GET / reports VersionV1.
const (
	Version   = "2.3.6"
	VersionV1 = "1.8.6"
	// VersionChosenIDs takes the caller's own id of a message, as "messageId" of
	// each send.
	VersionChosenIDs = "2.4.0"
)

// ErrClosed is returned by a Gateway after Close.
var ErrClosed = errors.New("evolutiontest: the gateway is closed; make another with New")

// ErrUnknownInstance is wrapped by the methods that name an instance which
// does not exist. Make it with POST /instance/create or with Gateway.Open.
var ErrUnknownInstance = errors.New("evolutiontest: no such instance")

// Options shape a Gateway. The zero value, or nil, is a gateway in memory
// that behaves as version 2.3.6 does with its example environment.
type Options struct {
	// Dir is the folder of the ledger file, made when absent. With a Dir,
	// everything the gateway knows survives the death of its process, and
	// no message is performed before its record is synced to the disk.
	// Defaults to "": memory only.
	Dir string

	// Key is the global key. Defaults to DefaultKey.
	Key string

	// Now is the clock of timestamps, of the 7 days of the number cache and
	// of the 30 minutes of repeated statuses. It does not move the
	// gateway's waits, which use timers: put those in a testing/synctest
	// bubble or shorten them with Scale. Defaults to time.Now.
	Now func() time.Time

	// Scale multiplies every wait of the gateway's own: connect (2 s),
	// create with qrcode (5 s), delete (1 s), reconnect (1 s), the typing
	// delay asked for, acknowledgements, webhook retries. Below zero
	// nothing waits at all. Defaults to 1.
	Scale float64

	// Latency is added to every send before it is performed. It is not
	// scaled. Defaults to 0.
	Latency time.Duration

	// Version is what GET / reports: 2.3.7 and 2.4.0 answer sends as 2.3.6 does,
	// which is shown here, but for EmptyBody and the messageId that 2.4.0 takes.
	// Defaults to the constant Version.
	Version string

	// V1 switches to the bodies, methods and events of version 1.8.
	V1 bool

	// License makes every route but GET / answer 503 LICENSE_REQUIRED, as
	// versions from 2.4.0 do until they are activated. SetLicense changes
	// it at run time.
	License bool

	// StoreMessages says whether sent and received messages are stored, so
	// that findMessages and findStatusMessage find them. Without storing,
	// statuses are passed on for any id. Defaults to true.
	StoreMessages *bool

	// NumberCache switches the 7-day cache of looked-up numbers.
	// Defaults to true.
	NumberCache *bool

	// Compact keeps counts for each number instead of messages: for
	// hundreds of thousands of sends. Nothing is stored for findMessages,
	// Sends and SendsTo return nothing, and repeated statuses are not
	// suppressed; the file is complete.
	Compact bool

	// Exists answers a look-up: the digits under which WhatsApp knows the
	// number and whether it does. It is asked with the digits of the
	// normalised address, so Brazilian mobiles of area codes from 31 come
	// without their ninth digit. It must be safe for concurrent use.
	// Defaults to every number existing as asked, except those that end in
	// 0404 and those without any digit.
	Exists func(digits string) (as string, exists bool)

	// Acks is what follows a send, in order. A step that the dice leave out
	// ends the script. An empty list that is not nil means silence.
	// Defaults to DELIVERY_ACK after 1 s, then READ 3 s later.
	Acks []Ack

	// AutoPair scans every QR code as soon as the answer that carried it has
	// been computed, so that connect alone opens an instance.
	AutoPair bool

	// QRAfter is how long the socket takes to produce its first QR code,
	// scaled. Above 2 s connect answers {"count":0}. Defaults to 0.
	QRAfter time.Duration

	// QREvery is the life of one QR code; 30 of them, and the instance is
	// refused and closed. It is not scaled. Defaults to 45 s.
	QREvery time.Duration

	// Zone is the zone whose wall clock date_time of a webhook shows, with a
	// Z that lies. Defaults to time.UTC.
	Zone *time.Location

	// URL is the address that the gateway believes to have: server_url of
	// webhooks, links of GET /. Defaults to "http://localhost:8080".
	URL string

	// HideKey sends webhooks with "apikey":null instead of the token.
	HideKey bool

	// Transport delivers webhooks. Defaults to a transport of its own.
	Transport http.RoundTripper

	// Deliveries bounds the webhook deliveries under way at one time.
	// Defaults to 32.
	Deliveries int

	// Seed settles every die the gateway throws (probabilities of faults
	// and acknowledgements, jitter of retries) by the message concerned and
	// not by the order of arrival, and the message ids by their number in
	// the ledger. Zero draws ids at random. Defaults to 0.
	Seed uint64

	// Logger hears of deliveries that are given up, and of a ledger that
	// cannot be written. No key, text or number is logged.
	// Defaults to slog.DiscardHandler.
	Logger *slog.Logger
}

// An Ack is one step of the acknowledgements that follow a send.
type Ack struct {
	// Status is SERVER_ACK, DELIVERY_ACK, READ, PLAYED or ERROR. Instances
	// of the business channel report it in their own words.
	Status string
	// After is the time since the step before it, or since the send; scaled.
	After time.Duration
	// Percent of the sends that reached this step and take it. Zero is 100.
	Percent float64
}

// A Gateway is an Evolution API server: mount it on a listener, create an
// instance, scan it, send. It is safe for concurrent use. Close ends the
// goroutines that deliveries and acknowledgements made.
type Gateway struct {
	o        Options
	now      func() time.Time
	log      *slog.Logger
	routes   map[string]route
	ledger   *ledger
	agenda   *agenda
	courier  *courier
	closing  context.Context
	close    context.CancelFunc
	closeErr error
	once     sync.Once

	mu         sync.Mutex
	instances  map[string]*instance
	book       book
	faults     []*armed
	nextFault  int
	calls      map[string]int // sends asked for, by instance and number
	cache      map[string]cached
	license    bool
	storing    bool
	suppressed int
	lost       int
}

var _ http.Handler = (*Gateway)(nil)

// New makes a gateway. With a directory it reads back what an earlier one
// left there, cuts a torn last record, and connects every instance, as the
// original does after a restart: those that had been paired are connecting
// for a second, then open, the others show QR codes. It starts no goroutine
// except for the webhooks of instances that were read back; Close ends those.
func New(o *Options) (*Gateway, error) {
	if o == nil {
		o = new(Options)
	}
	g := &Gateway{
		o:         *o,
		instances: map[string]*instance{},
		calls:     map[string]int{},
		cache:     map[string]cached{},
		license:   o.License,
		storing:   o.StoreMessages == nil || *o.StoreMessages,
	}
	g.o.Key = cmp.Or(o.Key, DefaultKey)
	g.o.Scale = cmp.Or(o.Scale, 1)
	g.o.QREvery = cmp.Or(o.QREvery, 45*time.Second)
	g.o.Zone = cmp.Or(o.Zone, time.UTC)
	g.o.URL = cmp.Or(o.URL, "http://localhost:8080")
	g.o.Deliveries = cmp.Or(o.Deliveries, 32)
	if g.o.Exists == nil {
		g.o.Exists = defaultExists
	}
	if g.o.Acks == nil {
		g.o.Acks = []Ack{{Status: "DELIVERY_ACK", After: time.Second}, {Status: "READ", After: 3 * time.Second}}
	}
	for _, a := range g.o.Acks {
		if _, known := ranks[a.Status]; !known {
			return nil, fmt.Errorf("evolutiontest: Options.Acks: status %q is not one of ERROR, SERVER_ACK, DELIVERY_ACK, READ, PLAYED", a.Status)
		}
	}
	g.now, g.log = o.Now, o.Logger
	if g.now == nil {
		g.now = time.Now
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	g.book = newBook(o.Compact)
	g.routes = routesOf(o.V1)
	g.agenda = &agenda{timers: map[*entry]struct{}{}}
	g.courier = newCourier(g)
	g.closing, g.close = context.WithCancel(context.Background())
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o755); err != nil {
			return nil, fmt.Errorf("evolutiontest: ledger directory: %w", err)
		}
		l, err := openLedger(o.Dir, g.replay)
		if err != nil {
			return nil, err
		}
		g.ledger = l
	}
	g.wakeAll()
	return g, nil
}

// Close stops timers, acknowledgements and deliveries, waits for the
// goroutines behind them, lets blocking calls go (they answer nothing and
// perform nothing), and closes the ledger. Deliveries that had not succeeded
// are lost, as they are in the original. A second Close returns what the
// first did.
func (g *Gateway) Close() error {
	g.once.Do(func() {
		g.close()
		g.agenda.stop()
		g.courier.stop()
		g.closeErr = g.ledger.close()
	})
	return g.closeErr
}

// scaled is a wait of the gateway's own in the time of this run.
func (g *Gateway) scaled(d time.Duration) time.Duration {
	if g.o.Scale < 0 {
		return 0
	}
	return time.Duration(float64(d) * g.o.Scale)
}

// wait blocks for d, which is scaled already, and reports false when the
// gateway was closed first. A caller who hung up does not end it.
func (g *Gateway) wait(d time.Duration) bool {
	if d <= 0 {
		return g.closing.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-g.closing.Done():
		return false
	}
}

// SetLicense switches the 503 LICENSE_REQUIRED of an unactivated server.
func (g *Gateway) SetLicense(required bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.license = required
}

// SetStoring switches the storing of messages from now on.
func (g *Gateway) SetStoring(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.storing = on
}

// agenda owns what happens later.
type agenda struct {
	mu     sync.Mutex
	timers map[*entry]struct{}
	closed bool
	wg     sync.WaitGroup
}

type entry struct{ t *time.Timer }

// after runs f once d has passed, on a goroutine of its own, unless the
// agenda is stopped before.
func (a *agenda) after(d time.Duration, f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	e := new(entry)
	a.timers[e] = struct{}{}
	e.t = time.AfterFunc(d, func() {
		a.mu.Lock()
		if a.closed {
			a.mu.Unlock()
			return
		}
		delete(a.timers, e)
		a.wg.Add(1)
		a.mu.Unlock()
		defer a.wg.Done()
		f()
	})
}

func (a *agenda) stop() {
	a.mu.Lock()
	a.closed = true
	for e := range a.timers {
		e.t.Stop()
	}
	clear(a.timers)
	a.mu.Unlock()
	a.wg.Wait()
}
