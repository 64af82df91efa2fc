package contact_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// read reads a whole file and returns phones and report.
func read(t *testing.T, file string, o *contact.CSVOptions) ([]contact.Contact, contact.Report) {
	t.Helper()
	c := contact.ReadCSV(strings.NewReader(file), o)
	var all []contact.Contact
	for to, err := range c.All() {
		require.NoError(t, err)
		all = append(all, to)
	}
	return all, c.Report()
}

func TestCSVOptions(t *testing.T) {
	const semicolons = "nome;telefone\nMaria;11900000001\n"
	for _, c := range []struct {
		name, file string
		o          contact.CSVOptions
		want       string // name/phone of each contact
	}{
		{"nothing set", semicolons, contact.CSVOptions{}, "Maria +5511900000001"},
		{"delimiter forced", "nome,telefone;obs\nSilva, Ana,1\n", contact.CSVOptions{Delimiter: ',', Mapping: map[string]contact.Field{"telefone obs": "phone"}}, ""},
		{"encoding forced", "nome;telefone\nJo\xc3\xa3o;11900000001\n", contact.CSVOptions{Encoding: contact.Windows1252}, "JoÃ£o +5511900000001"},
		{"utf-16 forced", "n\x00o\x00m\x00e\x00;\x00t\x00e\x00l\x00\n\x00A\x00;\x001\x001\x009\x000\x000\x000\x000\x000\x000\x000\x001\x00", contact.CSVOptions{Encoding: contact.UTF16LE}, "A +5511900000001"},
		{"no header", "Maria;11900000001\n", contact.CSVOptions{NoHeader: true, Columns: []string{"nome", "telefone"}}, "Maria +5511900000001"},
		{"no header, one column", "11900000001\n11900000002\n", contact.CSVOptions{NoHeader: true}, " +5511900000001, +5511900000002"},
		{"columns instead of the header", "a;b\nMaria;11900000001\n", contact.CSVOptions{Columns: []string{"nome", "telefone"}}, "Maria +5511900000001"},
		{"mapping", "Pessoa;Contato 1;nome\nMaria;11900000001;x\n", contact.CSVOptions{Mapping: map[string]contact.Field{"PESSOA": "name", "contato_1": "phone", "nome": "ignore"}}, "Maria +5511900000001"},
		{"mapping settles two phones", "nome;fone;telefone\nMaria;11900000001;11900000002\n", contact.CSVOptions{Mapping: map[string]contact.Field{"telefone": "phone"}}, "Maria +5511900000002"},
		{"two phones of a rank that another beats", "fone;telefone;celular\n1;2;11900000001\n", contact.CSVOptions{}, " +5511900000001"},
		{"the better phone is not the last", "celular;fone;telefone\n11900000001;1;2\n", contact.CSVOptions{}, " +5511900000001"},
		{"region", "nome;phone\nMaria;910 000 001\n", contact.CSVOptions{Region: "PT"}, "Maria +351910000001"},
		{"region and area code", "nome;area code;phone\nAna;212;555-0100\n", contact.CSVOptions{Region: "US"}, "Ana +12125550100"},
		{"tags", "nome;telefone;tags\nMaria;11900000001;b\n", contact.CSVOptions{Tags: []string{"Natal ", "A"}}, "Maria +5511900000001 a b natal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, r := read(t, c.file, &c.o)
			var got []string
			for _, to := range all {
				got = append(got, strings.Join(append([]string{to.Name, string(to.Phone)}, to.Tags...), " "))
			}
			if c.want == "" {
				require.Empty(t, got)
				require.Equal(t, 1, r.Refused)
				return
			}
			require.Equal(t, c.want, strings.Join(got, ","))
		})
	}
}

