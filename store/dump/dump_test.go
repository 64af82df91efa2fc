package dump

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// book is a Source in memory.
type book struct {
	tables  []Table
	rows    map[string][][]any
	numbers Numbers
	failAt  string // the table after whose rows reading fails
}

func (b *book) Each(_ context.Context, f func(Table, Rows) error) (Numbers, error) {
	for _, t := range b.tables {
		p := &pages{rows: b.rows[t.Name]}
		if b.failAt == t.Name {
			p.fail = errors.New("the disk is gone")
		}
		if err := f(t, p); err != nil {
			return nil, err
		}
	}
	return b.numbers, nil
}

type pages struct {
	rows [][]any
	now  []any
	fail error
}

func (p *pages) Next() bool {
	if len(p.rows) == 0 {
		return false
	}
	p.now, p.rows = p.rows[0], p.rows[1:]
	return true
}
func (p *pages) Values() ([]any, error) { return p.now, nil }
func (p *pages) Err() error             { return p.fail }

// read is what a Source gives.
func read(s Source) (*book, error) {
	b := &book{rows: map[string][][]any{}}
	var err error
	b.numbers, err = s.Each(context.Background(), func(t Table, rows Rows) error {
		b.tables = append(b.tables, t)
		for rows.Next() {
			vs, err := rows.Values()
			if err != nil {
				return err
			}
			b.rows[t.Name] = append(b.rows[t.Name], append([]any(nil), vs...))
		}
		return rows.Err()
	})
	return b, err
}

