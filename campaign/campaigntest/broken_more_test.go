package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// lockShop is a locker whose faults can be switched on.
type lockShop struct {
	clock *Clock
	mu    sync.Mutex
	held  map[string]*shopLock

	noExclusion, noExpiry, noToken, adds, ignoresContext, oneKey, extendsTheDead, quiet bool
	race                                                                                func()
}

type shopLock struct {
	s     *lockShop
	key   string
	until time.Time
}

func (s *lockShop) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	if err := ctx.Err(); err != nil && !s.ignoresContext {
		return nil, err
	}
	if s.oneKey {
		key = strings.ToLower(strings.TrimRight(key, "0123456789"))
	}
	now := s.clock.Now()
	s.mu.Lock()
	k := s.held[key]
	taken := k != nil && (s.noExpiry || now.Before(k.until)) && !s.noExclusion
	if s.race != nil { // asks first and sets later, as two commands do
		s.mu.Unlock()
		s.race()
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if taken {
		return nil, campaign.ErrTaken
	}
	k = &shopLock{s: s, key: key, until: now.Add(ttl)}
	s.held[key] = k
	return k, nil
}

func (k *shopLock) mine() bool {
	h := k.s.held[k.key]
	if k.s.noToken {
		return h != nil
	}
	return h == k && (k.s.extendsTheDead || k.s.clock.Now().Before(k.until))
}

func (k *shopLock) Extend(_ context.Context, ttl time.Duration) error {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	if !k.mine() {
		return campaign.ErrLockLost
	}
	from := k.s.clock.Now()
	if k.s.adds {
		from = k.until
	}
	k.s.held[k.key].until = from.Add(ttl)
	return nil
}

func (k *shopLock) Unlock(context.Context) error {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	if !k.mine() {
		if k.s.quiet {
			return nil
		}
		return campaign.ErrLockLost
	}
	delete(k.s.held, k.key)
	return nil
}

func TestBrokenLockersAreCaught(t *testing.T) {
	for _, c := range []struct {
		name, caught string
		spoil        func(*lockShop)
	}{
		{"excludes nobody", "taken", func(s *lockShop) { s.noExclusion = true }},
		{"never expires", "expiry", func(s *lockShop) { s.noExpiry = true }},
		{"frees without asking whose it is (lesson S4)", "late unlock", func(s *lockShop) { s.noToken = true }},
		{"prolongs without asking whose it is (lesson S4)", "late extend", func(s *lockShop) { s.noToken = true }},
		{"frees another's at a second unlock", "unlock twice", func(s *lockShop) { s.noToken = true }},
		{"adds time", "extend counts from now", func(s *lockShop) { s.adds = true }},
		{"mixes keys up", "keys", func(s *lockShop) { s.oneKey = true }},
		{"brings the dead back", "extend after the end", func(s *lockShop) { s.extendsTheDead = true }},
		{"ignores the context", "cancelled", func(s *lockShop) { s.ignoresContext = true }},
		{"says nothing about a lost lock", "late unlock", func(s *lockShop) { s.quiet = true }},
		{"asks first and sets later", "crowd", func(s *lockShop) {
			var meet sync.WaitGroup
			meet.Add(8)
			s.race = func() { meet.Done(); meet.Wait() }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ruleNamed(t, lockerRules(), c.caught)
			run := func(spoil func(*lockShop)) (bool, string) {
				s := &lockShop{clock: NewClock(t0), held: map[string]*shopLock{}}
				spoil(s)
				return observe(func(tb testing.TB) {
					r.check(&lockEnv{judge: judge{TB: tb, why: r.why}, ctx: t.Context(), locker: s, advance: func(d time.Duration) { s.clock.Advance(d) }})
				})
			}
			failed, said := run(c.spoil)
			if !failed {
				t.Fatalf("the rule %q does not find a locker that %s", c.caught, c.name)
			}
			if !strings.Contains(said, r.why) {
				t.Errorf("the failure does not give its reason: %s", said)
			}
			if failed, said := run(func(*lockShop) {}); failed {
				t.Errorf("the rule fails on a sound locker: %s", said)
			}
		})
	}
}

// batchShop takes locks one by one.
type batchShop struct {
	*lockShop
	stops bool
}