func TestCSVFileErrors(t *testing.T) {
	for _, c := range []struct {
		name, file string
		o          contact.CSVOptions
		want       contact.Reason
	}{
		{"delimiter", "telefone\n", contact.CSVOptions{Delimiter: '+'}, contact.ReasonDelimiter},
		{"delimiter beyond a byte", "telefone\n", contact.CSVOptions{Delimiter: 'Ļ'}, contact.ReasonDelimiter},
		{"sep= of a letter", "sep=x\ntelefone\n", contact.CSVOptions{}, contact.ReasonDelimiter},
		{"encoding", "telefone\n", contact.CSVOptions{Encoding: "latin9"}, contact.ReasonEncodingName},
		{"mapping of a missing column", "telefone\n", contact.CSVOptions{Mapping: map[string]contact.Field{"celular": "phone"}}, contact.ReasonMapping},
		{"mapping to no field", "telefone\n", contact.CSVOptions{Mapping: map[string]contact.Field{"telefone": "fone"}}, contact.ReasonMapping},
		{"no header and no columns", "Maria;11900000001\n", contact.CSVOptions{NoHeader: true}, contact.ReasonNoPhoneColumn},
		{"two phones, a better one between", "celular;whatsapp;celular;whatsapp\n", contact.CSVOptions{}, contact.ReasonAmbiguous},
		{"two phones mapped", "a;b\n", contact.CSVOptions{Mapping: map[string]contact.Field{"a": "phone", "b": "phone"}}, contact.ReasonAmbiguous},
		{"header with an open quote", "\"nome;telefone\nMaria;11900000001\n", contact.CSVOptions{}, contact.ReasonQuote},
		{"header too long", strings.Repeat("x", 200) + ";telefone\n", contact.CSVOptions{MaxRow: 100}, contact.ReasonRowLong},
		{"only sep=", "sep=;\n", contact.CSVOptions{}, contact.ReasonFileEmpty},
		{"only a mark", "\ufeff", contact.CSVOptions{}, contact.ReasonFileEmpty},
		{"pdf", "%PDF-1.7\n", contact.CSVOptions{}, contact.ReasonFileBinary},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := contact.ReadCSV(strings.NewReader(c.file), &c.o)
			_, err := r.Layout()
			var fe *contact.FileError
			require.ErrorAs(t, err, &fe)
			require.ErrorIs(t, err, contact.ErrFile)
			require.Equal(t, c.want, fe.Reason)
			require.NotEqual(t, fe.Text("pt"), fe.Text("en"))
			n := 0
			for to, again := range r.All() {
				require.Equal(t, err, again)
				require.Zero(t, to)
				n++
			}
			require.Equal(t, 1, n, "the error is given once, and alone")
		})
	}
}

// A sample that ends within a character, a row or a CR LF decides the same.
func TestCSVBeyondTheSample(t *testing.T) {
	for shift := range 4 {
		var b strings.Builder
		b.WriteString("nome;telefone\r\n" + strings.Repeat("x", shift) + ";11900999999\r\n")
		for i := range 8000 {
			fmt.Fprintf(&b, "ção;119%08d\r\n", i)
		}
		require.Greater(t, b.Len(), 128<<10)
		all, r := read(t, b.String(), nil)
		require.Len(t, all, 8001)
		require.Equal(t, contact.UTF8, r.Layout.Encoding)
		require.Equal(t, 8002, r.Lines)
		require.Equal(t, "ção", all[8000].Name)
	}
	// The only character beyond ASCII is cut in two by the end of the sample.
	head := "nome;telefone\n"
	all, r := read(t, head+strings.Repeat("\n", 64<<10-len(head)-1)+"é;11900000001\n", nil)
	require.Equal(t, contact.UTF8, r.Layout.Encoding)
	require.Equal(t, "é", all[0].Name)

	late := "nome;telefone\n" + strings.Repeat("Maria;123\n", 10_000)
	all, r = read(t, late+"Jo\xe3o;11900000001\nJ\xc3\xba;11900000002\n", nil)
	require.Equal(t, contact.Windows1252, r.Layout.Encoding)
	require.Equal(t, []string{"João", "JÃº"}, []string{all[0].Name, all[1].Name})
	all, r = read(t, late+"Jú;11900000001\nJo\xe3o;11900000002\n", nil)
	require.Equal(t, contact.UTF8, r.Layout.Encoding)
	require.Len(t, all, 1)
	require.Equal(t, 1, r.ByReason[contact.ReasonEncoding])
}

func TestCSVDetection(t *testing.T) {
	// Bytes that could be UTF-8 by accident do not outweigh those that cannot.
	all, r := read(t, "nome;telefone\nS\xc3\xa3o\xe9\xe1\xe7;11900000001\n", nil)
	require.Equal(t, contact.Windows1252, r.Layout.Encoding)
	require.Equal(t, "SÃ£oéáç", all[0].Name)

	// The header decides about the delimiter before regularity does.
	all, r = read(t, "Sobrenome, nome;telefone;obs\nSilva, Ana;11900000001\nSouza, Bia;11900000002\n",
		&contact.CSVOptions{})
	require.Equal(t, ";", r.Layout.Delimiter)
	require.Len(t, all, 2)
}

