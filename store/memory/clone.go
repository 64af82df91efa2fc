package memory

import (
	"slices"

	"github.com/alreasense/campaigns/campaign"
)

// Rows go in and out as copies that share nothing, with their times in UTC.

func cloneCampaign(c campaign.Campaign) campaign.Campaign {
	c = c.Clone()
	c.DueAt = c.DueAt.UTC()
	c.StartAt, c.EndAt = c.StartAt.UTC(), c.EndAt.UTC()
	c.CreatedAt, c.UpdatedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC()
	c.StartedAt, c.PausedAt = c.StartedAt.UTC(), c.PausedAt.UTC()
	c.ResumedAt, c.EndedAt = c.ResumedAt.UTC(), c.EndedAt.UTC()
	return c
}

func cloneInstance(i campaign.Instance) campaign.Instance {
	i.Pace.Ramp = slices.Clone(i.Pace.Ramp)
	i.Suspended = cloneReason(i.Suspended)
	i.Since, i.ConnectionAt = i.Since.UTC(), i.ConnectionAt.UTC()
	i.CreatedAt, i.UpdatedAt = i.CreatedAt.UTC(), i.UpdatedAt.UTC()
	return i
}

func cloneMeter(m campaign.Meter) campaign.Meter {
	m.PaceUntil, m.WakeAt, m.LastStart = m.PaceUntil.UTC(), m.WakeAt.UTC(), m.LastStart.UTC()
	m.Hour, m.Day, m.HeldUntil = m.Hour.UTC(), m.Day.UTC(), m.HeldUntil.UTC()
	m.AckedAt = m.AckedAt.UTC()
	m.Why, m.Held = cloneReason(m.Why), cloneReason(m.Held)
	m.Cold.Until, m.Cold.Held = m.Cold.Until.UTC(), cloneReason(m.Cold.Held)
	return m
}

func cloneTally(t campaign.Tally) campaign.Tally {
	t = t.Clone()
	t.LastSentAt = t.LastSentAt.UTC()
	return t
}

func cloneAttempt(a campaign.Attempt) campaign.Attempt {
	a.TakenAt, a.StartBy, a.Quarantine = a.TakenAt.UTC(), a.StartBy.UTC(), a.Quarantine.UTC()
	a.SweepAt, a.LookAt = a.SweepAt.UTC(), a.LookAt.UTC()
	a.Why = cloneReason(a.Why)
	return a
}

func cloneClosed(c campaign.Closed) campaign.Closed {
	c.TakenAt, c.EndedAt = c.TakenAt.UTC(), c.EndedAt.UTC()
	c.Why = cloneReason(c.Why)
	return c
}