func (b batchShop) TryLocks(ctx context.Context, keys []string, ttl time.Duration) (ls []campaign.Lock, errs []error) {
	for _, k := range keys {
		l, err := b.TryLock(ctx, k, ttl)
		ls, errs = append(ls, l), append(errs, err)
		if err != nil && b.stops {
			for len(errs) < len(keys) {
				ls, errs = append(ls, nil), append(errs, err)
			}
			break
		}
	}
	return ls, errs
}

func TestBatchLockers(t *testing.T) {
	for _, stops := range []bool{false, true} {
		s := batchShop{&lockShop{clock: NewClock(t0), held: map[string]*shopLock{}}, stops}
		failed, said := observe(func(tb testing.TB) {
			lockBatch(&lockEnv{judge: judge{TB: tb, why: "x"}, ctx: t.Context(), locker: s})
		})
		if failed != stops {
			t.Errorf("a batch that stops at the first taken key: %v; found: %v: %s", stops, failed, said)
		}
	}
}

// sendShop is a sender with a far side, whose faults can be switched on.
type sendShop struct {
	mu     sync.Mutex
	got    []string
	answer string
	now    time.Time // t0 while it is zero
	stall  time.Time // when the connection is there

	marks5xx, marksGarbled, follows, looksOnEntryOnly, shrugs                                             bool
	ignoresStartBy, ignoresContext, retries, emptyID, sameID, marksLost, trims, refusesAll, forgetsReason bool
}

var (
	errCut     = errors.New("unexpected EOF")
	errGarbled = errors.New("invalid character '<'")
	errStatus  = errors.New("bad gateway")
	errMoved   = errors.New("temporary redirect")
	errNobody  = errors.New("connection refused")
)

func (s *sendShop) clock() time.Time {
	if s.now.IsZero() {
		return t0
	}
	return s.now
}

func (s *sendShop) ask(text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, text)
	switch s.answer {
	case "refuse":
		return "", errors.New("exists:false")
	case "lose":
		return "", errCut
	case "garble":
		return "", errGarbled
	case "break":
		return "", errStatus
	case "redirect":
		return "", errMoved
	}
	return fmt.Sprintf("id-%d", len(s.got)), nil
}

func (s *sendShop) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	if err := ctx.Err(); err != nil && !s.ignoresContext {
		return campaign.Accepted{}, campaign.NotSent(err)
	}
	if s.clock().After(m.StartBy) && !s.ignoresStartBy {
		return campaign.Accepted{}, campaign.ErrLate
	}
	switch {
	case s.answer == "down" && s.shrugs:
		return campaign.Accepted{}, errNobody
	case s.answer == "down":
		return campaign.Accepted{}, campaign.NotSent(errNobody)
	case !s.stall.IsZero():
		s.now = s.stall
	}
	if s.clock().After(m.StartBy) && !s.ignoresStartBy && !s.looksOnEntryOnly {
		return campaign.Accepted{}, campaign.ErrLate
	}
	if s.trims {
		m.Text = strings.TrimSpace(m.Text)
	}
	id, err := s.ask(m.Text)
	if err != nil && s.retries {
		id, err = s.ask(m.Text)
	}
	if err == errMoved && s.follows {
		id, err = s.ask(m.Text)
	}
	switch {
	case err == errGarbled && s.marksGarbled, err == errStatus && s.marks5xx:
		return campaign.Accepted{}, campaign.NotSent(err)
	case err == errGarbled, err == errStatus, err == errMoved:
		return campaign.Accepted{}, err
	case err == errCut && s.marksLost:
		return campaign.Accepted{}, campaign.NotSent(err)
	case err == errCut:
		return campaign.Accepted{}, err
	case err != nil && s.refusesAll:
		return campaign.Accepted{}, err
	case err != nil && s.forgetsReason:
		return campaign.Accepted{}, campaign.Refused(campaign.Reason{}, err)
	case err != nil:
		return campaign.Accepted{}, campaign.Refused(campaign.Because(campaign.CodeProviderError), err)
	case s.emptyID:
		id = ""
	case s.sameID:
		id = "id"
	}
	return campaign.Accepted{ProviderID: id}, nil
}

func (s *sendShop) world() SenderWorld {
	return SenderWorld{Sender: s, Now: s.clock,
		Count: func(text string) (n int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, g := range s.got {
				if g == text {
					n++
				}
			}
			return n
		},
		Refuse: func() { s.answer = "refuse" }, Lose: func() { s.answer = "lose" },
		Garble: func() { s.answer = "garble" }, Break: func(int) { s.answer = "break" },
		Redirect: func() { s.answer = "redirect" }, Down: func() { s.answer = "down" },
		Stall: func(until time.Time) { s.stall = until }}
}

