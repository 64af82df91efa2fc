package dump

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"
)

// Version is that of the format that is written. A reader refuses later ones.
const Version = 1

// Header begins a dump.
type Header struct {
	// Version is set by Write.
	Version int
	// MadeAt is when the dump was begun.
	MadeAt time.Time
	// Store is the kind of the store: "sqlite", "postgres".
	Store string
	// Labels are what else whoever makes a dump wants to find again.
	Labels map[string]string
}

// The lines that are not rows.
type (
	headLine struct {
		Version int               `json:"campaigns_dump"`
		MadeAt  time.Time         `json:"made_at"`
		Store   string            `json:"store"`
		Labels  map[string]string `json:"labels,omitempty"`
	}
	tableLine struct {
		Table   string   `json:"table"`
		Columns []string `json:"columns"`
	}
	countLine struct {
		Rows   int64  `json:"rows"`
		SHA256 string `json:"sha256"`
	}
	numbersLine struct {
		Numbers Numbers `json:"numbers"`
	}
	endLine struct {
		SHA256 string `json:"all_sha256"`
	}
)

// Write writes a source as a file. What it has written is worth nothing unless
// it returns without an error.
func Write(ctx context.Context, to io.Writer, s Source, h Header) (Manifest, error) {
	// The last bits cost several times the first ones: the fastest level is
	// within a quarter of the smallest size.
	zip, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return Manifest{}, err
	}
	w := &writer{out: bufio.NewWriterSize(zip, 1<<16), hash: sha256.New()}
	err = w.control(headLine{Version, h.MadeAt.UTC(), h.Store, h.Labels})
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	m.Numbers, err = s.Each(ctx, func(t Table, rows Rows) error {
		c, err := w.table(ctx, t, rows)
		if err != nil {
			return fmt.Errorf("the table %s: %w", t.Name, err)
		}
		m.Tables = append(m.Tables, c)
		return nil
	})
	if err != nil {
		return m, err
	}
	if m.Numbers == nil {
		m.Numbers = Numbers{}
	}
	if err := w.control(numbersLine{m.Numbers}); err != nil {
		return m, err
	}
	if err := w.control(endLine{hex.EncodeToString(w.hash.Sum(nil))}); err != nil {
		return m, err
	}
	if err := w.out.Flush(); err != nil {
		return m, err
	}
	return m, zip.Close()
}

type writer struct {
	out  *bufio.Writer
	hash hash.Hash
}

func (w *writer) control(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.write(append(b, '\n'))
}

func (w *writer) write(b []byte) error {
	w.hash.Write(b)
	_, err := w.out.Write(b)
	return err
}

func (w *writer) table(ctx context.Context, t Table, rows Rows) (c Count, err error) {
	if err := w.control(tableLine{t.Name, t.Names()}); err != nil {
		return c, err
	}
	e := newEncoder(t.Columns)
	for rows.Next() {
		if e.rows%often == 0 && ctx.Err() != nil {
			return c, ctx.Err()
		}
		vs, err := rows.Values()
		if err != nil {
			return c, err
		}
		line, err := e.line(vs)
		if err != nil {
			return c, err
		}
		if err := w.write(line); err != nil {
			return c, err
		}
	}
	if err := rows.Err(); err != nil {
		return c, err
	}
	c = Count{t, e.rows, e.sum()}
	return c, w.control(countLine{c.Rows, hex.EncodeToString(c.SHA256[:])})
}
