package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Tenant implements campaign.Store.
func (s *Store) Tenant(name campaign.Tenant) campaign.Records { return &records{store: s, name: name} }

// Tenants implements campaign.Store.
func (s *Store) Tenants(ctx context.Context) (names []campaign.Tenant, err error) {
	err = s.read(ctx, func() error {
		for name, t := range s.tenants {
			if t.events.Len() > 0 {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return nil
	})
	return names, err
}

// records are the rows of one tenant.
type records struct {
	store *Store
	name  campaign.Tenant
}

var _ campaign.Records = (*records)(nil)

// View implements campaign.Records.
func (r *records) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.store.read(ctx, func() error {
		of := r.store.tenants[r.name]
		if of == nil {
			of = newTenant(r.name)
		}
		v := &reader{store: r.store, tenant: of}
		defer func() { v.over = true }()
		return f(v)
	})
}

// Update implements campaign.Records.
func (r *records) Update(ctx context.Context, f func(campaign.Writer) error) error {
	return r.store.write(ctx, func(t *tx) error {
		w := &writer{reader: reader{store: r.store, tenant: t.tenantOf(r.name)}, tx: t}
		defer func() { w.over = true }()
		return f(w)
	})
}

func (t *tx) tenantOf(name campaign.Tenant) *tenant {
	of := t.tenants[name]
	if of == nil {
		of = newTenant(name)
		put(t, t.tenants, name, of)
	}
	return of
}

// reader implements campaign.Reader.
type reader struct {
	store  *Store
	tenant *tenant
	over   bool
}

func (r *reader) book(id campaign.ID) (*book, error) {
	if r.over {
		return nil, errOver
	}
	b := r.tenant.campaigns[id]
	if b == nil {
		return nil, missing("campaign %s", id)
	}
	return b, nil
}

func (r *reader) number(id campaign.InstanceID) (*number, error) {
	if r.over {
		return nil, errOver
	}
	n := r.tenant.instances[id]
	if n == nil {
		return nil, missing("instance %d", id)
	}
	return n, nil
}

// Campaign implements campaign.CampaignReader.
func (r *reader) Campaign(id campaign.ID) (campaign.Campaign, error) {
	b, err := r.book(id)
	if err != nil {
		return campaign.Campaign{}, err
	}
	return cloneCampaign(b.campaign), nil
}

// Campaigns implements campaign.CampaignReader.
func (r *reader) Campaigns(q campaign.CampaignQuery) ([]campaign.Campaign, error) {
	if r.over {
		return nil, errOver
	}
	found := r.selected(q)
	slices.SortFunc(found, func(a, b *book) int {
		x, y := &a.campaign, &b.campaign
		switch q.Order {
		case campaign.OldestFirst:
			return cmp.Compare(x.ID, y.ID)
		case campaign.ByName:
			return cmp.Or(strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(y.ID, x.ID))
		}
		return cmp.Compare(y.ID, x.ID)
	})
	found = found[min(len(found), max(q.Skip, 0)):]
	found = found[:min(len(found), campaign.PageLimit(q.Limit))]
	out := make([]campaign.Campaign, len(found))
	for i, b := range found {
		out[i] = cloneCampaign(b.campaign)
	}
	return out, nil
}

// CountCampaigns implements campaign.CampaignReader.
func (r *reader) CountCampaigns(q campaign.CampaignQuery) (int64, error) {
	if r.over {
		return 0, errOver
	}
	q.Before, q.After = 0, 0
	return int64(len(r.selected(q))), nil
}

func (r *reader) selected(q campaign.CampaignQuery) (found []*book) {
	search := fold(q.Search)
	for id, b := range r.tenant.campaigns {
		c := &b.campaign
		if q.Before != 0 && id >= q.Before || id <= q.After ||
			len(q.Status) > 0 && !slices.Contains(q.Status, c.Status) ||
			search != "" && !strings.Contains(fold(c.Name), search) {
			continue
		}
		found = append(found, b)
	}
	return found
}

// fold maps the letters that differ in case only to the same one.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		least := c
		for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}