func TestCSVLongRows(t *testing.T) {
	long := strings.Repeat("x", 1_000_000)
	all, r := read(t, "nome;telefone\n"+long+";11900000001\nAna;11900000002\nBia;11900000003;"+long, nil)
	require.Len(t, all, 1)
	require.Equal(t, 2, r.ByReason[contact.ReasonRowLong])
	require.Equal(t, []int{2, 4}, []int{r.Refusals[0].Line, r.Refusals[1].Line})
	require.Less(t, len(r.Refusals[0].Cells[0]), 2000)

	// The limit is exact, whatever ends the line, and also with quotes.
	for _, eol := range []string{"\n", "\r\n", ""} {
		for _, pad := range []string{"%s;11900000001", "\"%s\";11900000001"} {
			row := fmt.Sprintf(pad, strings.Repeat("n", 30))
			file := "nome;telefone\n" + row + eol
			_, r := read(t, file, &contact.CSVOptions{MaxRow: len(row)})
			require.Equal(t, 1, r.Accepted, "%q", row)
			_, r = read(t, file, &contact.CSVOptions{MaxRow: len(row) - 1})
			require.Equal(t, 1, r.Refused, "%q", row)
		}
	}
}

// The reader's own error ends everything and is found with errors.Is.
func TestCSVReaderFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, head := range []string{"", "nome;telefone\n", "nome;telefone\n" + strings.Repeat("Maria;123\n", 20_000)} {
		c := contact.ReadCSV(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), nil)
		var got error
		for _, err := range c.All() {
			got = err
		}
		require.ErrorIs(t, got, broken)
		_, err := c.Layout()
		require.ErrorIs(t, err, broken, "it stays")
	}
}

