package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate makes the store's schema, or brings it up to date. Any number of
// daemons may call it at once: one works, the others wait for it. Each step is
// a transaction together with the note that it was taken, so one that is
// killed begins again. A schema that a newer program has changed is ErrNewer, a
// store that was shut dump.ErrShut.
//
// It opens connections of its own, outside the pool, with the pool's settings
// or those of Options.Direct. They must lead to the server itself and not to a
// pooler in transaction mode, since the lock belongs to the session: else it is
// ErrPooler. The user needs CREATE on the database, or the schema made for it
// beforehand, and CREATEROLE for the tenants' wall, or its role made beforehand:
// see [Wall].
//
// # Old and new programs together
//
// A step expands: it adds tables, indexes, and columns that have a default, and
// takes nothing away that the version before it uses. So a daemon of that
// version goes on while the new one migrates and starts, and a rolling upgrade
// needs no pause. What nobody uses any more is taken away (contracted) by a step
// of a later version, which comes after the last daemon of the old one has
// ended. An old program runs on the schema of the next version and refuses to
// migrate one: it says ErrNewer. Going back further than one version is
// restoring a backup.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.migrate(ctx, steps()); err != nil {
		return err
	}
	return s.tidy(ctx)
}

func (s *Store) migrate(ctx context.Context, steps fs.FS) error {
	why, err := s.ShutWhy(ctx)
	switch {
	case err != nil:
		return err
	case why != "":
		return fmt.Errorf("%w: %s", dump.ErrShut, why)
	}
	config, err := s.direct(ctx)
	if err != nil {
		return err
	}
	if err := s.reachable(ctx, config); err != nil {
		return err
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `set search_path to "`+s.options.Schema+`", pg_temp; set lock_timeout to '30s'; set statement_timeout to 0`)
		return err
	}))
	defer db.Close()
	if err := s.makeSchema(ctx, db); err != nil {
		return fmt.Errorf("postgres: make the schema %s: %w", s.options.Schema, explain(err))
	}
	key := fnv.New64a()
	key.Write([]byte(s.lock("/schema")))
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(int64(key.Sum64())), lock.WithLockTimeout(1, 600))
	if err != nil {
		return fmt.Errorf("postgres: migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, steps, goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("postgres: migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("postgres: bring the schema up to date: %w", explain(err))
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("postgres: read the schema's version: %w", explain(err))
	}
	if have > want {
		return fmt.Errorf("%w: it has version %d and this program knows %d: run the newer program, or restore a backup from before it",
			ErrNewer, have, want)
	}
	return s.raise(ctx, db)
}

// tidy makes what contacts are searched by where it is missing: after an update
// of the program, and after a restore.
func (s *Store) tidy(ctx context.Context) error {
	var names []campaign.Tenant
	err := s.change(ctx, "", func(t *sql.Tx) (err error) { names, err = sqlrecords.TenantsOfContacts(ctx, t); return err })
	if err != nil {
		return err
	}
	for _, t := range names {
		if err := s.shared.Contacts(&records{s, t}, t).Tidy(ctx); err != nil {
			return fmt.Errorf("postgres: make what contacts are searched by: %w", err)
		}
	}
	return nil
}

// reachable tells whether a connection leads to the server itself.
func (s *Store) reachable(ctx context.Context, config *pgx.ConnConfig) error {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("postgres: migrate: %w", explain(err))
	}
	defer closeConn(c)
	if err := unpooled(ctx, config, c); err != nil {
		return fmt.Errorf("postgres: migrate: %w", explain(err))
	}
	return nil
}

// makeSchema makes the schema unless it is there. Of two that make it at once
// one fails and looks again.
func (s *Store) makeSchema(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		var there bool
		if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, s.options.Schema).Scan(&there); err != nil || there {
			return err
		}
		if _, err = db.ExecContext(ctx, `CREATE SCHEMA "`+s.options.Schema+`"`); err == nil {
			return nil
		}
	}
	return err
}

func steps() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is a constant above
	}
	return sub
}