// Books implements campaign.CampaignReader.
func (r *reader) Books(id campaign.ID) (campaign.Books, error) {
	b, err := r.book(id)
	if err != nil {
		return campaign.Books{}, err
	}
	out := campaign.Books{Cursor: b.cursor.Clone(), Tally: b.tally.Clone(),
		Flying: int64(b.flying), Waiting: int64(len(b.waiting)), NextDue: b.nextDue(), NextWhy: b.nextWhy()}
	for lane, q := range b.lanes {
		next, _ := q.Min()
		out.SetLane(lane, int64(q.Len()), next)
	}
	return out, nil
}

// Events implements campaign.CampaignReader. The events of a deleted campaign
// are still found by its ID.
func (r *reader) Events(q campaign.EventQuery) ([]campaign.Event, error) {
	if r.over {
		return nil, errOver
	}
	from := &r.tenant.events
	if b := r.tenant.campaigns[q.Campaign]; b != nil {
		from = &b.events
	}
	var out []campaign.Event
	limit := campaign.PageLimit(q.Limit)
	first := sort.Search(from.Len(), func(i int) bool { return *from.At(i) > q.After })
	end := from.Len()
	if q.Before > 0 {
		end = sort.Search(end, func(i int) bool { return *from.At(i) >= q.Before })
	}
	for i := first; i < end && len(out) < limit; i++ {
		at := i
		if q.Newest {
			at = end - 1 - (i - first)
		}
		seq := *from.At(at)
		e := r.store.events.At(int(seq - 1))
		if q.Campaign != 0 && e.campaign != q.Campaign || q.Position != 0 && e.position != q.Position ||
			len(q.Types) > 0 && !slices.Contains(q.Types, e.kind) {
			continue
		}
		out = append(out, e.row(seq))
	}
	return out, nil
}

// Hours implements campaign.AudienceReader.
func (r *reader) Hours(id campaign.ID, types []campaign.EventType) ([]campaign.HourCount, error) {
	b, err := r.book(id)
	if err != nil {
		return nil, err
	}
	counts := make(map[campaign.HourCount]int64)
	for i := range b.events.Len() {
		e := r.store.events.At(int(*b.events.At(i) - 1))
		if slices.Contains(types, e.kind) {
			counts[campaign.HourCount{Hour: e.at.Time().Truncate(time.Hour), Type: e.kind, Instance: e.instance, Message: campaign.MessageID(e.message)}]++
		}
	}
	out := make([]campaign.HourCount, 0, len(counts))
	for h, n := range counts {
		h.Count = n
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b campaign.HourCount) int {
		return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Message, b.Message))
	})
	return out, nil
}

// Recipient implements campaign.AudienceReader.
func (r *reader) Recipient(id campaign.RecipientID) (campaign.Recipient, error) {
	b, err := r.book(id.Campaign)
	if err != nil {
		return campaign.Recipient{}, err
	}
	if !b.has(id.Position) {
		return campaign.Recipient{}, missing("recipient %s", id)
	}
	return b.derived(id.Position), nil
}

// Recipients implements campaign.AudienceReader.
func (r *reader) Recipients(q campaign.RecipientQuery) ([]campaign.Recipient, error) {
	b, err := r.book(q.Campaign)
	if err != nil {
		return nil, err
	}
	var out []campaign.Recipient
	limit := campaign.PageLimit(q.Limit)
	for p := max(q.After, 0) + 1; b.has(p) && len(out) < limit; p++ {
		if len(q.States) > 0 && !slices.Contains(q.States, b.state(p)) {
			continue
		}
		if r := b.derived(p); !q.Responded || !r.RespondedAt.IsZero() {
			out = append(out, r)
		}
	}
	return out, nil
}

// state is the derived state alone, for lists that pass over many.
func (b *book) state(position int64) campaign.State {
	r := campaign.Recipient{}
	if e := b.audience.At(int(position - 1)).end; e != nil {
		r.State = e.state
	}
	var open *campaign.Attempt
	if f := b.open[position]; f != nil {
		open = &f.Attempt
	}
	r.Derive(b.campaign.Status, open, nil)
	return r.State
}

