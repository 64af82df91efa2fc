package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// inbox keeps the gateways' reports until they are applied.
type inbox struct {
	last     int64
	rows     map[int64]campaign.Notice
	byKey    map[campaign.ProviderKey][]int64
	matched  queue[int64] // those whose attempt is known, by Seq
	arrivals queue[int64] // all, by ArrivedAt
	sent     map[sighting]map[int64]bool
	replies  map[author]map[int64]bool // those that wait
}

// sighting is what reports of sends are sought by.
type sighting struct {
	instance campaign.InstanceID
	phone    contact.Phone
}

// author is who wrote to a tenant.
type author struct {
	tenant campaign.Tenant
	phone  contact.Phone
}

func newInbox() inbox {
	return inbox{rows: make(map[int64]campaign.Notice), byKey: make(map[campaign.ProviderKey][]int64),
		matched: newQueue[int64](), arrivals: newQueue[int64](), sent: make(map[sighting]map[int64]bool),
		replies: make(map[author]map[int64]bool)}
}

func noticeKey(n campaign.Notice) campaign.ProviderKey {
	return campaign.ProviderKey{Instance: n.Instance, ID: n.ProviderID}
}

// match says whether the reports of a message can be applied now.
func (s *Store) match(key campaign.ProviderKey) {
	known := s.providers[key] != nil
	for _, seq := range s.inbox.byKey[key] {
		if known {
			s.inbox.matched.Set(seq, time.Time{}, seq)
		} else {
			s.inbox.matched.Drop(seq)
		}
	}
}

func (s *Store) attachNotice(n campaign.Notice) {
	in, key := &s.inbox, noticeKey(n)
	in.rows[n.Seq] = n
	if n.Kind == campaign.NoticeReply {
		in.arrivals.Set(n.Seq, n.ArrivedAt, n.Seq)
		by := author{n.Tenant, n.Phone}
		if f := s.phones[n.Phone]; s.wroteTo(by) && (f == nil || f.Tenant != n.Tenant) {
			in.matched.Set(n.Seq, time.Time{}, n.Seq)
			return
		}
		if in.replies[by] == nil {
			in.replies[by] = make(map[int64]bool)
		}
		in.replies[by][n.Seq] = true
		return
	}
	in.byKey[key] = append(in.byKey[key], n.Seq)
	in.arrivals.Set(n.Seq, n.ArrivedAt, n.Seq)
	if at := (sighting{n.Instance, n.Phone}); n.Kind == campaign.NoticeSent {
		if in.sent[at] == nil {
			in.sent[at] = make(map[int64]bool)
		}
		in.sent[at][n.Seq] = true
	}
	s.match(key)
}

func (s *Store) detachNotice(n campaign.Notice) {
	in, key := &s.inbox, noticeKey(n)
	delete(in.rows, n.Seq)
	if n.Kind == campaign.NoticeReply {
		in.arrivals.Drop(n.Seq)
		in.matched.Drop(n.Seq)
		in.forget(author{n.Tenant, n.Phone}, n.Seq)
		return
	}
	in.byKey[key] = slices.DeleteFunc(in.byKey[key], func(seq int64) bool { return seq == n.Seq })
	if len(in.byKey[key]) == 0 {
		delete(in.byKey, key)
	}
	in.arrivals.Drop(n.Seq)
	if at := (sighting{n.Instance, n.Phone}); in.sent[at] != nil {
		delete(in.sent[at], n.Seq)
		if len(in.sent[at]) == 0 {
			delete(in.sent, at)
		}
	}
	in.matched.Drop(n.Seq)
}

func (in *inbox) forget(by author, seq int64) {
	delete(in.replies[by], seq)
	if len(in.replies[by]) == 0 {
		delete(in.replies, by)
	}
}

// answered frees what a person wrote while an attempt to them was open.
func (t *tx) answered(by author) {
	for seq := range t.inbox.replies[by] {
		t.inbox.forget(by, seq)
		t.inbox.matched.Set(seq, time.Time{}, seq)
		t.undone(func() {
			t.inbox.matched.Drop(seq)
			if t.inbox.replies[by] == nil {
				t.inbox.replies[by] = make(map[int64]bool)
			}
			t.inbox.replies[by][seq] = true
		})
	}
}

// wroteTo reports whether a message of the tenant to the phone was accepted.
func (s *Store) wroteTo(by author) bool {
	for range s.writtenTo(by) {
		return true
	}
	return false
}

