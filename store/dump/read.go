package dump

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
)

// Errors of a dump that is read, wrapped.
var (
	// ErrNotDump: the file is something else.
	ErrNotDump = errors.New("this is no backup")
	// ErrDamaged: the dump was cut, or altered.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrNewer: a newer version of the program has made the dump.
	ErrNewer = errors.New("the backup was made by a newer version")
)

// Reader reads a dump, once, from its beginning to its end.
type Reader struct {
	Header Header

	in   *bufio.Reader
	hash hash.Hash // of the lines before this one
	line []byte
	long []byte
	err  error
}

var _ Source = (*Reader)(nil)

// maxLine bounds a line, so that a file which is no dump does not fill the
// memory. The largest row that a store accepts is far below it.
const maxLine = 16 << 20

// Read begins to read a dump.
func Read(from io.Reader) (*Reader, error) {
	zip, err := gzip.NewReader(from)
	switch {
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, ErrNotDump
	case err != nil:
		return nil, err
	}
	return readLines(zip, 1<<16)
}

// readLines reads what was compressed.
func readLines(from io.Reader, buffer int) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(from, buffer), hash: sha256.New()}
	if err := r.next(); err != nil {
		return nil, err
	}
	var h headLine
	if err := strict(r.line, &h); err != nil || h.Version < 1 {
		var v struct {
			Version int `json:"campaigns_dump"`
		}
		if json.Unmarshal(r.line, &v) != nil || v.Version <= Version {
			return nil, ErrNotDump
		}
		h.Version = v.Version
	}
	if h.Version > Version {
		return nil, fmt.Errorf("%w: its format has version %d and this program reads %d: restore it with the newer program", ErrNewer, h.Version, Version)
	}
	r.Header = Header(h)
	return r, nil
}

// strict decodes a line of JSON that must be written as we write it.
func strict(line []byte, v any) error {
	if err := json.Unmarshal(line, v); err != nil {
		return err
	}
	again, err := json.Marshal(v)
	if err == nil && !bytes.Equal(again, line) {
		err = errLine
	}
	return err
}

// Each implements Source. It can be called once.
func (r *Reader) Each(ctx context.Context, f func(Table, Rows) error) (Numbers, error) {
	known := Tables()
	for {
		if err := r.next(); err != nil {
			return nil, err
		}
		var t tableLine
		if err := strict(r.line, &t); err != nil {
			return r.end()
		}
		i := slices.IndexFunc(known, func(k Table) bool { return k.Name == t.Table })
		if i < 0 {
			if slices.ContainsFunc(Tables(), func(k Table) bool { return k.Name == t.Table }) {
				return nil, damaged("the table %s stands in a place that is not its own", t.Table)
			}
			return nil, fmt.Errorf("%w: it has a table %q: restore it with the newer program", ErrNewer, t.Table)
		}
		table, missing := known[i].only(t.Columns)
		if missing != "" {
			return nil, fmt.Errorf("%w: it has other columns of the table %s, such as %q: restore it with the newer program", ErrNewer, t.Table, missing)
		}
		known = known[i+1:]
		rows := &lines{r: r, ctx: ctx, enc: newEncoder(table.Columns), values: make([]any, len(table.Columns))}
		if err := f(table, rows); err != nil {
			return nil, err
		}
		for rows.Next() { // what f has left
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("the table %s: %w", t.Table, err)
		}
	}
}

// end reads what follows the tables.
func (r *Reader) end() (Numbers, error) {
	var n numbersLine
	if err := strict(r.line, &n); err != nil {
		return nil, damaged("a line is neither a table nor the end")
	}
	if n.Numbers == nil {
		return nil, damaged("it has no numbers")
	}
	// next adds the line before to the hash.
	if err := r.next(); err != nil {
		return nil, err
	}
	var e endLine
	if err := strict(r.line, &e); err != nil || e.SHA256 != hex.EncodeToString(r.hash.Sum(nil)) {
		return nil, damaged("its SHA-256 is not that of its lines")
	}
	if err := r.next(); !errors.Is(err, errEnd) {
		if err == nil {
			err = damaged("something follows its end")
		}
		return nil, err
	}
	return maps.Clone(n.Numbers), nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s: nothing of it can be believed, use another one", ErrDamaged, fmt.Sprintf(format, args...))
}

// errEnd: the file ends where a line would begin.
var errEnd = damaged("it ends too early, it was cut or its making was")

// next reads the next line, and counts the one before into the hash.
func (r *Reader) next() error {
	if r.err != nil {
		return r.err
	}
	if r.line != nil {
		r.hash.Write(r.line)
		r.hash.Write([]byte{'\n'})
	}
	r.line, r.err = r.read()
	return r.err
}

func (r *Reader) read() ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		switch {
		case err == nil && len(r.long) == 0:
			return part[:len(part)-1], nil
		case len(r.long)+len(part) > maxLine:
			return nil, damaged("a line has no end")
		}
		r.long = append(r.long, part...)
		switch {
		case err == nil:
			return r.long[:len(r.long)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(r.long) == 0:
			return nil, errEnd
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, damaged("it was cut")
		case corrupt(err):
			return nil, damaged("its compression is broken")
		}
		return nil, fmt.Errorf("the backup cannot be read: %w", err)
	}
}

// corrupt tells the errors of gzip about bytes that nobody compressed.
func corrupt(err error) bool {
	var c flate.CorruptInputError
	return errors.As(err, &c) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader)
}

// lines are the rows of a table in a file.
type lines struct {
	r      *Reader
	ctx    context.Context
	enc    *encoder
	values []any
	done   bool
	err    error
}

func (l *lines) Next() bool {
	if l.done {
		return false
	}
	if l.enc.rows%often == 0 {
		if err := l.ctx.Err(); err != nil {
			return l.stop(err)
		}
	}
	if err := l.r.next(); err != nil {
		return l.stop(err)
	}
	if len(l.r.line) == 0 || l.r.line[0] != '[' {
		return l.stop(l.count())
	}
	if err := decode(string(l.r.line), l.enc.columns, l.values); err != nil {
		return l.stop(damaged("row %d: %v", l.enc.rows+1, err))
	}
	l.enc.hash.Write(l.r.line)
	l.enc.hash.Write([]byte{'\n'})
	l.enc.rows++
	return true
}

func (l *lines) stop(err error) bool {
	l.done, l.err = true, err
	return false
}

// count reads the line after the last row.
func (l *lines) count() error {
	var c countLine
	sum := l.enc.sum()
	if err := strict(l.r.line, &c); err != nil || c.Rows != l.enc.rows || c.SHA256 != hex.EncodeToString(sum[:]) {
		return damaged("its rows are not those that were counted")
	}
	return nil
}

func (l *lines) Values() ([]any, error) { return l.values, nil }
func (l *lines) Err() error             { return l.err }