// random is a book with every table and rows of every kind of value.
func random(t *rapid.T) *book {
	b := &book{tables: Tables(), rows: map[string][][]any{}, numbers: Numbers{}}
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a\x00b", `"\`, "ação", "\xff\xfe", "\u2028", `{"hex":"00"}`, "\x1f\x7f"}))
	for _, table := range b.tables {
		if rapid.IntRange(0, 3).Draw(t, "empty") > 0 {
			continue
		}
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			row := make([]any, len(table.Columns))
			for i, c := range table.Columns {
				switch {
				case c.Null && rapid.Bool().Draw(t, "null"):
				case c.Kind == Int:
					row[i] = rapid.Int64().Draw(t, "n")
				case c.Kind == Text:
					row[i] = text.Draw(t, "s")
				default:
					row[i] = rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "b")
				}
			}
			b.rows[table.Name] = append(b.rows[table.Name], row)
		}
		b.numbers[table.Name] = rapid.Int64Range(0, 9).Draw(t, "number")
	}
	return b
}

var at = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

func write(t require.TestingT, b *book) []byte {
	var out bytes.Buffer
	_, err := Write(context.Background(), &out, b, Header{MadeAt: at, Store: "book", Labels: map[string]string{"key": "<x>"}})
	require.NoError(t, err)
	return out.Bytes()
}

// What was written is what is read, and hashes tell two dumps apart.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := random(t)
		r, err := Read(bytes.NewReader(write(t, b)))
		require.NoError(t, err)
		require.Equal(t, Header{Version, at, "book", map[string]string{"key": "<x>"}}, r.Header)
		w := Watch(r)
		got, err := read(w)
		require.NoError(t, err)
		require.Equal(t, b.rows, got.rows)
		require.Equal(t, b.tables, got.tables)
		require.Equal(t, b.numbers, got.numbers)
		sum, err := Sum(context.Background(), b)
		require.NoError(t, err)
		require.Equal(t, sum, w.Manifest)
		require.NoError(t, sum.Same(w.Manifest))
	})
}

// sample is a small book for those who break it.
func sample() *book {
	return &book{tables: Tables(), numbers: Numbers{"campaigns": 7, "events": 9}, rows: map[string][][]any{
		"recipients": {{int64(1), int64(1), "+5511900000001", `{"name":"Ana"}`}, {int64(1), int64(2), "+5511900000002", "{}"}},
		"facts":      {{"deadline", int64(2e9)}},
		"suppressed": {{"acme", bytes.Repeat([]byte{7}, 32), int64(1), int64(2)}},
	}}
}

func TestManifestsTellWhatDiffers(t *testing.T) {
	sum := func(change func(*book)) Manifest {
		b := sample()
		change(b)
		m, err := Sum(t.Context(), b)
		require.NoError(t, err)
		return m
	}
	m := sum(func(*book) {})
	require.EqualValues(t, 4, m.Rows())
	require.EqualValues(t, 2, m.Count("recipients"))
	require.EqualValues(t, 0, m.Count("nothing"))
	require.Equal(t, Tables(), m.Shape())
	for want, change := range map[string]func(*book){
		"the table recipients had 2 rows and has 1":                  func(b *book) { b.rows["recipients"] = b.rows["recipients"][:1] },
		"the 1 rows of the table facts are not what they were":       func(b *book) { b.rows["facts"][0][1] = int64(1) },
		"numbers in the table campaigns had come to 7 and come to 8": func(b *book) { b.numbers["campaigns"] = 8 },
		fmt.Sprintf("there are %d tables and 1", len(Tables())):      func(b *book) { b.tables = b.tables[:1] },
		"the table recipients stands where progress was":             func(b *book) { b.tables = append(append(Tables()[:1:1], b.tables[2]), b.tables[2:]...) },
	} {
		require.EqualError(t, m.Same(sum(change)), want)
	}
}

// A dump that was cut or altered anywhere is refused, whether the change shows
// in its compression or not.
func TestDamageIsNoticed(t *testing.T) {
	small := sample()
	small.tables = slices.DeleteFunc(small.tables, func(t Table) bool { return len(small.rows[t.Name]) == 0 })
	whole := write(t, small)
	all := func(r *Reader, err error) error {
		if err == nil {
			_, err = read(r)
		}
		return err
	}
	attempt := func(b []byte) error { return all(Read(bytes.NewReader(b))) }
	lines := func(b []byte) error { return all(readLines(bytes.NewReader(b), 512)) }
	require.NoError(t, attempt(whole))
	for n := range whole {
		err := attempt(whole[:n])
		require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotDump), "cut at %d: %v", n, err)
	}
	require.ErrorIs(t, attempt(append(bytes.Clone(whole), "more"...)), ErrDamaged)
	require.ErrorIs(t, attempt(append(bytes.Clone(whole), whole...)), ErrDamaged, "two in one file")

	plain := unzip(t, whole)
	require.NoError(t, lines(plain))
	for n := range plain {
		for _, x := range []byte{plain[n] ^ 1, '\n'} {
			if x == plain[n] {
				continue
			}
			b := bytes.Clone(plain)
			b[n] = x
			err := lines(b)
			require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotDump) || errors.Is(err, ErrNewer), "byte %d to %q: %v", n, x, err)
		}
		err := lines(plain[:n])
		require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotDump), "cut at %d: %v", n, err)
	}
	// What gzip would let pass: a row exchanged for another, with all else right.
	require.ErrorIs(t, attempt(zip(bytes.Replace(plain, []byte("0000001"), []byte("0000003"), 1))), ErrDamaged)
}

func unzip(t require.TestingT, b []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	return plain
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func TestWhatIsNoDumpIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":       {nil, ErrNotDump},
		"a text":        {[]byte("Dear customers"), ErrNotDump},
		"another gzip":  {zip([]byte("Dear customers\n")), ErrNotDump},
		"other JSON":    {zip([]byte("{}\n")), ErrNotDump},
		"a later one":   {zip([]byte(`{"campaigns_dump":2,"made":{"at":"noon"}}` + "\n")), ErrNewer},
		"version zero":  {zip([]byte(`{"campaigns_dump":0,"made_at":"2026-03-04T15:00:00Z","store":""}` + "\n")), ErrNotDump},
		"nothing in it": {zip(nil), ErrDamaged},
	} {
		_, err := Read(bytes.NewReader(c.b))
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := readLines(strings.NewReader(strings.Repeat("x", maxLine+1)), 1<<20)
	require.ErrorContains(t, err, "a line has no end")
}

// A newer program may know more tables and columns, an older one fewer.
func TestOtherVersionsOfTheTables(t *testing.T) {
	b := sample()
	facts := b.tables[len(b.tables)-1]
	require.Equal(t, "facts", facts.Name)
	old := b.tables[0]
	old.Columns = old.Columns[:3]
	b.tables = []Table{old, facts}
	b.rows["campaigns"] = [][]any{{int64(1), "acme", "draft"}}
	r, err := Read(bytes.NewReader(write(t, b)))
	require.NoError(t, err)
	got, err := read(r)
	require.NoError(t, err)
	require.Equal(t, b.tables, got.tables, "a table has the columns that the file has of it")

	for _, change := range []func(*Table){
		func(t *Table) { t.Name = "thoughts" },
		func(t *Table) { t.Columns = append(t.Columns, Column{Name: "mood", Kind: Int}) },
		func(t *Table) { t.Columns[1].Name = "name" },
	} {
		b := sample()
		change(&b.tables[len(b.tables)-1])
		b.rows["facts"] = nil
		r, err := Read(bytes.NewReader(write(t, b)))
		require.NoError(t, err)
		_, err = read(r)
		require.ErrorIs(t, err, ErrNewer)
	}
	b = sample()
	b.tables[0], b.tables[1] = b.tables[1], b.tables[0]
	r, err = Read(bytes.NewReader(write(t, b)))
	require.NoError(t, err)
	_, err = read(r)
	require.ErrorIs(t, err, ErrDamaged, "children before their parents")
}

func TestRowsOfTheWrongKindAreNotWritten(t *testing.T) {
	for _, v := range []any{nil, "1", []byte{1}, 1, 1.5, true} {
		b := sample()
		b.rows["facts"] = [][]any{{"x", v}}
		_, err := Write(t.Context(), io.Discard, b, Header{})
		require.ErrorContains(t, err, "the table facts: the column value holds a", "%v", v)
	}
	b := sample()
	b.rows["facts"] = [][]any{{"x"}}
	_, err := Sum(t.Context(), b)
	require.ErrorContains(t, err, "1 values for 2 columns")
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "monday.dump")
	m, err := WriteFile(t.Context(), path, sample(), Header{MadeAt: at})
	require.NoError(t, err)
	require.EqualValues(t, 4, m.Rows())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	was, err := os.ReadFile(path)
	require.NoError(t, err)

	_, err = WriteFile(t.Context(), path, &book{}, Header{})
	require.ErrorIs(t, err, os.ErrExist)
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, was, now, "the file that was there is as it was")

	f, err := OpenFile(path)
	require.NoError(t, err)
	sum, err := Sum(t.Context(), f)
	require.NoError(t, err)
	require.NoError(t, m.Same(sum))
	require.NoError(t, f.Close())

	_, err = OpenFile(filepath.Join(dir, "sunday.dump"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = WriteFile(t.Context(), filepath.Join(dir, "none", "x.dump"), sample(), Header{})
	require.ErrorIs(t, err, os.ErrNotExist)

	broken := sample()
	broken.failAt = "events"
	_, err = WriteFile(t.Context(), filepath.Join(dir, "x.dump"), broken, Header{})
	require.EqualError(t, err, "the backup could not be finished: the table events: the disk is gone")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err = WriteFile(stopped, filepath.Join(dir, "x.dump"), sample(), Header{})
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "what failed leaves nothing")
}

// A disk that is full, and a pipe whose reader has gone.
func TestWritersThatFail(t *testing.T) {
	for n := range 3 {
		_, err := Write(t.Context(), &shortWriter{n}, sample(), Header{})
		require.ErrorIs(t, err, errFull, n)
	}
}

var errFull = errors.New("no space left on device")

type shortWriter struct{ calls int }

func (w *shortWriter) Write(b []byte) (int, error) {
	if w.calls--; w.calls < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// A context that ends stops the reading of a long table.
func TestReadingStops(t *testing.T) {
	b := sample()
	for range 3 * often {
		b.rows["facts"] = append(b.rows["facts"], []any{"x", int64(1)})
	}
	r, err := Read(bytes.NewReader(write(t, b)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	_, err = r.Each(ctx, func(_ Table, rows Rows) error {
		for rows.Next() {
			seen++
			cancel()
		}
		return rows.Err()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.LessOrEqual(t, seen, 2*often)

	var told []string
	_, err = Tell(b, func(table string, rows int64) { told = append(told, fmt.Sprint(table, " ", rows)) }).Each(t.Context(),
		func(_ Table, rows Rows) error {
			for rows.Next() {
			}
			return rows.Err()
		})
	require.NoError(t, err)
	require.Contains(t, told, fmt.Sprint("facts ", 2*often))
	require.Contains(t, told, fmt.Sprint("facts ", 3*often+1))
}

// Whatever the bytes, a reader ends, and what it believes can be written again
// as it stands.
func FuzzRead(f *testing.F) {
	f.Add(unzip(f, write(f, sample())))
	f.Add(unzip(f, write(f, &book{tables: Tables()})))
	f.Add([]byte(`{"campaigns_dump":1,"made_at":"2026-03-04T15:00:00Z","store":"x"}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readLines(bytes.NewReader(b), 512)
		if err != nil {
			return
		}
		got, err := read(r)
		if err != nil {
			return
		}
		var out bytes.Buffer
		_, err = Write(t.Context(), &out, got, r.Header)
		require.NoError(t, err)
		require.Equal(t, string(b), string(unzip(t, out.Bytes())))
	})
}

// Lines are read only as they are written: two ways to write one row would be
// two hashes.
func FuzzLine(f *testing.F) {
	columns := []Column{{Name: "n", Kind: Int}, {Name: "s", Kind: Text}, {Name: "b", Kind: Blob, Null: true}}
	for _, s := range []string{`[1,"a","00"]`, `[-9223372036854775808,"\u0000\"\\",null]`, `[0,{"hex":"ff"},""]`, `[+1,"",""]`, `[01,"",""]`,
		`[1,"\u001F",null]`, `[1,"\u0041",null]`, `[1,"\n",null]`, `[1,"a","AA"]`, `[1,{"hex":"41"},null]`, `[1,"a",null]]`, `[1,"a"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		values := make([]any, len(columns))
		if decode(s, columns, values) != nil {
			return
		}
		line, err := newEncoder(columns).line(values)
		require.NoError(t, err)
		require.Equal(t, s+"\n", string(line))
	})
}
