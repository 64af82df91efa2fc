package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// shop is a process with its stores, a clock that stands still, and a
// directory.
type shop struct {
	*testing.T
	ctx   context.Context
	store *memory.Store
	docs  document.Store
	o     Options
	clock *atomic.Int64
	wrap  func(contact.Store) contact.Store
	*Queue
}

func open(t *testing.T, o Options) *shop {
	t.Helper()
	s := &shop{T: t, ctx: t.Context(), store: memory.New(), o: o, clock: new(atomic.Int64)}
	s.docs = s.store.Documents()
	s.clock.Store(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).UnixNano())
	if s.o.Dir == "" {
		s.o.Dir = t.TempDir()
	}
	s.o.Now = func() time.Time { return time.Unix(0, s.clock.Load()) }
	s.restart()
	return s
}

// restart is another process on the same stores and directory.
func (s *shop) restart() {
	s.Helper()
	q, err := New(s.docs, func(tenant string) contact.Store {
		people := s.store.Tenant(campaign.Tenant(tenant)).Contacts()
		if s.wrap != nil {
			people = s.wrap(people)
		}
		return people
	}, &s.o)
	require.NoError(s, err)
	s.Queue = q
}

func (s *shop) pass(d time.Duration) { s.clock.Add(int64(d)) }

func (s *shop) desk() *Desk             { return s.Desk("shop", "ana") }
func (s *shop) contacts() contact.Store { return s.store.Tenant("shop").Contacts() }

func (s *shop) upload(name, content string) Job {
	s.Helper()
	j, err := s.desk().Upload(s.ctx, name, strings.NewReader(content))
	require.NoError(s, err)
	return j
}

// run starts a job and works until nothing is left.
func (s *shop) run(j Job) Job {
	s.Helper()
	_, err := s.desk().Start(s.ctx, j.ID)
	require.NoError(s, err)
	s.drain()
	return s.get(j.ID)
}

func (s *shop) drain() {
	s.Helper()
	for worked := true; worked; {
		var err error
		worked, err = s.Step(s.ctx)
		require.NoError(s, err)
	}
}

func (s *shop) get(id string) Job {
	s.Helper()
	j, err := s.desk().Get(s.ctx, id)
	require.NoError(s, err)
	return j
}

func (s *shop) refused(id string) string {
	s.Helper()
	r, err := s.desk().Refused(s.ctx, id)
	require.NoError(s, err)
	if r == nil {
		return ""
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	require.NoError(s, err)
	return strings.NewReplacer("\ufeff", "", "\r\n", "\n").Replace(string(b))
}

func (s *shop) everybody(f contact.Filter) (list []contact.Contact) {
	s.Helper()
	for c, err := range contact.All(s.ctx, s.contacts(), f) {
		require.NoError(s, err)
		list = append(list, c)
	}
	return list
}

func (s *shop) files() (names []string) {
	s.Helper()
	es, err := os.ReadDir(s.o.Dir)
	require.NoError(s, err)
	for _, e := range es {
		if e.Name() != "place" {
			names = append(names, e.Name())
		}
	}
	return names
}

// people writes a file with n people and, among them, n/10 rows without an area
// code and a duplicate of the first.
func people(n int) string {
	var b strings.Builder
	b.WriteString("nome;telefone;etiquetas\n")
	for i := range n {
		fmt.Fprintf(&b, "Pessoa %d;11 9%08d;vip\n", i, i)
		if i%10 == 9 {
			fmt.Fprintf(&b, "Sem DDD %d;9%08d;\n", i, i)
		}
	}
	b.WriteString("De novo;11 900000000;\n")
	return b.String()
}

func TestImport(t *testing.T) {
	var asked int
	s := open(t, Options{OptedOut: func(_ context.Context, tenant string, phones []contact.Phone) ([]bool, error) {
		require.Equal(t, "shop", tenant)
		asked += len(phones)
		out := make([]bool, len(phones))
		for i, p := range phones {
			out[i] = p == "+5511900000001"
		}
		return out, nil
	}})
	j := s.upload(`C:\dados\Clientes_2026.csv`, people(20))
	require.Equal(t, Uploaded, j.Status)
	require.Equal(t, "Clientes_2026.csv", j.File.Name)
	require.Len(t, j.File.SHA256, 64)
	require.Equal(t, "Clientes 2026", j.Plan.Group)
	info, err := os.Stat(s.spool.source(j.ID))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	p, err := s.desk().Preview(s.ctx, j.ID, nil)
	require.NoError(t, err)
	require.Equal(t, ";", p.Layout.Delimiter)
	require.Len(t, p.People, 20)
	require.Equal(t, 3, p.Refused)
	require.True(t, p.AskConsent)

	j, err = s.desk().Map(s.ctx, j.ID, j.Rev, func(p *Plan) error {
		p.Consent, p.Basis, p.Tags = "formulário da loja", contact.BasisConsent, []string{"Março"}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, Mapped, j.Status)
	j = s.run(j)
	require.Equal(t, Done, j.Status)
	require.Equal(t, Progress{Part: 1, Rows: 23, Added: 20, Refused: 3, OptedOut: 1,
		ByReason: map[contact.Reason]int64{contact.ReasonAreaMissing: 2, contact.ReasonDuplicate: 1}}, j.Progress)
	require.Equal(t, 20, asked)

	all := s.everybody(contact.Filter{TagsAll: []string{"vip", "março"}, Group: j.GroupID})
	require.Len(t, all, 20)
	require.Equal(t, "formulário da loja", all[0].Consent)
	require.Equal(t, contact.BasisConsent, all[0].Basis)
	require.Equal(t, []string{j.ID + ".refused.csv"}, s.files(), "the file itself is gone")
	require.Contains(t, s.refused(j.ID), "Sem DDD 9;900000009")

	again := s.run(s.upload("clientes 2026.csv", people(20)))
	require.Equal(t, int64(20), again.Progress.Updated+again.Progress.Same)
	require.Equal(t, j.GroupID, again.GroupID, "the group of that name is there already")
	require.Equal(t, all, s.everybody(contact.Filter{}), "a second import changes nothing")

	s.pass(8 * 24 * time.Hour)
	require.NoError(t, s.Clean(s.ctx))
	require.Empty(t, s.files())
	_, err = s.desk().Refused(s.ctx, j.ID)
	require.ErrorIs(t, err, ErrGone)
	require.Equal(t, Done, s.get(j.ID).Status, "what is known of the job stays")
}

func TestImport_skip(t *testing.T) {
	s := open(t, Options{})
	old, err := s.contacts().CreateContact(s.ctx, s.now(), contact.Contact{Name: "Como era", Phone: "+5511900000003"})
	require.NoError(t, err)
	j := s.upload("x.csv", people(5))
	_, err = s.desk().Map(s.ctx, j.ID, 0, func(p *Plan) error { p.Existing = Skip; return nil })
	require.NoError(t, err)
	s.pass(time.Minute)
	j = s.run(j)
	require.EqualValues(t, 4, j.Progress.Added)
	require.EqualValues(t, 1, j.Progress.Same)
	got, err := s.contacts().Contact(s.ctx, old.ID)
	require.NoError(t, err)
	require.Equal(t, old, got)
	require.Len(t, s.everybody(contact.Filter{Group: j.GroupID}), 5, "who is left alone is a member all the same")
}

// TestLesson_S9: a file without anybody is an error that says what to do, and
// no group.
func TestLesson_S9(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		reason contact.Reason
	}{
		"nobody":   {"nome;telefone\nMaria;123\n", contact.ReasonNobody},
		"header":   {"nome;telefone\n", contact.ReasonNobody},
		"no phone": {"nome;cidade\nMaria;Belém\n", contact.ReasonNoPhoneColumn},
		"workbook": {"PK\x03\x04rest", contact.ReasonFileSheet},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Options{})
			j := s.run(s.upload("x.csv", c.file))
			require.Equal(t, Failed, j.Status)
			require.Equal(t, c.reason, j.Failure.Reason)
			require.NotEqual(t, string(c.reason), j.Failure.Text("pt"))
			gs, err := s.contacts().Groups(s.ctx, contact.Page{})
			require.NoError(t, err)
			require.Empty(t, gs)
		})
	}
}

