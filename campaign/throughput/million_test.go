//go:build unix

package throughput

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/imports"
)

// envMillion is how many people BenchmarkMillion imports and campaigns to.
// Defaults to 1,000,000.
const envMillion = "CAMPAIGNS_MILLION"

var million = func() int {
	n, err := strconv.Atoi(os.Getenv(envMillion))
	if err != nil || n < 1 {
		return 1_000_000
	}
	return n
}()

// BenchmarkMillion imports a CSV file of a million people, makes a campaign of
// them, sends to a part, and asks the API for what a console shows.
func BenchmarkMillion(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) home{"sqlite": openSQLite, "postgres": openPostgres} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				manyPeople(b, open(b))
			}
		})
	}
}

// accept is a sender that sends nothing.
type accept struct{}

func (accept) Send(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	return campaign.Accepted{ProviderID: "3EB0" + m.Attempt.String()}, nil
}

func manyPeople(b *testing.B, h home) {
	ctx := b.Context()
	e, err := campaign.New(h.Store, accept{}, &campaign.Options{Slots: 1000, Workers: 1000})
	require.NoError(b, err)
	s := e.As(campaign.Caller{Tenant: "acme", Author: "benchmark", Role: campaign.Admin})
	kept := h.Store.(interface{ Documents() document.Store })
	people := func(t string) contact.Store {
		return e.As(campaign.Caller{Tenant: campaign.Tenant(t), Role: campaign.Host}).Contacts()
	}
	queue, err := imports.New(kept.Documents(), people, &imports.Options{Dir: b.TempDir()})
	require.NoError(b, err)
	file := write(b)

	// The import, from the upload to its end.
	watched, rest := context.WithCancel(ctx)
	heap := watchHeap(watched)
	began := time.Now()
	b.StartTimer()
	job := load(b, queue, file)
	b.StopTimer()
	rest()
	b.ReportMetric(float64(million)/time.Since(began).Seconds(), "rows/s")
	b.ReportMetric(float64(<-heap)/1e6, "import-heap-MB")

	// Some are marked by hand.
	for i := range 20 {
		_, err := s.Contacts().UpdateContact(ctx, time.Now(), int64(1+i*million/20), func(c *contact.Contact) error {
			c.Active, c.Tags = i%2 == 0, []string{"todos", "vip"}
			return nil
		})
		require.NoError(b, err)
	}

	in, err := s.AddInstance(ctx, campaign.Instance{Remote: "number", Pace: campaign.Pace{NoGap: true}})
	require.NoError(b, err)
	c, err := s.Create(ctx, campaign.Draft{Name: "todos", Instances: []campaign.InstanceID{in.ID}, Messages: []campaign.Message{{Text: "Olá {{primeiro_nome}}"}}})
	require.NoError(b, err)
	watched, rest = context.WithCancel(ctx)
	heap = watchHeap(watched)
	began = time.Now()
	intake, err := s.Invite(ctx, c.ID, campaign.Selection{Groups: []int64{job.GroupID}})
	require.NoError(b, err)
	require.EqualValues(b, million, intake.Added+intake.Inactive)
	b.ReportMetric(float64(million)/time.Since(began).Seconds(), "invited/s")
	_, err = s.Start(ctx, c.ID)
	require.NoError(b, err)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- e.Run(running) }()
	for p, err := range s.Watch(ctx, c.ID) {
		require.NoError(b, err)
		if p.Sent >= int64(million)/20 {
			break
		}
	}
	stop()
	require.NoError(b, <-ended)
	rest()
	b.ReportMetric(float64(<-heap)/1e6, "campaign-heap-MB")
	ask(b, e, c.ID, job.GroupID)
	b.ReportMetric(0, "ns/op")
}

// write makes the file.
func write(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "clientes.csv")
	f, err := os.Create(path)
	require.NoError(b, err)
	defer f.Close()
	out := bufio.NewWriter(f)
	fmt.Fprintln(out, "Nome;Telefone;Cidade;Aniversário")
	for i := range million {
		fmt.Fprintf(out, "Ana Souza %d;(11) 90%03d-%04d;Campinas;1990-05-%02d\n", i, i/10_000, i%10_000, i%28+1)
	}
	require.NoError(b, out.Flush())
	return path
}