func TestBrokenSendersAreCaught(t *testing.T) {
	for _, c := range []struct {
		name, caught string
		spoil        func(*sendShop)
	}{
		{"begins late", "late", func(s *sendShop) { s.ignoresStartBy = true }},
		{"sends for a caller that has given up", "cancelled", func(s *sendShop) { s.ignoresContext = true }},
		{"repeats by itself (lesson S2)", "never repeats", func(s *sendShop) { s.retries = true }},
		{"repeats a send whose answer was lost (lesson S2)", "lost answer", func(s *sendShop) { s.retries = true }},
		{"gives no id", "accepted", func(s *sendShop) { s.emptyID = true }},
		{"gives one id to all", "crowd", func(s *sendShop) { s.sameID = true }},
		{"marks a lost answer as not sent", "lost answer", func(s *sendShop) { s.marksLost = true }},
		{"changes the text", "text", func(s *sendShop) { s.trims = true }},
		{"does not mark a refusal", "refused", func(s *sendShop) { s.refusesAll = true }},
		{"marks a 5xx as not sent", "broken gateway", func(s *sendShop) { s.marks5xx = true }},
		{"marks an unreadable answer as not sent", "unreadable answer", func(s *sendShop) { s.marksGarbled = true }},
		{"follows redirects", "redirect", func(s *sendShop) { s.follows = true }},
		{"looks at StartBy on entry only", "stalled", func(s *sendShop) { s.looksOnEntryOnly = true }},
		{"does not know that nobody listened", "down", func(s *sendShop) { s.shrugs = true }},
		{"repeats after a 5xx", "broken gateway", func(s *sendShop) { s.retries = true }},
		{"repeats after an unreadable answer", "unreadable answer", func(s *sendShop) { s.retries = true }},
		{"refuses without a reason", "refused", func(s *sendShop) { s.forgetsReason = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ruleNamed(t, senderRules(), c.caught)
			run := func(spoil func(*sendShop)) (bool, string) {
				s := &sendShop{}
				spoil(s)
				return observe(func(tb testing.TB) { r.check(newSendEnv(tb, r.why, s.world())) })
			}
			failed, said := run(c.spoil)
			if !failed {
				t.Fatalf("the rule %q does not find a sender that %s", c.caught, c.name)
			}
			if !strings.Contains(said, r.why) {
				t.Errorf("the failure does not give its reason: %s", said)
			}
			if failed, said := run(func(*sendShop) {}); failed {
				t.Errorf("the rule fails on a sound sender: %s", said)
			}
		})
	}
}

// brokenPeople is a memory store of contacts with one fault.
type brokenPeople struct {
	contact.Store
	create   func(contact.Store, context.Context, time.Time, contact.Contact) (contact.Contact, error)
	update   func(contact.Store, context.Context, time.Time, int64, func(*contact.Contact) error) (contact.Contact, error)
	upsert   func(contact.Store, context.Context, time.Time, []contact.Contact) ([]contact.Upserted, error)
	contacts func(contact.Store, context.Context, contact.Filter, contact.Page) ([]contact.Contact, error)
	add      func(contact.Store, context.Context, time.Time, int64, []int64) (int64, error)
	of       func(contact.Store, context.Context, int64) ([]contact.Group, error)
}

func (b brokenPeople) GroupsOf(ctx context.Context, id int64) ([]contact.Group, error) {
	if b.of != nil {
		return b.of(b.Store, ctx, id)
	}
	return b.Store.GroupsOf(ctx, id)
}

func (b brokenPeople) CreateContact(ctx context.Context, now time.Time, c contact.Contact) (contact.Contact, error) {
	if b.create != nil {
		return b.create(b.Store, ctx, now, c)
	}
	return b.Store.CreateContact(ctx, now, c)
}

func (b brokenPeople) UpdateContact(ctx context.Context, now time.Time, id int64, edit func(*contact.Contact) error) (contact.Contact, error) {
	if b.update != nil {
		return b.update(b.Store, ctx, now, id, edit)
	}
	return b.Store.UpdateContact(ctx, now, id, edit)
}

