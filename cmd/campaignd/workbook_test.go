package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// A workbook comes in like a CSV file; of several sheets somebody names one.
func TestImportOfAWorkbook(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	file := filepath.Join(t.TempDir(), "Base 2026.xlsx")
	f := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "Nome", "B1": "Celular", "A2": "Maria", "B2": 5511900000001, "A3": "José", "B3": "5,51E+12"} {
		require.NoError(t, f.SetCellValue("Sheet1", cell, v))
	}
	_, err := f.NewSheet("Março")
	require.NoError(t, err)
	require.NoError(t, f.SetCellValue("Março", "A1", "Celular"))
	require.NoError(t, f.SetCellValue("Março", "A2", "11 90000-0002"))
	require.NoError(t, f.SaveAs(file))
	require.NoError(t, f.Close())

	o.open()
	why := o.refuses("contacts", "import", file, "--yes")
	require.Contains(t, why, "Sheet1")
	require.Contains(t, why, "Março")
	said := o.says("contacts", "import", file, "--sheet", "Sheet1", "--consent", "form", "--yes")
	require.Contains(t, said, "2 rows: 1 new, 0 brought up to date, 0 the same, 1 refused")
	require.Contains(t, o.says("contacts", "import", file, "--sheet", "marco", "--yes"), "1 row: 1 new")
	require.Contains(t, o.says("group", "list"), "Base 2026")
	people := o.says("contacts", "list")
	require.Contains(t, people, "+5511900000001")
	require.Contains(t, people, "+5511900000002")

	broken := filepath.Join(t.TempDir(), "broken.xlsx")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(broken, b[:len(b)/2], 0o600))
	require.Contains(t, o.refuses("contacts", "import", broken, "--yes"), "the file cannot be used")
	require.Empty(t, entries(t, filepath.Join(o.environ[0][len("CAMPAIGND_DATA="):], "imports", "unpacked")))
}

// What a killed process has left is removed a day later.
func TestTemporaryFilesOfAKilledImportAreSwept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	now := time.Now()
	require.NoError(t, sweep(dir, now))
	for name, age := range map[string]time.Duration{"old": 2 * leftAfter, "new": time.Minute} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, os.Chtimes(path, now.Add(-age), now.Add(-age)))
	}
	require.NoError(t, sweep(dir, now.Add(-leftAfter)))
	require.Equal(t, []string{"new"}, entries(t, dir))
}

func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	es, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range es {
		names = append(names, e.Name())
	}
	return names
}
