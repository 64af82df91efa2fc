package contact_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{
		"+55 (11) 90000-1234", "55990001234", "0xx11 8765-4321", "5,51199E+12", "+54 9 11 1234-5678",
		"+52 1 55 1234 5678", "＋５５１１９００００１２３４", "1190001234.0", "+39 06 1234 5678", "\xff\x00+1",
	} {
		f.Add(s, "BR")
		f.Add(s, "PT")
	}
	f.Fuzz(func(t *testing.T, s, region string) {
		p, err := contact.ParsePhone(s, region)
		if err != nil {
			var pe *contact.PhoneError
			require.ErrorAs(t, err, &pe)
			require.NotEqual(t, string(pe.Reason), pe.Text("pt"), "a reason without words")
			require.Empty(t, p)
			return
		}
		require.Regexp(t, `^\+[1-9][0-9]{4,14}$`, string(p))
		for _, r := range []string{region, "BR", "US"} {
			again, err := contact.ParsePhone(string(p), r)
			require.NoError(t, err, "%q in %q gave %s", s, region, p)
			require.Equal(t, p, again)
		}
		require.True(t, p.Valid())
		require.Equal(t, p.Digits(), p.Variants()[0])
		for _, v := range p.Variants() {
			if strings.HasPrefix(v, "55") || strings.HasPrefix(v, "52") {
				back, err := contact.FromAddress(v + "@s.whatsapp.net")
				require.NoError(t, err)
				require.Equal(t, p, back)
			}
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data, 1000)
	}
	f.Add([]byte("telefone\n\"\n11900000001\n\"x\n"), 5)
	f.Fuzz(func(t *testing.T, data []byte, maxRow int) {
		checkCSV(t, data, maxRow)
	})
}

// Files made of what files are made of reach further than random bytes.
func TestPropertyReadCSV(t *testing.T) {
	tokens := []string{
		";", ";", ",", "\t", "|", "\n", "\n", "\r\n", "\r", "\"", "\"\"", "\"", " ", "\u00a0",
		"nome", "telefone", "celular", "ddd", "ativo", "11900000001", "11 90000-0002", "8765-4321",
		"11", "João", "Jo\xe3o", "\ufffd", "\x00", "\x81", "\ufeff", "sep=;\n", "motivo_recusa", "não",
		"5,51199E+12", "=1+1", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	}
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SampledFrom([]string{"", "telefone\n", "nome;telefone\n", "telefone;nome;obs;obs\r\n", "a,ddd,telefone\r", "\ufeffsep=|\ntelefone|x\n"}).Draw(t, "head")
		parts := rapid.SliceOfN(rapid.SampledFrom(tokens), 0, 60).Draw(t, "parts")
		checkCSV(t, []byte(head+strings.Join(parts, "")), rapid.SampledFrom([]int{0, 0, 5, 40, 200}).Draw(t, "max"))
	})
}

// checkCSV checks what holds for every file.
func checkCSV(t require.TestingT, data []byte, maxRow int) {
	var refused bytes.Buffer
	o := contact.CSVOptions{MaxRow: max(maxRow%2000, 0), Refused: &refused}
	got := describe(contact.ReadCSV(bytes.NewReader(data), &o))

	slow := contact.CSVOptions{MaxRow: o.MaxRow}
	require.Equal(t, got, describe(contact.ReadCSV(iotest.HalfReader(bytes.NewReader(data)), &slow)),
		"the answer depends on how the bytes arrive")

	c := contact.ReadCSV(bytes.NewReader(data), &slow)
	n := 0
	for to, err := range c.All() {
		if err != nil {
			return
		}
		n++
		require.NoError(t, to.Validate())
	}
	r := c.Report()
	require.Equal(t, n, r.Accepted)
	require.Equal(t, r.Rows, r.Accepted+r.Refused)
	require.Equal(t, r.Refused, len(r.Refusals)+r.More)
	sum := 0
	for _, k := range r.ByReason {
		sum += k
	}
	require.Equal(t, r.Refused, sum)
	line := 0
	for _, refusal := range r.Refusals {
		require.Greater(t, refusal.Line, line, "lines rise")
		line = refusal.Line
		require.LessOrEqual(t, line, r.Lines)
	}

	// What was written for mending has a row for each refusal, and is
	// refused for the same reasons as long as nothing is mended.
	var file bytes.Buffer
	require.NoError(t, r.WriteRefused(&file, "pt"))
	if r.Refused > 0 {
		require.Equal(t, refused.String(), file.String())
	}
	again := contact.ReadCSV(&file, &contact.CSVOptions{MaxRow: 1 << 20, Columns: nil})
	accepted := 0
	for _, err := range again.All() {
		require.NoError(t, err)
		accepted++
	}
	ar := again.Report()
	require.Equal(t, r.Refused, ar.Rows)
	require.LessOrEqual(t, accepted, r.ByReason[contact.ReasonDuplicate])
}
