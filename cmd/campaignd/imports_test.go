package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// An import is shown, listed and undone, and its refused rows never take the
// place of a file that is there.
func TestAnImportIsShownListedAndUndone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	dir := t.TempDir()
	file := filepath.Join(dir, "lista.csv")
	require.NoError(t, os.WriteFile(file, []byte("RELATÓRIO\n\nNome;Celular;Telefone;Cidade\nMaria;11 90000-0001;;Rio\nJosé;;11 90000-0002;\nAna;90000-0003;;\n"), 0o600))
	mended := filepath.Join(dir, "lista-refused.csv")
	require.NoError(t, os.WriteFile(mended, []byte("mended by hand"), 0o600))
	said := o.says("contacts", "import", file, "--consent", "form", "--yes")
	require.Contains(t, said, "3 rows: 2 new, 0 brought up to date, 0 the same, 1 refused")
	require.Contains(t, said, "1 × the area code is missing")
	require.Contains(t, said, "lista-refused-2.csv")
	kept, err := os.ReadFile(mended)
	require.NoError(t, err)
	require.Equal(t, "mended by hand", string(kept))
	require.Contains(t, o.refuses("contacts", "import", file, "--refused", mended, "--yes"), "is there already")

	list := o.says("contacts", "imports", "list")
	require.Contains(t, list, "lista.csv")
	id := regexp.MustCompile(`[0-9a-z]{20,}`).FindString(list)
	require.Contains(t, o.says("contacts", "imports", "show", id), "lista.csv, done")
	require.Contains(t, o.says("contacts", "imports", "undo", id, "--yes"), "undone: 2 removed, 0 kept")
	require.NotContains(t, o.says("contacts", "list"), "+5511900000001")
	require.Contains(t, o.refuses("contacts", "imports", "cancel", id), "not possible")

	nobody := filepath.Join(dir, "ninguem.csv")
	require.NoError(t, os.WriteFile(nobody, []byte("nome;telefone\nAna;90000-0003\n"), 0o600))
	require.Contains(t, o.refuses("contacts", "import", nobody, "--yes"), "no row of the file is a contact")
	rows, err := os.ReadFile(filepath.Join(dir, "ninguem-refused.csv"))
	require.NoError(t, err, "the reasons are there where nobody is taken, too")
	require.Contains(t, string(rows), "90000-0003")

	plain := filepath.Join(dir, "sem.csv")
	require.NoError(t, os.WriteFile(plain, []byte("Maria;11 90000-0001\n"), 0o600))
	require.Contains(t, o.refuses("contacts", "import", plain, "--yes"), "the file cannot be used")
	require.Contains(t, o.says("contacts", "import", plain, "--no-header", "--columns", "nome,telefone", "--consent", "form", "--yes"), "1 row: 1 new")
	empty := filepath.Join(dir, "vazio.csv")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	require.Contains(t, o.refuses("contacts", "import", empty, "--yes"), "the file is empty")
}
