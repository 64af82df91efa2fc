package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Each step is a transaction together
// with the note that it was taken, so one that is killed begins again.
func migrate(ctx context.Context, db *sql.DB, steps fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		return fmt.Errorf("sqlite: migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("sqlite: read the schema's version: %w", explain(err))
	}
	switch {
	case have > want:
		return fmt.Errorf("%w: its schema has version %d and this program knows %d: run the newer program, or restore a backup from before it",
			ErrNewer, have, want)
	case have == want:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("sqlite: bring the schema from version %d to %d: %w", have, want, explain(err))
	}
	return nil
}

func steps() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is a constant above
	}
	return sub
}