func load(b *testing.B, queue *imports.Queue, path string) imports.Job {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	f, err := os.Open(path)
	require.NoError(b, err)
	defer f.Close()
	desk := queue.Desk("acme", "benchmark")
	job, err := desk.Upload(ctx, "clientes.csv", f)
	require.NoError(b, err)
	job, err = desk.Map(ctx, job.ID, job.Rev, func(p *imports.Plan) error {
		p.Tags = []string{"todos"}
		p.Consent, p.Basis = "formulário da loja, 2026", contact.BasisConsent
		return nil
	})
	require.NoError(b, err)
	_, err = desk.Start(ctx, job.ID)
	require.NoError(b, err)
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(ctx) }()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		<-look.C
		job, err = desk.Get(ctx, job.ID)
		require.NoError(b, err)
		require.Nil(b, job.Failure)
		if job.Status == imports.Done {
			break
		}
	}
	require.EqualValues(b, million, job.Progress.Added)
	stop()
	<-ended
	return job
}

// ask calls the API as a console does, and reports the slowest call that one in
// a hundred takes.
func ask(b *testing.B, e *campaign.Engine, id campaign.ID, group int64) {
	b.Helper()
	api, err := control.New(e, control.Config{Logger: slog.New(slog.DiscardHandler), Authenticate: func(*http.Request) (campaign.Caller, error) {
		return campaign.Caller{Tenant: "acme", Author: "ana", Role: campaign.Admin}, nil
	}})
	require.NoError(b, err)
	at := fmt.Sprintf("/api/campaigns/campaigns/%d/", id)
	deep := fmt.Sprint(million - million/10)
	member := fmt.Sprintf("/api/contacts/contacts/?group=%d", group)
	worst := time.Duration(0)
	for _, path := range []string{
		"/api/campaigns/campaigns/", at, at + "metrics/", at + "explain/", at + "logs/", at + "logs/?level=error", at + "logs/?level=success",
		at + "logs/?event_type=recipient.delivered", at + "logs/?contact=" + fmt.Sprint(million/40), at + "logs/?ordering=created_at&cursor=" + deep,
		at + "contacts/", at + "contacts/?status=sent", at + "contacts/?status=pending&limit=100", at + "contacts/?status=failed",
		at + "contacts/?status=responded", at + "contacts/?cursor=" + deep, at + "contacts/" + fmt.Sprint(million/2) + "/",
		"/api/contacts/contacts/", "/api/contacts/contacts/?cursor=" + deep, "/api/contacts/contacts/?is_active=false",
		"/api/contacts/contacts/?search=Souza+777", "/api/contacts/contacts/?search=119000777", "/api/contacts/contacts/?search=souza",
		"/api/contacts/contacts/?search=nobody", "/api/contacts/contacts/?search=zx", "/api/contacts/contacts/?search=%25",
		"/api/contacts/contacts/?search=90001234&page_size=100", "/api/contacts/contacts/?search=Souza+9&is_active=false",
		"/api/contacts/contacts/?tags=todos", "/api/contacts/contacts/?tags=vip", "/api/contacts/contacts/?tags=vip,todos,none", "/api/contacts/contacts/?tags_all=vip,todos",
		member, member + "&cursor=" + deep, member + "&search=souza+777", member + "&tags=vip", "/api/contacts/groups/", "/api/contacts/tags/",
	} {
		var took []time.Duration
		for range 100 {
			w := httptest.NewRecorder()
			began := time.Now()
			api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			took = append(took, time.Since(began))
			require.Equal(b, http.StatusOK, w.Code, "%s: %s", path, w.Body)
		}
		slices.Sort(took)
		p99 := took[len(took)-2]
		fmt.Printf("%-64s p50 %8v p99 %8v\n", path, took[len(took)/2].Round(10*time.Microsecond), p99.Round(10*time.Microsecond))
		worst = max(worst, p99)
	}
	b.ReportMetric(float64(worst.Microseconds())/1e3, "worst-p99-ms")
}