// Flights implements campaign.AudienceReader.
func (r *reader) Flights(id campaign.ID) ([]campaign.Attempt, error) {
	b, err := r.book(id)
	if err != nil {
		return nil, err
	}
	fs := make([]*flight, 0, len(b.open))
	for _, f := range b.open {
		fs = append(fs, f)
	}
	slices.SortFunc(fs, func(a, b *flight) int {
		if c := a.TakenAt.Compare(b.TakenAt); c != 0 {
			return c
		}
		return int(a.seq - b.seq)
	})
	out := make([]campaign.Attempt, len(fs))
	for i, f := range fs {
		out[i] = f.copy()
	}
	return out, nil
}

// History implements campaign.AudienceReader.
func (r *reader) History(id campaign.ID, after, through int64) ([]campaign.Closed, error) {
	b, err := r.book(id)
	if err != nil {
		return nil, err
	}
	var out []campaign.Closed
	for p := max(after, 0) + 1; p <= through && b.has(p); p++ {
		from := len(out)
		for l := b.audience.At(int(p - 1)).last; l != nil; l = l.prev {
			out = append(out, l.copy())
		}
		slices.Reverse(out[from:])
	}
	return out, nil
}

// Seals implements campaign.TenantReader.
func (r *reader) Seals(after int64, limit int) ([]campaign.Seal, error) {
	if r.over {
		return nil, errOver
	}
	i := sort.Search(len(r.tenant.seals), func(i int) bool { return r.tenant.seals[i].Through > after })
	rest := r.tenant.seals[i:]
	return slices.Clone(rest[:min(len(rest), campaign.PageLimit(limit))]), nil
}

// LastSeal implements campaign.TenantReader.
func (r *reader) LastSeal() (campaign.Seal, error) {
	if r.over {
		return campaign.Seal{}, errOver
	}
	if n := len(r.tenant.seals); n > 0 {
		return r.tenant.seals[n-1], nil
	}
	return campaign.Seal{}, nil
}

// Number implements campaign.InstanceReader.
func (r *reader) Number(id campaign.InstanceID) (campaign.Number, error) {
	n, err := r.number(id)
	if err != nil {
		return campaign.Number{}, err
	}
	return *n.copy(), nil
}

// Numbers implements campaign.InstanceReader.
func (r *reader) Numbers() ([]campaign.Number, error) {
	if r.over {
		return nil, errOver
	}
	out := make([]campaign.Number, 0, len(r.tenant.instances))
	for _, n := range r.tenant.instances {
		out = append(out, *n.copy())
	}
	slices.SortFunc(out, func(a, b campaign.Number) int { return int(a.Instance.ID - b.Instance.ID) })
	return out, nil
}

// Calendar implements campaign.TenantReader.
func (r *reader) Calendar() (campaign.Calendar, error) {
	if r.over {
		return campaign.Calendar{}, errOver
	}
	return r.tenant.calendar.Clone(), nil
}

// Suppressed implements campaign.TenantReader.
func (r *reader) Suppressed(keys []campaign.SuppressionKey) ([]bool, error) {
	if r.over {
		return nil, errOver
	}
	out := make([]bool, len(keys))
	for i, k := range keys {
		_, out[i] = r.tenant.keys[k]
	}
	return out, nil
}

// OptOutLevels implements campaign.TenantReader.
func (r *reader) OptOutLevels(keys []campaign.SuppressionKey) ([]campaign.Level, error) {
	if r.over {
		return nil, errOver
	}
	out := make([]campaign.Level, len(keys))
	for i, k := range keys {
		out[i] = r.tenant.keys[k].level
	}
	return out, nil
}

// OptOuts implements campaign.TenantReader.
func (r *reader) OptOuts(q campaign.OptOutQuery) ([]campaign.OptOutRow, error) {
	if r.over {
		return nil, errOver
	}
	falling := func(a, b campaign.OptOutRow) int {
		return cmp.Or(b.At.Compare(a.At), bytes.Compare(b.Key[:], a.Key[:]))
	}
	var all []campaign.OptOutRow
	for k, s := range r.tenant.keys {
		row := campaign.OptOutRow{Key: k, At: s.at.Time(), Level: s.level}
		if q.Before.IsZero() || falling(campaign.OptOutRow{Key: q.Key, At: stampOf(q.Before).Time()}, row) < 0 {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, falling)
	return all[:min(len(all), cmp.Or(max(q.Limit, 0), 100))], nil
}

// Contacts implements campaign.Records.
func (r *records) Contacts() contact.Store { return r.store.peopleOf(r.name) }