func TestCSVRefusedRows(t *testing.T) {
	file := "nome;telefone\n" + strings.Repeat("Maria;123\n", 50)
	var stream bytes.Buffer
	_, r := read(t, file, &contact.CSVOptions{KeepRefused: 10, Refused: &stream, Lang: "en"})
	require.Equal(t, 50, r.Refused)
	require.Len(t, r.Refusals, 10)
	require.Equal(t, 40, r.More)
	lines := strings.Split(strings.TrimSpace(stream.String()), "\r\n")
	require.Len(t, lines, 51, "the writer is given all of them")
	require.Equal(t, "\ufeffrefusal_line;refusal_code;refusal_reason;nome;telefone", lines[0])
	require.Equal(t, "51;phone_too_short;line 51, telefone: the number has too few digits;Maria;123", lines[50])

	_, r = read(t, file, &contact.CSVOptions{KeepRefused: -1})
	require.Empty(t, r.Refusals)
	require.Equal(t, 50, r.More)

	full := errors.New("no space")
	c := contact.ReadCSV(strings.NewReader(file), &contact.CSVOptions{Refused: failingWriter{full}})
	var got error
	for _, err := range c.All() {
		got = err
	}
	require.ErrorIs(t, got, full)
	require.ErrorIs(t, c.Report().WriteRefused(failingWriter{full}, "pt"), full)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// Mended, the refused rows come in; what the import added is not read.
func TestCSVRefusedRowsAreMended(t *testing.T) {
	_, r := read(t, "Maria;123;Rio\nAna;11900000002;Natal\n\"João \"\"Jô\"\"\";;\"a;b\"\n",
		&contact.CSVOptions{NoHeader: true, Columns: []string{"nome", "telefone", "Cidade"}})
	var file bytes.Buffer
	require.NoError(t, r.WriteRefused(&file, "pt"))
	mended := strings.Replace(file.String(), ";123;", ";11900000001;", 1)
	mended = strings.Replace(mended, ";;", ";11900000003;", 1)
	all, again := read(t, mended, nil)
	require.Zero(t, again.Refused)
	require.Equal(t, []string{"Maria", `João "Jô"`}, []string{all[0].Name, all[1].Name})
	require.Equal(t, map[string]string{"cidade": "a;b"}, all[1].Vars)
}

// A spreadsheet that opens the refused rows computes nothing, and what comes
// back from it is what was handed in.
func TestCSVRefusedFormulas(t *testing.T) {
	_, r := read(t, "nome;telefone;obs\n=1+1;123;@soma\n-nome;+55 11 123;-5\n＝soma;456;＠x\n|soma;789;%d\n\u00a0=2+2;78;\n", nil)
	var file bytes.Buffer
	require.NoError(t, r.WriteRefused(&file, "pt"))
	require.Contains(t, file.String(), ";'=1+1;123;'@soma\r\n")
	require.Contains(t, file.String(), ";'＝soma;456;'＠x\r\n")
	require.Contains(t, file.String(), ";'|soma;789;'%d\r\n")
	require.NotContains(t, file.String(), ";\u00a0=", "blanks before it do not help")
	require.NotContains(t, file.String(), ";=2", "blanks before it do not help")
	require.Contains(t, file.String(), ";'-nome;+55 11 123;-5\r\n", "numbers stay numbers")
	mended := strings.NewReplacer(";123;", ";11900000001;", ";456;", ";11900000003;", ";789;", ";11900000004;", ";78;", ";11900000005;", "+55 11 123", "11900000002").Replace(file.String())
	all, again := read(t, mended, nil)
	require.Zero(t, again.Refused)
	require.Equal(t, []string{"=1+1", "-nome", "＝soma"}, []string{all[0].Name, all[1].Name, all[2].Name})
	require.Equal(t, "|soma", all[3].Name)
	require.Equal(t, []string{"@soma", "-5", "%d"}, []string{all[0].Notes, all[1].Notes, all[3].Notes})
}

func TestCSVConsent(t *testing.T) {
	all, _ := read(t, "telefone;consentimento\n11900000001;feira\n11900000002;\n",
		&contact.CSVOptions{Consent: "loja", Basis: contact.BasisConsent})
	require.Equal(t, []string{"feira", "loja"}, []string{all[0].Consent, all[1].Consent}, "the row goes before the file")
	require.Equal(t, contact.BasisConsent, all[1].Basis)
	all, r := read(t, "telefone\n11900000001\n", &contact.CSVOptions{Basis: "because"})
	require.Empty(t, all)
	require.Equal(t, 1, r.ByReason[contact.ReasonBasis])
}

func TestCSVMaxRows(t *testing.T) {
	_, r := read(t, "telefone\n"+strings.Repeat("123\n", 50), &contact.CSVOptions{MaxRows: 7})
	require.Equal(t, 7, r.Rows, "a preview of a file without contacts ends as well")
}

// What only the store refuses is among the refused.
func TestCSVRefuse(t *testing.T) {
	var stream bytes.Buffer
	c := contact.ReadCSV(strings.NewReader("nome;telefone\nMaria;11900000001\nJosé;1\nAna;11900000002\n"), &contact.CSVOptions{Refused: &stream})
	var rows []contact.TableRow
	for _, err := range c.All() {
		require.NoError(t, err)
		row := c.Row()
		row.Cells = slices.Clone(row.Cells)
		rows = append(rows, row)
	}
	require.NoError(t, c.Refuse(rows[0], contact.ReasonFieldMany))
	r := c.Report()
	require.Equal(t, []int{1, 2}, []int{r.Accepted, r.Refused})
	require.Contains(t, stream.String(), "2;field_too_many;linha 2: há itens demais;Maria;11900000001\r\n")
}

func TestBases(t *testing.T) {
	require.Len(t, contact.Bases(), 10)
	for _, b := range contact.Bases() {
		require.True(t, b.Valid())
		require.NotEqual(t, string(b), b.Text("pt"))
	}
	require.True(t, contact.Basis("").Valid())
	require.False(t, contact.Basis("because").Valid())
}

// A preview takes the first rows, the import goes on from there.
func TestCSVGoesOn(t *testing.T) {
	c := contact.ReadCSV(strings.NewReader("telefone\n11900000001\n11900000002\n123\n11900000003\n"), nil)
	for to, err := range c.All() {
		require.NoError(t, err)
		require.EqualValues(t, "+5511900000001", to.Phone)
		break
	}
	require.Equal(t, 1, c.Report().Rows)
	var rest []string
	for to := range c.All() {
		rest = append(rest, string(to.Phone))
	}
	require.Equal(t, []string{"+5511900000002", "+5511900000003"}, rest)
	require.Equal(t, 4, c.Report().Rows)
	for range c.All() {
		require.Fail(t, "after the end there is nothing")
	}
}

type sheet [][]string

func (s *sheet) Next() (contact.TableRow, error) {
	if len(*s) == 0 {
		return contact.TableRow{}, io.EOF
	}
	cells := (*s)[0]
	*s = (*s)[1:]
	return contact.TableRow{Line: 10 - len(*s), Cells: cells}, nil
}

func TestReadTable(t *testing.T) {
	rows := sheet{{"Nome", "Celular"}, {"Maria", "11 90000-0001"}, {}, {"Ana", "5,51199E+12"}}
	c := contact.ReadTable(&rows, nil)
	all := slices.Collect(func(yield func(contact.Phone) bool) {
		for to, err := range c.All() {
			require.NoError(t, err)
			yield(to.Phone)
		}
	})
	require.Equal(t, []contact.Phone{"+5511900000001"}, all)
	r := c.Report()
	require.Equal(t, 1, r.Blank)
	require.Equal(t, "linha 10, Celular: "+contact.ReasonScientific.Text("pt"), r.Refusals[0].Text("pt"))

	_, err := contact.ReadTable(&sheet{}, nil).Layout()
	require.ErrorIs(t, err, contact.ErrFile)
}

// endless gives n rows without ever holding them.
type endless struct {
	n, i int
	rest []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.i == e.n {
			return 0, io.EOF
		}
		e.rest = fmt.Appendf(nil, "Maria da Silva e Souza;119%08d;%s\n", e.i%1000, strings.Repeat("o", 200))
		if e.i == 0 {
			e.rest = []byte("nome;telefone;obs\n")
		}
		e.i++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// 60 MB of rows, nearly all of them refused, are read in a few.
func TestCSVMemoryIsBounded(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	c := contact.ReadCSV(&endless{n: 250_000}, &contact.CSVOptions{KeepRefused: 1 << 30})
	for _, err := range c.All() {
		require.NoError(t, err)
	}
	r := c.Report()
	require.Less(t, heap(), before+24<<20)
	require.Equal(t, 249_999, r.Rows)
	require.Equal(t, 1000, r.Accepted)
	require.Positive(t, r.More, "the bound on bytes holds")
	runtime.KeepAlive(c)
}

// TestHeaderRow holds that the header stands where the caller says.
func TestHeaderRow(t *testing.T) {
	file := "Telefone;Nome\n1;2\nwhats;cliente\n11 90000-0001;Maria\n"
	c := contact.ReadCSV(strings.NewReader(file), &contact.CSVOptions{HeaderRow: 3})
	layout, err := c.Layout()
	require.NoError(t, err)
	require.Equal(t, 3, layout.HeaderLine)
	require.Equal(t, "whats", layout.Columns[0].Name)
	for to, err := range c.All() {
		require.NoError(t, err)
		require.Equal(t, contact.Phone("+5511900000001"), to.Phone)
	}
	require.Equal(t, 1, c.Report().Rows)
	for _, row := range []int{9, 1 << 20} {
		_, err := contact.ReadCSV(strings.NewReader(file), &contact.CSVOptions{HeaderRow: row}).Layout()
		var fe *contact.FileError
		require.ErrorAs(t, err, &fe)
		require.Equal(t, contact.ReasonHeaderRow, fe.Reason)
		require.Contains(t, fe.Text("pt"), strconv.Itoa(row))
	}
}

// TestHiddenRows holds that what its owner does not see is passed over and
// counted, unless it is asked for.
func TestHiddenRows(t *testing.T) {
	rows := func() contact.RowReader {
		return &table{rows: []contact.TableRow{
			{Line: 1, Cells: []string{"nome", "celular"}},
			{Line: 2, Cells: []string{"Maria", "11900000001"}},
			{Line: 3, Cells: []string{"Filtrado", "11900000002"}, Hidden: true},
			{Line: 4, Cells: []string{"José", "11900000003"}},
		}}
	}
	for hidden, want := range map[bool]int{false: 2, true: 3} {
		c := contact.ReadTable(rows(), &contact.CSVOptions{HiddenRows: hidden})
		n := 0
		for _, err := range c.All() {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, want, n)
		require.Equal(t, 3-want, c.Report().Hidden)
		require.Equal(t, want, c.Report().Rows)
	}
}

type table struct{ rows []contact.TableRow }

func (t *table) Next() (contact.TableRow, error) {
	if len(t.rows) == 0 {
		return contact.TableRow{}, io.EOF
	}
	row := t.rows[0]
	t.rows = t.rows[1:]
	return row, nil
}