// failing breaks a store of contacts after some calls.
type failing struct {
	contact.Store
	left  *atomic.Int64
	after bool // the call has been done when it fails
}

var errPower = errors.New("the lights went out")

func (f failing) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	broken := f.left.Add(-1) < 0
	if broken && !f.after {
		return nil, errPower
	}
	out, err := f.Store.UpsertContacts(ctx, now, cs)
	if broken {
		return nil, errPower
	}
	return out, err
}

// deaf is a store of documents that a dead process does not reach any more.
type deaf struct {
	document.Store
	dead *atomic.Bool
}

func (d deaf) Apply(ctx context.Context, cs ...document.Change) ([]document.Document, error) {
	if d.dead.Load() {
		return nil, errPower
	}
	return d.Store.Apply(ctx, cs...)
}

// roomy is a store in which people join beside those who are stored.
type roomy struct{ contact.Store }

func (roomy) Hold() time.Duration { return time.Second }

// TestKilled kills the process at every batch, before and after the store has
// it, and with and without a goodbye to the job. Whoever comes next finishes it,
// and the counts are those of a process that lived.
func TestKilled(t *testing.T) {
	file := people(95)
	want := open(t, Options{Batch: 10})
	wanted := want.run(want.upload("x.csv", file))
	require.Equal(t, Done, wanted.Status)
	for n := range 8 * 10 {
		after, goodbye, beside, at := n&1 != 0, n&2 != 0, n&4 != 0, n/8
		t.Run(fmt.Sprintf("after=%v,goodbye=%v,beside=%v,batch=%d", after, goodbye, beside, at), func(t *testing.T) {
			s := open(t, Options{Batch: 10})
			dead := new(atomic.Bool)
			s.docs = deaf{s.store.Documents(), dead}
			left := new(atomic.Int64)
			left.Store(int64(at))
			room := func(c contact.Store) contact.Store {
				if beside {
					return roomy{c}
				}
				return c
			}
			s.wrap = func(c contact.Store) contact.Store {
				return room(dying{failing{c, left, after}, func() { dead.Store(!goodbye) }})
			}
			s.restart()
			j := s.upload("x.csv", file)
			_, err := s.desk().Start(s.ctx, j.ID)
			require.NoError(t, err)
			_, err = s.Step(s.ctx)
			require.ErrorIs(t, err, errPower)

			dead.Store(false)
			s.wrap = room
			s.restart()
			if !goodbye {
				worked, err := s.Step(s.ctx)
				require.NoError(t, err)
				require.False(t, worked, "the claim of the dead has not ended")
				s.pass(s.Queue.o.Lease)
			}
			s.drain()
			got := s.get(j.ID)
			require.Equal(t, Done, got.Status)
			require.Equal(t, wanted.Progress, got.Progress)
			require.Equal(t, want.refused(wanted.ID), s.refused(j.ID))
			require.Len(t, s.everybody(contact.Filter{Group: got.GroupID}), 95)
		})
	}
}

// dying calls a function when its store fails.
type dying struct {
	failing
	fell func()
}

func (d dying) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	out, err := d.failing.UpsertContacts(ctx, now, cs)
	if err != nil {
		d.fell()
	}
	return out, err
}
