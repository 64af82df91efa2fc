package sqlrecords

import (
	"encoding/json"

	"github.com/alreasense/campaigns/campaign"
)

// InstanceColumns are what ScanInstance reads, of a table named i.
const InstanceColumns = `i.id, i.tenant, i.name, i.gateway, i.remote, i.phone, i.pace, i.since, i.zone, i.connection,
	i.connection_at, i.rev, i.created_at, i.updated_at, i.standard,
	i.endpoint, i.owner, i.suspended`

// ScanInstance reads an instance.
func ScanInstance(row Scanner) (campaign.Instance, error) {
	var (
		i                                    campaign.Instance
		pace, suspended                      string
		since, connectedAt, created, updated int64
		standard                             int64
	)
	err := row.Scan((*int64)(&i.ID), (*string)(&i.Tenant), &i.Name, &i.Gateway, &i.Remote, &i.Phone, &pace, &since, &i.Zone,
		(*string)(&i.Connection), &connectedAt, &i.Rev, &created, &updated, &standard,
		&i.Identity.Endpoint, (*string)(&i.Identity.Phone), &suspended)
	if err != nil {
		return i, err
	}
	if err := json.Unmarshal([]byte(pace), &i.Pace); err != nil {
		return i, unreadable("pace", err)
	}
	i.Default = standard != 0
	i.Since, i.ConnectionAt = Instant(since), Instant(connectedAt)
	i.CreatedAt, i.UpdatedAt = Instant(created), Instant(updated)
	i.Suspended, err = ParseReason(suspended)
	return i, err
}

// MeterColumns are what ScanMeter reads and MeterValues gives, of a table
// named m. The campaign that an instance serves stands beside its meter.
const MeterColumns = `m.pace_until, m.wake_at, m.why, m.last_start, m.hour, m.day, m.in_hour, m.in_day, m.in_row,
	m.held, m.held_until, m.holds, m.errors, m.unacked, m.acked_at, m.cold, m.cold_until, m.cold_holds, m.cold_errors`

// ScanMeter reads a meter.
func ScanMeter(row Scanner, more ...any) (campaign.Meter, error) {
	var (
		m                                       campaign.Meter
		why, held, cold                         string
		pace, wake, start, hour, day, heldUntil int64
		acked, coldUntil                        int64
	)
	dest := append([]any{&pace, &wake, &why, &start, &hour, &day, &m.InHour, &m.InDay, &m.InRow, &held, &heldUntil,
		&m.Holds, &m.Errors, &m.Unacked, &acked, &cold, &coldUntil, &m.Cold.Holds, &m.Cold.Errors}, more...)
	if err := row.Scan(dest...); err != nil {
		return m, err
	}
	m.PaceUntil, m.WakeAt, m.LastStart = Instant(pace), Instant(wake), Instant(start)
	m.Hour, m.Day, m.HeldUntil = Instant(hour), Instant(day), Instant(heldUntil)
	m.AckedAt, m.Cold.Until = Instant(acked), Instant(coldUntil)
	var err error
	if m.Why, err = ParseReason(why); err == nil {
		m.Held, err = ParseReason(held)
	}
	if err == nil {
		m.Cold.Held, err = ParseReason(cold)
	}
	return m, err
}

// MeterValues appends the values of MeterColumns.
func MeterValues(args []any, m *campaign.Meter) []any {
	return append(args, Micros(m.PaceUntil), Micros(m.WakeAt), Reason(m.Why), Micros(m.LastStart), Micros(m.Hour), Micros(m.Day),
		int64(m.InHour), int64(m.InDay), int64(m.InRow), Reason(m.Held), Micros(m.HeldUntil), int64(m.Holds),
		int64(m.Errors), int64(m.Unacked), Micros(m.AckedAt),
		Reason(m.Cold.Held), Micros(m.Cold.Until), int64(m.Cold.Holds), int64(m.Cold.Errors))
}
