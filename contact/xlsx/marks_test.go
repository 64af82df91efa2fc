package xlsx

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// TestASheetIsReadAsItsOwnerSeesIt holds titles, headers of two rows, merged
// cells and hidden rows.
func TestASheetIsReadAsItsOwnerSeesIt(t *testing.T) {
	path := workbook(t, [][]any{
		{"RELATÓRIO DE CLIENTES"},
		{"Empresa", "Cliente", nil, "Contato"},
		{nil, "Código", "Nome", "Celular"},
		{"Padaria X", "001", "Maria", "11900003501"},
		{nil, "002", "José", "11900003502"},
		{nil, "003", "Filtrado", "11900003503"},
		{},
		{"Ótica", "004", "Ana", "11900003504"},
	}, func(f *excelize.File) {
		for from, to := range map[string]string{"A1": "D1", "A2": "A3", "B2": "C2", "A4": "A7"} {
			require.NoError(t, f.MergeCell("Sheet1", from, to))
		}
		require.NoError(t, f.SetRowVisible("Sheet1", 6, false))
	})
	all, report, err := read(t, path, "", nil)
	require.NoError(t, err)
	require.Equal(t, 1, report.Hidden)
	require.Equal(t, 3, report.Layout.HeaderLine)
	got := map[string]string{}
	for _, c := range all {
		got[c.Name] = c.Vars["empresa"] + " " + c.Vars["codigo"]
	}
	require.Equal(t, map[string]string{"Maria": "Padaria X 001", "José": "Padaria X 002", "Ana": "Ótica 004"}, got)
}

// TestNumbersAreSpelledAsBrazilians holds that a number has a comma, and that a
// text is left as its owner wrote it.
func TestNumbersAreSpelledAsBrazilians(t *testing.T) {
	path := workbook(t, [][]any{
		{"Telefone", "Valor", "Versão", "Negativo", "Inteiro"},
		{11900000001, 1.25, "1.25", -0.5, 10},
	}, nil)
	all, _, err := read(t, path, "", nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"valor": "1,25", "versao": "1.25", "negativo": "-0,5", "inteiro": "10"}, all[0].Vars)
}

func TestAttribute(t *testing.T) {
	for tag, want := range map[string]string{
		`row r="5" hidden="1">`:               "5",
		`row spans="1:3" r='7'>`:              "7",
		`row customr="9" s="1">`:              "",
		"row\n\tr=\"3\"/>":                    "3",
		`row xr="1" r="2">`:                   "2",
		`row r=`:                              "",
		`row r="4`:                            "",
		`c r="B2" t="s">`:                     "B2",
		`row x14ac:dyDescent="0.25" r="12"/>`: "12",
	} {
		require.Equal(t, want, attribute([]byte(tag), "r"), tag)
	}
	for cell, want := range map[string]int{"A1": 0, "Z9": 25, "AB12": 27, "$C$3": 2} {
		got, ok := columnOf(cell)
		require.True(t, ok)
		require.Equal(t, want, got, cell)
	}
	for _, cell := range []string{"", "1", "a1", "ZZZZZ1"} {
		_, ok := columnOf(cell)
		require.False(t, ok, cell)
	}
}
