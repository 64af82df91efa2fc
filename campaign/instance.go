package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Instance is one WhatsApp number at a gateway. Commands write it; its meter
// belongs to the ledger.
type Instance struct {
	ID     InstanceID
	Tenant Tenant
	// Name is what people call the number.
	Name string
	// Gateway names the gateway's configuration; empty is the tenant's default.
	Gateway string
	// Remote is the gateway's own name of the instance.
	Remote string
	// Phone is the number itself, if known.
	Phone string
	// Pace limits how fast the number sends, whatever campaign it serves.
	Pace Pace
	// Since is the first day of the number, for Pace.Ramp; zero means long ago.
	Since time.Time
	// Zone is the IANA zone whose midnight starts a day for Pace.PerDay.
	// Defaults to schedule.DefaultZone.
	Zone string
	// Default is the number of a new campaign that names none. A tenant has at
	// most one: another one that becomes it takes the place.
	Default bool
	// Identity is what the number has alone, among all records of the store. The
	// service writes it.
	Identity Identity
	// Suspended says why the record sends nothing until somebody releases it:
	// another record has the number, or another phone joined under its name.
	// Zero while it may send. A suspended record has no Identity.
	Suspended Reason
	// Connection is the last state that was heard of.
	Connection   Connection
	ConnectionAt time.Time
	Rev          int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Identity is what no two records of a store share, whatever their tenants:
// two records of one number would send at twice its pace, and only one of them
// would hear what people answer. An empty part is not known.
type Identity struct {
	// Endpoint is where the number is: see Options.Endpoint.
	Endpoint string
	// Phone is the number itself.
	Phone contact.Phone
}

// Route is the address of the instance for a Sender.
func (i Instance) Route() Route {
	return Route{Tenant: i.Tenant, Gateway: i.Gateway, Instance: i.Remote}
}

// Meter is what the ledger keeps of an instance: takes and settlements write
// it, and it survives restarts, so that a number never bursts. Commands touch
// WakeAt only.
type Meter struct {
	// PaceUntil is the earliest start of the next send. It only grows.
	PaceUntil time.Time
	// WakeAt is when the ledger looks at the instance again: a hint, never
	// more than MaxNap ahead, which any command that changes a gate sets to now.
	WakeAt time.Time
	// Why tells what the instance waits for; zero while it sends.
	Why Reason
	// LastStart is the latest start that was allowed to an attempt.
	LastStart time.Time
	// Hour and Day are the starts of the clock hour and the day being counted,
	// InHour and InDay how many sends they hold, InRow how many were sent since
	// the last long pause.
	Hour, Day            time.Time
	InHour, InDay, InRow int
	// Held says why the instance may not send, until HeldUntil, when one send
	// probes it. Holds counts the holds in a row and stretches the next one.
	Held      Reason
	HeldUntil time.Time
	Holds     int
	// Cold is the lane to people who do not know the number.
	Cold ColdLane
	// Errors counts late failures of distinct contacts in a row, and Unacked
	// the sends accepted since the last one that was acknowledged.
	Errors, Unacked int
	// AckedAt is when a send was last acknowledged; zero if none ever was, which
	// is so where the gateway does not report.
	AckedAt time.Time
}

// MaxNap bounds how long the ledger leaves an instance unlooked at.
const MaxNap = time.Hour
