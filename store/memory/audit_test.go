package memory

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/alreasense/campaigns/campaign"
)

// audit finds what disagrees between the rows of a store and its guards and
// orders, and prints all rows.
func audit(s *Store) (picture string, faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var lines []string
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }

	due, starts := map[campaign.InstanceID]bool{}, map[campaign.ID]bool{}
	sweeps, quarantines, looks := map[campaign.AttemptID]bool{}, map[campaign.AttemptID]bool{}, map[campaign.AttemptID]bool{}
	phones, flying, closed := 0, 0, 0
	for id, l := range s.ended {
		if s.campaigns[l.row.Recipient.Campaign] != nil {
			continue
		}
		closed++ // the log outlives its campaign
		line("closed %s, of a campaign that is gone %+v", id, l.row)
		key := campaign.ProviderKey{Instance: l.row.Instance, ID: l.row.ProviderID}
		if key.ID != "" && s.providers[key] != l {
			fault("the provider id of %s is not indexed", id)
		}
	}
	for id, b := range s.campaigns {
		line("campaign %d %+v %+v %+v", id, b.campaign, b.cursor, b.tally)
		if b.tenant.campaigns[id] != b || s.tenants[b.tenant.name] != b.tenant {
			fault("campaign %d is not among its tenant's", id)
		}
		if b.campaign.Status == campaign.Scheduled {
			starts[id] = true
		}
		if len(b.phones) != b.audience.Len() || int64(b.audience.Len()) != b.campaign.Total {
			fault("campaign %d has %d phones, %d recipients, total %d", id, len(b.phones), b.audience.Len(), b.campaign.Total)
		}
		if len(b.waiting) != b.queue.Len() {
			fault("campaign %d has %d waiting and %d queued", id, len(b.waiting), b.queue.Len())
		}
		for p, at := range b.queue.First {
			if w := b.waiting[p]; w == nil || !w.due.Equal(at) || b.open[p] != nil || p > b.cursor.Position {
				fault("the waiting row of %d/%d is wrong", id, p)
			}
			line("wait %d/%d %+v %v", id, p, *b.waiting[p], reasonOf(b.waiting[p].why))
		}
		n := 0
		for p, f := range b.open {
			if f.Recipient != (campaign.RecipientID{Campaign: id, Position: p}) || s.open[f.ID] != f || f.book != b {
				fault("the open attempt of %d/%d is wrong", id, p)
			}
			if f.Phase == campaign.Flying {
				n++
			}
		}
		if n != b.flying {
			fault("campaign %d counts %d in flight, has %d", id, b.flying, n)
		}
		for p := range b.audience.Len() {
			m := b.audience.At(p)
			if _, ok := b.phones[m.phone]; !ok {
				fault("the phone of %d/%d is not indexed", id, p+1)
			}
			line("recipient %d/%d %+v", id, p+1, b.recipient(int64(p+1)))
			for l := m.last; l != nil; l = l.prev {
				closed++
				line("closed %d/%d %+v", id, p+1, l.row)
				if s.ended[l.row.Attempt] != l {
					fault("the ended attempt of %d/%d is not indexed", id, p+1)
				}
				key := campaign.ProviderKey{Instance: l.row.Instance, ID: l.row.ProviderID}
				if key.ID != "" && s.providers[key] != l {
					fault("the provider id of %d/%d is not indexed", id, p+1)
				}
			}
		}
		for i, num := range b.serving {
			if num.serves != id || s.instances[i] != num {
				fault("instance %d does not serve %d", i, id)
			}
		}
		for i := range b.events.Len() {
			line("event of %d: %d", id, *b.events.At(i))
		}
	}
	for _, f := range s.open {
		line("open %d %+v", f.seq, f.Attempt)
		if f.book.open[f.Recipient.Position] != f {
			fault("attempt %s is not among its campaign's", f.ID)
		}
		if f.Held {
			phones++
			if s.phones[f.Phone] != f {
				fault("attempt %s does not hold its phone", f.ID)
			}
		}
		switch {
		case f.Phase == campaign.Flying:
			flying++
			sweeps[f.ID] = true
			if f.num.slots[f.Slot] != f || s.crews[f.Daemon][f.ID] != f {
				fault("attempt %s holds neither slot nor crew", f.ID)
			}
		default:
			if f.Held {
				quarantines[f.ID] = true
			}
			if !f.LookAt.IsZero() {
				looks[f.ID] = true
			}
		}
	}
	if len(s.phones) != phones || len(s.ended) != closed {
		fault("%d phones for %d held, %d ended for %d closed", len(s.phones), phones, len(s.ended), closed)
	}
	crews, slots := 0, 0
	for _, c := range s.crews {
		crews += len(c)
	}
	for id, n := range s.instances {
		line("instance %d %+v %+v serves %d", id, n.instance, n.meter, n.serves)
		slots += len(n.slots)
		open := 0
		for _, f := range s.open {
			if f.num == n {
				open++
			}
		}
		if open != n.open {
			fault("instance %d counts %d open, has %d", id, n.open, open)
		}
		if b := s.campaigns[n.serves]; b != nil {
			if b.serving[id] != n {
				fault("instance %d is not among those that serve %d", id, n.serves)
			}
			if b.campaign.Status == campaign.Active {
				due[id] = true
			}
		} else if n.serves != 0 {
			fault("instance %d serves %d, which is gone", id, n.serves)
		}
	}
	if crews != flying || slots != flying {
		fault("%d in crews and %d in slots for %d in flight", crews, slots, flying)
	}
	ordered(&s.due, due, "due", fault, line)
	ordered(&s.starts, starts, "starts", fault, line)
	ordered(&s.sweeps, sweeps, "sweeps", fault, line)
	ordered(&s.quarantines, quarantines, "quarantines", fault, line)
	ordered(&s.looks, looks, "looks", fault, line)

	for _, of := range s.tenants {
		line("tenant %s %+v %v", of.name, of.calendar, slices.Sorted(maps.Values(keysOf(of))))
		for i := range of.events.Len() {
			line("event of %s: %d", of.name, *of.events.At(i))
		}
		for r, id := range of.remotes {
			if n := of.instances[id]; n == nil || remoteOf(&n.instance) != r {
				fault("the remote name %v leads to another instance", r)
			}
		}
		if len(of.remotes) != len(of.instances) {
			fault("%d remote names for %d instances", len(of.remotes), len(of.instances))
		}
	}
	for k, id := range s.endpoints {
		if n := s.instances[id]; n == nil || n.instance.Identity.Endpoint != k {
			fault("the endpoint %q leads to another instance", k)
		}
	}
	for k, id := range s.owners {
		if n := s.instances[id]; n == nil || n.instance.Identity.Phone != k {
			fault("the phone %q leads to another instance", k)
		}
	}
	for i := range s.events.Len() {
		line("event %+v", s.events.At(i).row(int64(i+1)))
	}
	matched, keyed := 0, 0
	for seq, n := range s.inbox.rows {
		line("notice %+v", n)
		if s.providers[noticeKey(n)] != nil {
			matched++
		}
		if !slices.Contains(s.inbox.byKey[noticeKey(n)], seq) {
			fault("notice %d is not indexed", seq)
		}
	}
	for _, seqs := range s.inbox.byKey {
		keyed += len(seqs)
	}
	if matched != s.inbox.matched.Len() || len(s.inbox.rows) != s.inbox.arrivals.Len() || keyed != len(s.inbox.rows) {
		fault("of %d notices %d match, %d are marked, %d queued, %d indexed", len(s.inbox.rows), matched, s.inbox.matched.Len(), s.inbox.arrivals.Len(), keyed)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n"), faults
}

func keysOf(of *tenant) map[campaign.SuppressionKey]string {
	m := map[campaign.SuppressionKey]string{}
	for k := range of.keys {
		m[k] = fmt.Sprintf("%x", k[:4])
	}
	return m
}

func ordered[K comparable](q *queue[K], want map[K]bool, name string, fault, line func(string, ...any)) {
	if q.Len() != len(want) || len(q.at) != q.Len() {
		fault("%s orders %d of %d", name, q.Len(), len(want))
	}
	for k, at := range q.First {
		if !want[k] {
			fault("%s orders %v, which does not belong there", name, k)
		}
		line("%s %v %v", name, k, at)
	}
}
