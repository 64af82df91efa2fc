package xlsx

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/alreasense/campaigns/contact"
)

// workbook writes a file with one sheet of values; edit does more.
func workbook(t testing.TB, values [][]any, edit func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range values {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		require.NoError(t, err)
		require.NoError(t, f.SetSheetRow("Sheet1", cell, &row))
	}
	if edit != nil {
		edit(f)
	}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	require.NoError(t, f.SaveAs(path))
	return path
}

func format(t testing.TB, f *excelize.File, cell, code string) {
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	require.NoError(t, err)
	require.NoError(t, f.SetCellStyle("Sheet1", cell, cell, style))
}

// read gives the contacts of a workbook and the report.
func read(t testing.TB, path, sheet string, o *Options) ([]contact.Contact, contact.Report, error) {
	t.Helper()
	b, err := Open(path, o)
	if err != nil {
		return nil, contact.Report{}, err
	}
	defer func() { require.NoError(t, b.Close()) }()
	rows, err := b.Rows(sheet)
	if err != nil {
		return nil, contact.Report{}, err
	}
	c := contact.ReadTable(rows, nil)
	var all []contact.Contact
	for to, err := range c.All() {
		if err != nil {
			return all, c.Report(), err
		}
		all = append(all, to)
	}
	return all, c.Report(), nil
}

func reason(t testing.TB, err error) contact.Reason {
	t.Helper()
	var fe *contact.FileError
	require.ErrorAs(t, err, &fe)
	return fe.Reason
}

// TestLesson_P6: what spreadsheets do to phones, dates and amounts.
func TestLesson_P6(t *testing.T) {
	path := workbook(t, [][]any{
		{"Nome", "Telefone", "Valor", "Vencimento"},
		{"Número", 5511900000001, 1234.5, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)},
		{"Texto", "(11) 90000-0002", "12,5", "amanhã"},
		{"Formatado", 11900000003, 0.125, nil},
		{"Notação exata", 5511900000004, nil, nil},
		{"Notação perdida", 5511990000000, nil, nil},
		{"Texto perdido", "5,51199E+12", nil, nil},
		{"Data", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), nil, nil},
		{"Fração", 1190000123.5, nil, nil},
		nil,
		{"Depois da linha vazia", "11 90000-0005"},
	}, func(f *excelize.File) {
		format(t, f, "C2", `"R$ "#,##0.00`)
		format(t, f, "D2", "dd/mm/yyyy")
		format(t, f, "B4", "(00) 00000-0000")
		format(t, f, "C4", "0.0%")
		format(t, f, "B5", "0.00E+00")
		format(t, f, "B6", "0.00E+00")
		format(t, f, "B8", "dd/mm/yyyy")
	})
	all, r, err := read(t, path, "", nil)
	require.NoError(t, err)
	var phones []string
	for _, c := range all {
		phones = append(phones, string(c.Phone))
	}
	require.Equal(t, []string{"+5511900000001", "+5511900000002", "+5511900000003", "+5511900000004", "+5511900000005"}, phones)
	require.Equal(t, map[string]string{"valor": "R$ 1.234,50", "vencimento": "02/03/2026"}, all[0].Vars)
	require.Equal(t, "12,5%", all[2].Vars["valor"])
	require.Equal(t, map[contact.Reason]int{contact.ReasonScientific: 2, contact.ReasonDate: 1, contact.ReasonDecimal: 1}, r.ByReason)
	require.Equal(t, []int{6, 7, 8, 9}, []int{r.Refusals[0].Line, r.Refusals[1].Line, r.Refusals[2].Line, r.Refusals[3].Line},
		"lines are those that the spreadsheet shows")
	require.Equal(t, 1, r.Blank)
}

