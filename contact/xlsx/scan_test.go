package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/alreasense/campaigns/contact"
)

// What the library would take into memory at once is bounded before it does,
// however little the file has while it is packed.
func TestWhatIsTooLargeForTheMemoryIsRefusedBeforeItIsRead(t *testing.T) {
	path := workbook(t, [][]any{{"Telefone"}, {"11900000001"}}, nil)
	const part, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	row := func(cells string) func([]byte) []byte {
		return func(b []byte) []byte {
			return bytes.Replace(b, []byte("</sheetData>"), []byte(`<row r="3">`+cells+`</row></sheetData>`), 1)
		}
	}
	for name, c := range map[string]struct {
		part   string
		change func([]byte) []byte
		want   contact.Reason
	}{
		"a text without an end":      {part, row(`<c t="inlineStr"><is><t>` + strings.Repeat("x", maxRow) + `</t></is></c>`), contact.ReasonUnpacked},
		"values without an end":      {part, row(strings.Repeat(`<c><v>1</v></c>`, maxCells+1)), contact.ReasonUnpacked},
		"a value far to the right":   {part, row(`<c r="ALM3"><v>1</v></c>`), contact.ReasonUnpacked},
		"a formula far to the right": {part, row(`<c r="XFD3"><f>1</f></c>`), contact.ReasonUnpacked},
		"far to the right, by count": {part, row(`<c r="ALL3"/><c><v>1</v></c>`), contact.ReasonUnpacked},
		"rows without an end":        {part, row("</row>" + strings.Repeat("<row/>", maxRows) + "<row>"), contact.ReasonUnpacked},
		"a sheet without rows": {part, func(b []byte) []byte {
			return bytes.Replace(b, []byte("<sheetData>"), []byte(`<x>`+strings.Repeat("x", maxAside)+`</x><sheetData>`), 1)
		}, contact.ReasonUnpacked},
		"a long shared text": {texts, func(b []byte) []byte {
			return bytes.Replace(b, []byte("</si>"), []byte("<r><t>"+strings.Repeat("x", maxText)+"</t></r></si>"), 1)
		}, contact.ReasonUnpacked},
		"a hidden text": {part, row(`<!-- <row> -->`), contact.ReasonDamaged},
		"another encoding": {part, func(b []byte) []byte {
			return bytes.Replace(b, []byte("UTF-8"), []byte("UTF-16"), 1)
		}, contact.ReasonDamaged},
		"styles without an end": {"xl/styles.xml", func(b []byte) []byte { return append(b, make([]byte, DefaultMaxMemory/taken)...) }, contact.ReasonUnpacked},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(t, rewrite(t, path, c.part, c.change), "", nil)
			require.Equal(t, c.want, reason(t, err))
		})
	}
}

// A row that was coloured to its end is no wide row.
func TestCellsWithoutValuesMayStandAnywhere(t *testing.T) {
	path := rewrite(t, workbook(t, [][]any{{"Telefone"}, {"11900000001"}}, nil), "xl/worksheets/sheet1.xml", func(b []byte) []byte {
		return bytes.Replace(b, []byte("</sheetData>"), []byte(`<row r="3"><c r="A3"><v>11900000002</v></c><c r="XFD3" s="0"/></row></sheetData>`), 1)
	})
	people, _, err := read(t, path, "", nil)
	require.NoError(t, err)
	require.Len(t, people, 2)
}

// Many sheets that are small each for itself count together.
func TestManySmallSheetsCountTogether(t *testing.T) {
	path := workbook(t, [][]any{{"Telefone"}, {"11900000001"}}, nil)
	out := filepath.Join(t.TempDir(), "many.xlsx")
	f, err := os.Create(out)
	require.NoError(t, err)
	defer f.Close()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	w := zip.NewWriter(f)
	for _, p := range z.File {
		require.NoError(t, w.Copy(p))
	}
	for i := range inFile + 1 {
		p, err := w.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+100))
		require.NoError(t, err)
		_, err = p.Write(make([]byte, DefaultMaxMemory/inFile))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	_, _, err = read(t, out, "", nil)
	require.Equal(t, contact.ReasonUnpacked, reason(t, err))
}

// A large sheet and a large table of texts go through files, and are read whole.
func TestALargeSheetIsReadThroughFiles(t *testing.T) {
	const people = 30_000
	path := filepath.Join(t.TempDir(), "large.xlsx")
	f := excelize.NewFile()
	for i := range people + 1 {
		row := []any{"Nome", "Telefone"}
		if i > 0 {
			row = []any{fmt.Sprintf("Maria %d", i), fmt.Sprintf("(11) 9%04d-%04d", i/10_000, i%10_000)}
		}
		require.NoError(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	require.NoError(t, f.SaveAs(path))
	require.NoError(t, f.Close())
	dir := t.TempDir()
	b, err := Open(path, &Options{TempDir: dir})
	require.NoError(t, err)
	es, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, es)
	rows, err := b.Rows("")
	require.NoError(t, err)
	n := 0
	for to, err := range contact.ReadTable(rows, nil).All() {
		require.NoError(t, err)
		n++
		require.Equal(t, fmt.Sprintf("Maria %d", n), to.Name)
	}
	require.Equal(t, people, n)
	require.NoError(t, b.Close())
	es, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, es)
}