func (b brokenPeople) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	if b.upsert != nil {
		return b.upsert(b.Store, ctx, now, cs)
	}
	return b.Store.UpsertContacts(ctx, now, cs)
}

func (b brokenPeople) Contacts(ctx context.Context, f contact.Filter, p contact.Page) ([]contact.Contact, error) {
	if b.contacts != nil {
		return b.contacts(b.Store, ctx, f, p)
	}
	return b.Store.Contacts(ctx, f, p)
}

func (b brokenPeople) AddMembers(ctx context.Context, now time.Time, g int64, cs []int64) (int64, error) {
	if b.add != nil {
		return b.add(b.Store, ctx, now, g, cs)
	}
	return b.Store.AddMembers(ctx, now, g, cs)
}

func TestBrokenContactStoresAreCaught(t *testing.T) {
	for _, c := range []struct {
		name, caught string
		b            brokenPeople
	}{
		{"reports a contact as its own duplicate", "lesson P5", brokenPeople{update: func(s contact.Store, ctx context.Context, now time.Time, id int64, edit func(*contact.Contact) error) (contact.Contact, error) {
			return s.UpdateContact(ctx, now, id, func(c *contact.Contact) error {
				if err := edit(c); err != nil {
					return err
				}
				return &contact.DuplicateError{Field: "phone", ID: id}
			})
		}}},
		{"cuts a selection to one page", "lesson P3", brokenPeople{contacts: func(s contact.Store, ctx context.Context, f contact.Filter, p contact.Page) ([]contact.Contact, error) {
			p.Limit = min(p.Limit, contact.DefaultLimit)
			return s.Contacts(ctx, f, p)
		}}},
		{"joins tags", "lesson P4", brokenPeople{contacts: func(s contact.Store, ctx context.Context, f contact.Filter, p contact.Page) (all []contact.Contact, err error) {
			tags := f.TagsAny
			if len(tags) == 0 {
				return s.Contacts(ctx, f, p)
			}
			for _, tag := range contact.NormalizeTags(tags) {
				f.TagsAny = []string{tag}
				cs, err := s.Contacts(ctx, f, p)
				if err != nil {
					return nil, err
				}
				all = append(all, cs...)
			}
			slices.SortStableFunc(all, func(a, b contact.Contact) int { return int(a.ID - b.ID) })
			return all, nil
		}}},
		{"fails a batch for one row", "lesson P7", brokenPeople{upsert: func(s contact.Store, ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
			for _, c := range cs {
				if err := c.Validate(); err != nil {
					return nil, err
				}
			}
			return s.UpsertContacts(ctx, now, cs)
		}}},
		{"does not validate", "create invalid", brokenPeople{create: func(s contact.Store, ctx context.Context, now time.Time, c contact.Contact) (contact.Contact, error) {
			c.Email, c.Tags, c.Notes = "", nil, ""
			return s.CreateContact(ctx, now, c)
		}}},
		{"lists all groups as a contact's", "groups of one", brokenPeople{of: func(s contact.Store, ctx context.Context, id int64) ([]contact.Group, error) {
			if _, err := s.Contact(ctx, id); err != nil {
				return nil, err
			}
			return s.Groups(ctx, contact.Page{})
		}}},
		{"adds some of the members", "members refused", brokenPeople{add: func(s contact.Store, ctx context.Context, now time.Time, g int64, cs []int64) (n int64, err error) {
			for _, c := range cs {
				m, err := s.AddMembers(ctx, now, g, []int64{c})
				if err != nil {
					return n, err
				}
				n += m
			}
			return n, nil
		}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ruleNamed(t, contactRules(), c.caught)
			run := func(b brokenPeople) (bool, string) {
				s := memory.New()
				b.Store = s.Tenant(acme).Contacts()
				return observe(func(tb testing.TB) {
					r.check(&contactEnv{judge: judge{TB: tb, why: r.why}, ctx: t.Context(), Store: b, theirs: s.Tenant(beta).Contacts()})
				})
			}
			if failed, said := run(c.b); !failed {
				t.Fatalf("the rule %q does not find a store that %s", c.caught, c.name)
			} else if !strings.Contains(said, r.why) {
				t.Errorf("the failure does not give its reason: %s", said)
			}
			if failed, said := run(brokenPeople{}); failed {
				t.Errorf("the rule fails on a sound store: %s", said)
			}
		})
	}
}