func TestSheets(t *testing.T) {
	path := workbook(t, [][]any{{"Telefone"}, {"11900000001"}}, func(f *excelize.File) {
		for _, name := range []string{"Vazia", "Oculta", "Março"} {
			_, err := f.NewSheet(name)
			require.NoError(t, err)
		}
		for _, name := range []string{"Oculta", "Março"} {
			require.NoError(t, f.SetSheetRow(name, "A1", &[]any{"Telefone"}))
			require.NoError(t, f.SetSheetRow(name, "A2", &[]any{"11900000002"}))
		}
		require.NoError(t, f.SetSheetVisible("Oculta", false))
	})
	_, _, err := read(t, path, "", nil)
	require.Equal(t, contact.ReasonSheets, reason(t, err))
	_, _, err = read(t, path, "Oculta", nil)
	require.Equal(t, contact.ReasonSheet, reason(t, err))
	var fe *contact.FileError
	require.ErrorAs(t, err, &fe)
	require.Equal(t, []string{"Sheet1", "Março"}, fe.Columns)
	all, _, err := read(t, path, "MARCO", nil)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.EqualValues(t, "+5511900000002", all[0].Phone)
}

// rewrite changes a part of a workbook.
func rewrite(t testing.TB, path, part string, change func([]byte) []byte) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		if f.Name == part {
			b = change(b)
		}
		p, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = p.Write(b)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	path = filepath.Join(t.TempDir(), "changed.xlsx")
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
	return path
}

// A file that is cut off or broken is never a short one.
func TestDamaged(t *testing.T) {
	values := [][]any{{"Telefone"}}
	for range 50 {
		values = append(values, []any{"11900000001"})
	}
	path := workbook(t, values, nil)
	const part = "xl/worksheets/sheet1.xml"
	for name, change := range map[string]func([]byte) []byte{
		"cut off":     func(b []byte) []byte { return b[:len(b)/2] },
		"broken row":  func(b []byte) []byte { return bytes.Replace(b, []byte(`<row r="30"`), []byte(`</x><row r="30"`), 1) },
		"bad address": func(b []byte) []byte { return bytes.Replace(b, []byte(`r="A30"`), []byte(`r="!!"`), 1) },
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(t, rewrite(t, path, part, change), "", nil)
			require.Equal(t, contact.ReasonDamaged, reason(t, err))
		})
	}
	_, _, err := read(t, path, "", &Options{MaxUnpacked: 1000})
	require.Equal(t, contact.ReasonUnpacked, reason(t, err))
	bomb := rewrite(t, path, "docProps/app.xml", func([]byte) []byte { return make([]byte, 4<<20) })
	_, _, err = read(t, bomb, "", &Options{MaxMemory: 1 << 20})
	require.Equal(t, contact.ReasonUnpacked, reason(t, err))
	plain := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(plain, []byte("PK\x03\x04"+strings.Repeat("x", 100)), 0o600))
	_, _, err = read(t, plain, "", nil)
	require.Equal(t, contact.ReasonDamaged, reason(t, err))
}

// Large parts go through files, which are gone when the book is closed.
func TestTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	path := workbook(t, [][]any{{"Telefone"}, {"11900000001"}, {"11900000002"}}, nil)
	all, _, err := read(t, path, "", &Options{MaxMemory: 6 << 10, MaxUnpacked: 1 << 20, TempDir: dir})
	if err != nil {
		require.Equal(t, contact.ReasonUnpacked, reason(t, err), "the styles of the library may be larger")
	} else {
		require.Len(t, all, 2)
	}
	es, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, es)
}

func FuzzRead(f *testing.F) {
	path := workbook(f, [][]any{{"Telefone", "Nome"}, {"11900000001", "Maria"}, {5511900000002, "José"}}, nil)
	data, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "x.xlsx")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		b, err := Open(path, &Options{MaxUnpacked: 4 << 20, MaxMemory: 1 << 20, TempDir: dir})
		if err != nil {
			reason(t, err)
			return
		}
		defer b.Close()
		for _, name := range b.Sheets() {
			rows, err := b.Rows(name)
			if err != nil {
				reason(t, err)
				continue
			}
			for range 10_000 {
				if _, err := rows.Next(); err == io.EOF {
					break
				} else if err != nil {
					reason(t, err)
					break
				}
			}
		}
	})
}
