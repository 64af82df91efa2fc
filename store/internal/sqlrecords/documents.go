package sqlrecords

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// Documents are the documents of all tenants.
type Documents struct {
	d   *Dialect
	run Runner
}

var _ document.Store = (*Documents)(nil)

// Documents keeps documents in transactions of run.
func (d *Dialect) Documents(run Runner) *Documents { return &Documents{d, run} }

func (c *Documents) read(ctx context.Context, f func(*Reader) error) error {
	return c.run.Read(ctx, func(db DB) error { return f(c.d.Reader(ctx, db, "")) })
}

const documentColumns = `d.tenant, d.kind, d.name, d.rev, d.ref, d.data, d.expires_at`

func scanDocument(row Scanner) (d document.Document, err error) {
	var expires int64
	err = row.Scan(&d.Tenant, &d.Kind, &d.Key, &d.Rev, &d.Ref, &d.Data, &expires)
	d.ExpiresAt = Instant(expires)
	return d, err
}

// document reads one; Rev 0 when there is none.
func (r *Reader) document(tenant, kind, key string) (d document.Document, err error) {
	err = r.rows(`SELECT `+documentColumns+` FROM documents d WHERE d.tenant = $1 AND d.kind = $2 AND d.name = $3`,
		func(row *sql.Rows) error { d, err = scanDocument(row); return err }, tenant, kind, key)
	return d, err
}

// Get implements document.Store.
func (c *Documents) Get(ctx context.Context, tenant, kind, key string) (d document.Document, err error) {
	err = c.read(ctx, func(r *Reader) error {
		d, err = r.document(tenant, kind, key)
		if err == nil && d.Rev == 0 {
			err = fmt.Errorf("%s: %w", kind, document.ErrNotFound)
		}
		return err
	})
	return d, err
}

// List implements document.Store.
func (c *Documents) List(ctx context.Context, q document.Query) (list []document.Document, err error) {
	query := `SELECT ` + documentColumns + ` FROM documents d WHERE d.tenant = $1 AND d.kind = $2 AND d.name > $3`
	args := []any{q.Tenant, q.Kind, q.After, int64(q.PageLimit())}
	if q.Ref != "" {
		// The condition on <> '' is that of the index.
		query += ` AND d.ref = $5 AND d.ref <> ''`
		args = append(args, q.Ref)
	}
	err = c.read(ctx, func(r *Reader) error {
		return r.rows(query+` ORDER BY d.name LIMIT $4`, func(row *sql.Rows) error {
			d, err := scanDocument(row)
			list = append(list, d)
			return err
		}, args...)
	})
	return list, err
}

// Apply implements document.Store.
func (c *Documents) Apply(ctx context.Context, changes ...document.Change) ([]document.Document, error) {
	order, err := document.Order(changes)
	if err != nil {
		return nil, err
	}
	after := make([]document.Document, len(changes))
	err = c.run.Write(ctx, func(db DB) error {
		w := c.d.Writer(ctx, db, "")
		for _, i := range order {
			d := changes[i].Document.Clone()
			change := w.putDocument
			if changes[i].Remove {
				change = w.deleteDocument
			}
			if err := change(&d); err != nil {
				return err
			}
			after[i] = d
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return after, nil
}

// putDocument sets the revision and the expiry of d to what is stored.
func (w *Writer) putDocument(d *document.Document) error {
	was := d.Rev
	err := w.one("revision", w.d.NextRev, func(row *sql.Rows) error { return row.Scan(&d.Rev) })
	if err != nil {
		return err
	}
	if d.Data == nil {
		d.Data = []byte{}
	}
	expires := Micros(d.ExpiresAt)
	d.ExpiresAt = Instant(expires)
	args := []any{d.Tenant, d.Kind, d.Key, d.Rev, d.Ref, d.Data, expires}
	const insert = `INSERT INTO documents (tenant, kind, name, rev, ref, data, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, kind, name) DO `
	switch was {
	case 0:
		n, err := w.affect(insert+`NOTHING`, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s: %w", d.Kind, document.ErrExists)
		}
		return err
	case document.AnyRev:
		return w.exec(insert+`UPDATE SET rev = excluded.rev, ref = excluded.ref, data = excluded.data, expires_at = excluded.expires_at`, args...)
	}
	n, err := w.affect(`UPDATE documents SET rev = $4, ref = $5, data = $6, expires_at = $7
		WHERE tenant = $1 AND kind = $2 AND name = $3 AND rev = $8`, append(args, was)...)
	if err == nil && n == 0 {
		err = w.whyNot(d)
	}
	return err
}

func (w *Writer) deleteDocument(d *document.Document) error {
	const query = `DELETE FROM documents WHERE tenant = $1 AND kind = $2 AND name = $3`
	if d.Rev == document.AnyRev {
		return w.exec(query, d.Tenant, d.Kind, d.Key)
	}
	n, err := w.affect(query+` AND rev = $4`, d.Tenant, d.Kind, d.Key, d.Rev)
	if err == nil && n == 0 {
		err = w.whyNot(d)
	}
	return err
}

// whyNot explains a change that found no row of its revision.
func (w *Writer) whyNot(d *document.Document) error {
	have, err := w.document(d.Tenant, d.Kind, d.Key)
	switch {
	case err != nil:
		return err
	case have.Rev == 0:
		return fmt.Errorf("%s: %w", d.Kind, document.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", d.Kind, document.ErrStale)
}

// Purge implements document.Store.
func (c *Documents) Purge(ctx context.Context, now time.Time, max int) (removed int, err error) {
	err = c.run.Write(ctx, func(db DB) error {
		w := c.d.Writer(ctx, db, "")
		var due []document.Document
		err := w.rows(`SELECT d.tenant, d.kind, d.name, d.rev FROM documents d WHERE d.expires_at <> 0 AND d.expires_at <= $1
			ORDER BY d.expires_at LIMIT $2`, func(row *sql.Rows) error {
			var d document.Document
			err := row.Scan(&d.Tenant, &d.Kind, &d.Key, &d.Rev)
			due = append(due, d)
			return err
		}, Micros(now), int64(max))
		if err != nil {
			return err
		}
		// In the order of Apply, so that the two wait for each other's rows
		// one after the other.
		slices.SortFunc(due, func(a, b document.Document) int {
			return slices.Compare([]string{a.Tenant, a.Kind, a.Key}, []string{b.Tenant, b.Kind, b.Key})
		})
		for _, d := range due {
			n, err := w.affect(`DELETE FROM documents WHERE tenant = $1 AND kind = $2 AND name = $3 AND rev = $4`, d.Tenant, d.Kind, d.Key, d.Rev)
			if err != nil {
				return err
			}
			removed += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
