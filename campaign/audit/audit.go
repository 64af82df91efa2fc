package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// Options of a Check. The zero value is good.
type Options struct {
	// Limit is the number of violations after which the check stops. Defaults
	// to 100.
	Limit int
	// Now reads the clock: nothing may have happened later, but for Skew.
	// Defaults to time.Now.
	Now func() time.Time
	// Skew is how far the clocks of gateways may be from that of the ledger.
	// It only matters for the instants that gateways report. Defaults to 5 min.
	Skew time.Duration
	// Windows are the host's own kinds of schedule, by name. A campaign of a
	// kind that is missing here is named in Report.Unchecked.
	Windows schedule.Kinds
	// Key maps a phone to its key among the opted out, see
	// campaign.SuppressionKeys. Nil leaves I13 out, which is then named in
	// Report.Unchecked if anybody has opted out.
	Key func(campaign.Tenant, contact.Phone) campaign.SuppressionKey
	// Deadline is campaign.Timing.Deadline of the daemons: an attempt that has
	// ended must have been inside its window until that long after its take.
	// Defaults to zero, which asks about the instant of the take alone. Open
	// attempts hold their own latest start and need no Deadline.
	Deadline time.Duration
	// Performed is what the gateway has really sent, by its own records. Nil
	// means that nobody knows; an empty list that nothing went out. A message
	// without an attempt breaks I11, unless campaigns were deleted or people
	// erased: then they are counted in Report.Unchecked.
	Performed []Deed
}

func (o *Options) full() Options {
	var f Options
	if o != nil {
		f = *o
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	if f.Now == nil {
		f.Now = time.Now
	}
	if f.Skew <= 0 {
		f.Skew = 5 * time.Minute
	}
	return f
}

// Report is what a Check found.
type Report struct {
	// Violations are in the order in which they were found. Empty means that
	// everything holds that was checked.
	Violations []Violation
	// Stopped tells that the limit was reached and that there may be more.
	Stopped bool
	// Unchecked names what could not be judged, and why.
	Unchecked []string
	Figures   Figures
}

// Figures count what was read.
type Figures struct {
	Tenants    int   `json:"tenants"`
	Campaigns  int   `json:"campaigns"`
	Instances  int   `json:"instances"`
	Recipients int64 `json:"recipients"`
	// Attempts counts those that have ended and those that are open.
	Attempts int64 `json:"attempts"`
	Events   int64 `json:"events"`
	// Seals counts the seals that were computed again, Unsealed the events
	// that no seal covers yet.
	Seals    int64 `json:"seals"`
	Unsealed int64 `json:"unsealed"`
	// Unknown counts the recipients whose outcome is lost now, and Asked how
	// many were unknown at some time.
	Unknown int64 `json:"unknown"`
	Asked   int64 `json:"asked"`
	// States counts the recipients by where they stand.
	States map[campaign.State]int64 `json:"states"`
	// Deeds counts Options.Performed, Matched those whose attempt was found.
	Deeds   int64 `json:"deeds"`
	Matched int64 `json:"matched"`
}

// Violation is one rule that is broken. Fields that do not apply are zero.
type Violation struct {
	// Invariant is the rule's id: "I1" to "I16".
	Invariant string
	Tenant    campaign.Tenant
	Campaign  campaign.ID
	Position  int64
	Instance  campaign.InstanceID
	Attempt   campaign.AttemptID
	// Detail says what is wrong, without any phone, name or text.
	Detail string
}

// String prints one line: "I3 of acme, #12/345: …".
func (v Violation) String() string {
	var b strings.Builder
	b.WriteString(v.Invariant)
	if v.Tenant != "" {
		fmt.Fprintf(&b, " of %s", v.Tenant)
	}
	if v.Campaign != 0 {
		fmt.Fprintf(&b, ", campaign %s", v.Campaign)
		if v.Position != 0 {
			fmt.Fprintf(&b, "/%d", v.Position)
		}
	}
	if v.Instance != 0 {
		fmt.Fprintf(&b, ", instance %d", v.Instance)
	}
	if !v.Attempt.IsZero() {
		fmt.Fprintf(&b, ", attempt %s", v.Attempt)
	}
	return b.String() + ": " + v.Detail
}

// Check reads the whole store and reports what does not hold. It writes
// nothing and works beside engines that send: what it compares comes from one
// snapshot for each campaign, and one for each tenant's log.
//
// An error means that the store could not be read; the report then holds what
// was found before. A violation is not an error.
//
// Its time grows with the number of events and recipients. Its memory holds
// 8 bytes for each recipient of a tenant, and some 80 for each attempt of the
// store, to find a phone or a provider id used twice.
func Check(ctx context.Context, s campaign.Store, o *Options) (Report, error) {
	c := &checker{ctx: ctx, store: s, o: o.full(), rests: make(map[campaign.InstanceID]rest)}
	c.report.Figures.States = make(map[campaign.State]int64)
	c.report.Figures.Deeds = int64(len(c.o.Performed))
	err := c.run()
	if errors.Is(err, errEnough) {
		c.report.Stopped, err = true, nil
	}
	return c.report, err
}

// errEnough stops the check when the limit is reached.
var errEnough = errors.New("audit: enough")

// checker is one Check.
type checker struct {
	ctx    context.Context
	store  campaign.Store
	o      Options
	report Report
	holds  holds
	ids    providers
	// forgotten tells that campaigns were deleted, or people erased, so that
	// what was sent to them cannot be found again.
	forgotten bool
	rests     map[campaign.InstanceID]rest
}

func (c *checker) run() error {
	tenants, err := c.store.Tenants(c.ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if !t.Reserved() {
			c.report.Figures.Tenants++
		}
		if err := c.tenant(t); err != nil {
			return fmt.Errorf("audit: tenant %q: %w", t, err)
		}
	}
	if err := c.twiceHeld(); err != nil {
		return err
	}
	return c.performed()
}

// tenant checks the log of a tenant, and then its campaigns one by one.
func (c *checker) tenant(t campaign.Tenant) error {
	rows := c.store.Tenant(t)
	var l *log
	err := rows.View(c.ctx, func(r campaign.Reader) (err error) {
		l, err = c.readLog(t, r)
		return err
	})
	if err != nil {
		return err
	}
	c.ids = nil
	for _, id := range l.campaigns {
		err := rows.View(c.ctx, func(r campaign.Reader) error { return c.campaign(t, r, id, l) })
		if errors.Is(err, campaign.ErrNotFound) {
			continue // deleted since the list was made
		}
		if err != nil {
			return err
		}
	}
	return c.twiceClaimed(t)
}

// fail notes a violation. Its error stops the check, and is to be returned.
func (c *checker) fail(v Violation, format string, args ...any) error {
	v.Detail = fmt.Sprintf(format, args...)
	c.report.Violations = append(c.report.Violations, v)
	if len(c.report.Violations) >= c.o.Limit {
		return errEnough
	}
	return nil
}

// page is how many rows one query is asked for.
const page = 1000