// writtenTo yields the accepted attempts of a tenant to a phone.
func (s *Store) writtenTo(by author) iter.Seq[*logged] {
	return func(yield func(*logged) bool) {
		t := s.tenants[by.tenant]
		if t == nil {
			return
		}
		for _, b := range t.campaigns {
			position, in := b.phones[by.phone]
			if !in {
				continue
			}
			for l := b.audience.At(int(position - 1)).last; l != nil; l = l.prev {
				if l.row.Outcome == campaign.OutcomeAccepted && !yield(l) {
					return
				}
			}
		}
	}
}

// Stash implements campaign.Inbox.
func (s *Store) Stash(ctx context.Context, ns []campaign.Notice) error {
	return s.write(ctx, func(t *tx) error {
		for _, n := range ns {
			t.inbox.last++
			n.Seq = t.inbox.last
			n.At, n.ArrivedAt, n.Why = n.At.UTC(), n.ArrivedAt.UTC(), cloneReason(n.Why)
			t.attachNotice(n)
			t.undone(func() { t.detachNotice(n) })
			if w, since, ok := n.Warms(); ok {
				t.warm(w, since)
			}
		}
		return nil
	})
}

// Held implements campaign.Ledger.
func (s *Store) Held(ctx context.Context, p contact.Phone) (held bool, until time.Time, err error) {
	err = s.read(ctx, func() error {
		f := s.phones[p]
		if held = f != nil; held && f.Phase == campaign.Lost {
			until = f.Quarantine
		}
		return nil
	})
	return held, until, err
}

// Sightings implements campaign.Inbox.
func (s *Store) Sightings(ctx context.Context, i campaign.InstanceID, p contact.Phone) (list []campaign.Notice, err error) {
	err = s.read(ctx, func() error {
		for seq := range s.inbox.sent[sighting{i, p}] {
			if n := s.inbox.rows[seq]; s.providers[noticeKey(n)] == nil {
				list = append(list, n)
			}
		}
		slices.SortFunc(list, func(a, b campaign.Notice) int { return cmp.Compare(a.Seq, b.Seq) })
		return nil
	})
	return list, err
}

// Addressee implements campaign.Inbox.
func (s *Store) Addressee(ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (p contact.Phone, pending bool, err error) {
	err = s.read(ctx, func() error {
		key := campaign.ProviderKey{Instance: i, ID: id}
		if l := s.providers[key]; l != nil && id != "" && l.row.Tenant == t {
			p = l.row.Phone
			return nil
		}
		for _, seq := range s.inbox.byKey[key] {
			if n := s.inbox.rows[seq]; n.Kind == campaign.NoticeSent && n.Tenant == t && id != "" {
				p = n.Phone
				return nil
			}
		}
		for _, f := range s.open {
			if f.Instance == i && f.Tenant == t && !f.TakenAt.After(until) && (f.Phase == campaign.Flying || f.Held) {
				pending = true
			}
		}
		return nil
	})
	return p, pending, err
}

// Absorb implements campaign.Inbox.
func (s *Store) Absorb(ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, now, apply, func(t *tx, r *campaign.Rows) {
		seen := make(map[int64]bool)
		add := func(seq int64) bool {
			if len(seen) >= max {
				return false
			}
			if !seen[seq] {
				seen[seq] = true
				n := t.inbox.rows[seq]
				n.Why = cloneReason(n.Why)
				r.Notices = append(r.Notices, n)
			}
			return true
		}
		for seq := range t.inbox.matched.First {
			if !add(seq) {
				break
			}
		}
		for seq, at := range t.inbox.arrivals.First {
			if !at.Before(expire) || !add(seq) {
				break
			}
		}
		slices.SortFunc(r.Notices, func(a, b campaign.Notice) int { return int(a.Seq - b.Seq) })
		for _, n := range r.Notices {
			if n.Kind == campaign.NoticeReply {
				for l := range t.writtenTo(author{n.Tenant, n.Phone}) {
					if at := l.row.TakenAt; !at.After(n.Until()) && !at.Before(n.At.Add(-campaign.ReplyWindow)) {
						t.loadEnded(r, l)
					}
				}
				continue
			}
			if l := t.providers[noticeKey(n)]; l != nil {
				t.loadEnded(r, l)
			}
		}
		t.loadWarm(r)
	})
}
