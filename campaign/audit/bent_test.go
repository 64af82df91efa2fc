package audit_test

import (
	"context"
	"slices"

	"github.com/alreasense/campaigns/campaign"
)

// bent is a healthy store of which a reader sees one thing wrong. Fields that
// are nil change nothing.
type bent struct {
	campaign.Store
	campaign  func(*campaign.Campaign)
	books     func(campaign.ID, *campaign.Books)
	recipient func(*campaign.Recipient) bool // false leaves it out
	flights   func(campaign.ID, []campaign.Attempt) []campaign.Attempt
	history   func(*campaign.Closed) bool
	number    func(*campaign.Number)
	calendar  func(*campaign.Calendar)
	// events changes the whole log of a tenant. It is sealed again afterwards,
	// so that the seals tell nothing, unless sealed is set.
	events func(campaign.Tenant, []campaign.Event) []campaign.Event
	sealed bool
	seals  func(campaign.Tenant, []campaign.Seal) []campaign.Seal
}

func (b *bent) Tenant(t campaign.Tenant) campaign.Records {
	if t == "campaignd key check" { // what the engine keeps of the whole store
		return b.Store.Tenant(t)
	}
	return &bentRecords{b.Store.Tenant(t), b, t}
}

type bentRecords struct {
	campaign.Records
	b *bent
	t campaign.Tenant
}

func (r *bentRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.Records.View(ctx, func(v campaign.Reader) error { return f(&bentReader{Reader: v, b: r.b, t: r.t}) })
}

type bentReader struct {
	campaign.Reader
	b      *bent
	t      campaign.Tenant
	log    []campaign.Event
	chain  []campaign.Seal
	loaded bool
}

func (r *bentReader) Campaign(id campaign.ID) (campaign.Campaign, error) {
	c, err := r.Reader.Campaign(id)
	if err == nil && r.b.campaign != nil {
		r.b.campaign(&c)
	}
	return c, err
}

func (r *bentReader) Campaigns(q campaign.CampaignQuery) ([]campaign.Campaign, error) {
	cs, err := r.Reader.Campaigns(q)
	for i := range cs {
		if r.b.campaign != nil {
			r.b.campaign(&cs[i])
		}
	}
	return cs, err
}

func (r *bentReader) Books(id campaign.ID) (campaign.Books, error) {
	b, err := r.Reader.Books(id)
	if err == nil && r.b.books != nil {
		r.b.books(id, &b)
	}
	return b, err
}

func (r *bentReader) Recipients(q campaign.RecipientQuery) ([]campaign.Recipient, error) {
	ps, err := r.Reader.Recipients(q)
	if r.b.recipient != nil {
		var kept []campaign.Recipient
		for i := range ps {
			if r.b.recipient(&ps[i]) {
				kept = append(kept, ps[i])
			}
		}
		ps = kept
	}
	return ps, err
}

func (r *bentReader) Flights(id campaign.ID) ([]campaign.Attempt, error) {
	as, err := r.Reader.Flights(id)
	if err == nil && r.b.flights != nil {
		as = r.b.flights(id, as)
	}
	return as, err
}

func (r *bentReader) History(id campaign.ID, after, through int64) ([]campaign.Closed, error) {
	cs, err := r.Reader.History(id, after, through)
	if r.b.history != nil {
		var kept []campaign.Closed
		for i := range cs {
			if r.b.history(&cs[i]) {
				kept = append(kept, cs[i])
			}
		}
		cs = kept
	}
	return cs, err
}

func (r *bentReader) Number(id campaign.InstanceID) (campaign.Number, error) {
	n, err := r.Reader.Number(id)
	if err == nil && r.b.number != nil {
		r.b.number(&n)
	}
	return n, err
}

func (r *bentReader) Numbers() ([]campaign.Number, error) {
	ns, err := r.Reader.Numbers()
	for i := range ns {
		if r.b.number != nil {
			r.b.number(&ns[i])
		}
	}
	return ns, err
}

func (r *bentReader) Calendar() (campaign.Calendar, error) {
	c, err := r.Reader.Calendar()
	if err == nil && r.b.calendar != nil {
		r.b.calendar(&c)
	}
	return c, err
}

// load reads the tenant's log and seals, and bends them.
func (r *bentReader) load() error {
	if r.loaded {
		return nil
	}
	r.loaded = true
	for q := (campaign.EventQuery{Limit: 1000}); ; {
		es, err := r.Reader.Events(q)
		if err != nil {
			return err
		}
		r.log = append(r.log, es...)
		if len(es) < 1000 {
			break
		}
		q.After = es[len(es)-1].Seq
	}
	var err error
	if r.chain, err = r.Reader.Seals(0, 1000); err != nil {
		return err
	}
	if r.b.events != nil {
		r.log = r.b.events(r.t, r.log)
		if !r.b.sealed {
			r.chain = []campaign.Seal{campaign.SealOver(campaign.Seal{}, r.t, r.log, r.log[len(r.log)-1].At)}
		}
	}
	if r.b.seals != nil {
		r.chain = r.b.seals(r.t, r.chain)
	}
	return nil
}

func (r *bentReader) Events(q campaign.EventQuery) (es []campaign.Event, err error) {
	if r.b.events == nil {
		return r.Reader.Events(q)
	}
	if err := r.load(); err != nil {
		return nil, err
	}
	for _, e := range r.log {
		if e.Seq > q.After && (q.Campaign == 0 || e.Campaign == q.Campaign) && (q.Position == 0 || e.Position == q.Position) &&
			(len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) {
			if es = append(es, e); len(es) == campaign.PageLimit(q.Limit) {
				break
			}
		}
	}
	return es, nil
}

func (r *bentReader) Seals(after int64, limit int) (ss []campaign.Seal, err error) {
	if err := r.load(); err != nil {
		return nil, err
	}
	for _, s := range r.chain {
		if s.Through > after {
			if ss = append(ss, s); len(ss) == campaign.PageLimit(limit) {
				break
			}
		}
	}
	return ss, nil
}
