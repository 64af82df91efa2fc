package campaigntest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Recorder is a sender that sends nothing and keeps what it was given. Its
// zero value accepts everything, with the provider ids "rec-1", "rec-2" and so
// on. It is safe for concurrent use; set its fields before the first Send.
type Recorder struct {
	// Answer decides what becomes of a message. It may be called concurrently.
	// Defaults to accepting.
	Answer func(m campaign.Outgoing) (campaign.Accepted, error)
	// Now is the clock that StartBy is compared with, and that stamps what was
	// sent. Nil means that no message is ever late and that sends bear the zero
	// time.
	Now func() time.Time

	mu   sync.Mutex
	sent []Sent
}

// Sent is one message that a Recorder was given and did not find late.
type Sent struct {
	campaign.Outgoing
	At time.Time
	// ProviderID is empty unless the answer was accepted.
	ProviderID string
	// Err is what Send returned.
	Err error
}

var _ campaign.Sender = (*Recorder)(nil)

// Send records the message and answers as Answer says. A message whose StartBy
// has passed is ErrLate and not recorded, nor is one whose context is done.
func (r *Recorder) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	if err := ctx.Err(); err != nil {
		return campaign.Accepted{}, campaign.NotSent(err)
	}
	var now time.Time
	if r.Now != nil {
		now = r.Now().UTC()
		if now.After(m.StartBy) {
			return campaign.Accepted{}, campaign.ErrLate
		}
	}
	// The place is kept before Answer is asked, so that the order is that of
	// the sends.
	r.mu.Lock()
	n := len(r.sent)
	r.sent = append(r.sent, Sent{Outgoing: m, At: now})
	r.mu.Unlock()

	acc, err := campaign.Accepted{ProviderID: fmt.Sprintf("rec-%d", n+1), At: now, Began: now}, error(nil)
	if r.Answer != nil {
		acc, err = r.Answer(m)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent[n].Err = err
	if err == nil {
		r.sent[n].ProviderID = acc.ProviderID
	}
	return acc, err
}

// All returns what was sent, in order, whatever the answers were.
func (r *Recorder) All() []Sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

// Count is the number of messages that were sent.
func (r *Recorder) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sent)
}

// Texts returns the texts that were sent, in order.
func (r *Recorder) Texts() []string {
	var ts []string
	for _, s := range r.All() {
		ts = append(ts, s.Text)
	}
	return ts
}

// ByPhone returns what was sent to each phone, in order.
func (r *Recorder) ByPhone() map[contact.Phone][]Sent {
	by := make(map[contact.Phone][]Sent)
	for _, s := range r.All() {
		by[s.To] = append(by[s.To], s)
	}
	return by
}

// LookupRecorder is a Recorder with the power to look up what was sent: a
// gateway that keeps records. Answer may return an error although the message
// went out; Find then finds it if Kept says so.
type LookupRecorder struct {
	Recorder
	// Kept tells whether the gateway has a record of a send. Defaults to those
	// that were accepted.
	Kept func(s Sent) bool
}

var (
	_ campaign.Sender = (*LookupRecorder)(nil)
	_ campaign.Lookup = (*LookupRecorder)(nil)
)

// Find returns the records that the inquiry describes. A send without a
// provider id of its own is recorded as "rec-" and its number.
func (r *LookupRecorder) Find(ctx context.Context, q campaign.Inquiry) ([]campaign.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found []campaign.Record
	for n, s := range r.All() {
		kept := s.ProviderID != ""
		if r.Kept != nil {
			kept = r.Kept(s)
		}
		if !kept || s.Route != q.Route || s.To != q.To || s.Text != q.Text || s.At.Before(q.From) || s.At.After(q.Until) {
			continue
		}
		id := s.ProviderID
		if id == "" {
			id = fmt.Sprintf("rec-%d", n+1)
		}
		found = append(found, campaign.Record{ProviderID: id, At: s.At})
	}
	return found, nil
}
