package contact_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// TestLesson_P6_Corpus reads each fixture and compares everything that can be
// known about it with the report beside it.
func TestLesson_P6_Corpus(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			got := describe(contact.ReadCSV(bytes.NewReader(data), nil))
			// However the bytes arrive, the answer is the same.
			require.Equal(t, got, describe(contact.ReadCSV(iotest.OneByteReader(bytes.NewReader(data)), nil)))
			require.Equal(t, got, describe(contact.ReadCSV(iotest.DataErrReader(bytes.NewReader(data)), nil)))
			golden := strings.TrimSuffix(file, ".csv") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

// describe prints layout, contacts, report and the file of refused rows.
func describe(c *contact.CSV) string {
	var b strings.Builder
	layout, err := c.Layout()
	if err != nil {
		var fe *contact.FileError
		if errors.As(err, &fe) {
			fmt.Fprintf(&b, "file: %s\nen: %s\npt: %s\n", fe.Reason, fe.Text("en"), fe.Text("pt"))
		} else {
			fmt.Fprintf(&b, "error: %v\n", err)
		}
		return b.String()
	}
	fmt.Fprintf(&b, "encoding %s, bom %v, delimiter %q, header %v\n", layout.Encoding, layout.BOM, layout.Delimiter, layout.Header)
	for _, col := range layout.Columns {
		fmt.Fprintf(&b, "column %q: %s %s\n", col.Name, col.Field, col.Var)
	}
	for to, err := range c.All() {
		if err != nil {
			fmt.Fprintf(&b, "error: %v\n", err)
			break
		}
		fmt.Fprintf(&b, "contact %s %q email=%q by=%q tags=%q vars=%q notes=%q active=%v consent=%q\n",
			to.Phone, to.Name, to.Email, to.ReferredBy, to.Tags, to.Vars, to.Notes, to.Active, to.Consent)
	}
	r := c.Report()
	fmt.Fprintf(&b, "lines %d, rows %d, accepted %d, refused %d, blank %d, encoding %s\n",
		r.Lines, r.Rows, r.Accepted, r.Refused, r.Blank, r.Layout.Encoding)
	for _, refusal := range r.Refusals {
		fmt.Fprintf(&b, "%s\n  %s\n  %s %q\n", refusal.Text("en"), refusal.Text("pt"), refusal.Reason, refusal.Cells)
	}
	var file bytes.Buffer
	if err := r.WriteRefused(&file, "pt"); err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	fmt.Fprintf(&b, "refused file:\n%s", strings.ReplaceAll(file.String(), "\r\n", "\\r\\n\n"))
	return b.String()
}
