package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/alreasense/campaigns/store/sqlite"
)

// movable is a store whose rows can go elsewhere.
type movable interface {
	campaign.Store
	Dump(tables ...dump.Table) dump.Source
	Shut(ctx context.Context, why string) error
	Reopen(ctx context.Context) error
	ShutWhy(ctx context.Context) (string, error)
}

// rows is the store as a source.
func (o *opened) rows() dump.Source { return o.Store.(movable).Dump() }

// kind is what a backup calls the database.
func (d database) kind() string {
	if d.shared() {
		return "postgres"
	}
	return "sqlite"
}

// openMoving opens a database that exists for moving out of it, also one that
// was shut, and nobody else may work on it. close ends that.
func (d database) openMoving(ctx context.Context) (s movable, end func() error, err error) {
	if !d.shared() {
		if missing(d.file) {
			return nil, nil, locale.Errorf("não há banco em %s", "there is no database at %s", d.file)
		}
		s, err := sqlite.Open(ctx, d.file, &sqlite.Options{Shut: true})
		if errors.Is(err, sqlite.ErrLocked) {
			return nil, nil, datadir.InUse(filepath.Dir(d.file), d.file, "--from", err)
		}
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	}
	o, p, err := d.connect("campaignd copy")
	if err != nil {
		return nil, nil, err
	}
	// One that was never used is not made here; one that was shut is as it was.
	if _, err = p.Tenants(ctx); err == nil {
		if err = p.Migrate(ctx); errors.Is(err, dump.ErrShut) {
			err = nil
		}
	}
	if err != nil {
		return nil, nil, errors.Join(d.words(err), o.close())
	}
	living, err := p.Living(ctx, time.Now().Add(-heartbeatLife))
	if err == nil && len(living) > 0 {
		err = locale.Errorf("há serviços usando %s: encerre-os antes e espere %v, pois um que terminou ainda conta por esse tempo: %v", "daemons work on %s: end them first, and wait %v, for so long one counts that has ended: %v", d, heartbeatLife, living)
	}
	if err != nil {
		return nil, nil, errors.Join(err, o.close())
	}
	return p, o.close, nil
}

// heartbeatLife is the default of campaign.Timing.Dead.
const heartbeatLife = 15 * time.Second

// load fills a new database with the rows of a source. No daemon can work on it
// before finish has ended well.
func (d database) load(ctx context.Context, from dump.Source, finish func(context.Context, campaign.Store) error) (dump.Manifest, error) {
	if !d.shared() {
		if err := datadir.Make(filepath.Dir(d.file)); err != nil {
			return dump.Manifest{}, err
		}
		return sqlite.Create(ctx, d.file, from, func(ctx context.Context, s *sqlite.Store) error { return finish(ctx, s) })
	}
	o, s, err := d.connect("campaignd")
	if err != nil {
		return dump.Manifest{}, err
	}
	defer o.close()
	if err := s.Migrate(ctx); err != nil {
		return dump.Manifest{}, d.words(err)
	}
	return s.Fill(ctx, from, func(ctx context.Context, s *postgres.Store) error { return finish(ctx, s) })
}

// verify lets the checker judge a store that was loaded.
func verify(ctx context.Context, s campaign.Store, w *world) error {
	out, l := w.stderr, w.locale()
	fmt.Fprintln(out, l.Say("  cada linha foi gravada e lida de novo; o registro está sendo conferido", "  every row was written and read again; the ledger is checked"))
	r, err := audit.Check(ctx, s, &audit.Options{Limit: 20, Now: time.Now, Deadline: startDeadline})
	if err != nil {
		return locale.Errorf("não foi possível terminar a conferência: %w", "the check could not be finished: %w", err)
	}
	for _, v := range r.Violations {
		fmt.Fprintf(out, l.Say("%s\n    a regra: %s\n", "%s\n    the rule: %s\n"), v, rule(l, v.Invariant))
	}
	if n := len(r.Violations); n > 0 {
		return locale.Errorf("o registro já quebra suas regras na origem (%s): veja com campaignd check lá", "the ledger breaks its rules (%s) where it comes from: see campaignd check there", violations(n))
	}
	return nil
}

// telling tells the person how far a long work has come, every few seconds.
func telling(s dump.Source, w *world) dump.Source {
	last := time.Now()
	return dump.Tell(s, func(table string, rows int64) {
		if now := time.Now(); now.Sub(last) >= tellEvery {
			last = now
			fmt.Fprintf(w.stderr, w.say("  %s: %d linhas\n", "  %s: %d rows\n"), table, rows)
		}
	})
}

const tellEvery = 3 * time.Second

// summary says what has been read and written.
func summary(l locale.Locale, m dump.Manifest, took time.Duration) string {
	return fmt.Sprintf(l.Say("%s, %d pessoas, %d tentativas, %d eventos, ao todo %d linhas em %v", "%s, %d people, %d attempts, %d events, in all %d rows in %v"),
		l.Count(m.Count("campaigns"), "campanha", "campanhas", "campaign", "campaigns"),
		m.Count("recipients"), m.Count("ended")+m.Count("attempts"), m.Count("events"), m.Rows(), took.Round(time.Millisecond))
}

// size of a file for people.
func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "?"
	}
	return fmt.Sprintf("%.1f MB", float64(info.Size())/1e6)
}
