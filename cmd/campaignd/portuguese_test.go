package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/portuguese"
)

// TestTheCommandLineIsInPortuguese holds the help of every command and flag to
// its Portuguese.
func TestTheCommandLineIsInPortuguese(t *testing.T) {
	app, err := newParser(&world{})
	require.NoError(t, err)
	require.Empty(t, strings.Join(portuguese.Faults(app.Model), "\n"), "see package internal/portuguese")
}

func TestTheLocksAreNamedInBothLanguages(t *testing.T) {
	for kind, want := range map[string][2]string{
		locksRedis: {"Redis em h", "Redis at h"}, locksPostgres: {"no banco de dados", "in the database"},
		locksNone: {"nenhuma: só as linhas do registro", "none: the ledger's rows alone"}, "": {"neste processo", "in this process"},
	} {
		l := &locks{kind: kind, server: "h"}
		require.Equal(t, want[0], l.words(func(pt, _ string) string { return pt }))
		require.Equal(t, want[1], l.String())
	}
}

func TestHelpInBothLanguages(t *testing.T) {
	for lang, want := range map[string][]string{
		"LANG=pt_BR.UTF-8": {"Uso: campaignd contacts import <arquivo> [opções]", "Argumentos:", "Opções:", "--refused=ARQUIVO", "a base legal", "legítimo interesse"},
		"LANG=C":           {"Usage: campaignd contacts import <file> [flags]", "Arguments:", "Flags:", "--refused=FILE", "legitimate_interest"},
	} {
		out := call(t, []string{lang}, "contacts", "import", "--help")
		require.Equal(t, exitOK, out.code)
		for _, w := range want {
			require.Contains(t, strings.ToLower(strings.Join(strings.Fields(out.out), " ")), strings.ToLower(w), lang)
		}
	}
	out := call(t, []string{"LANG=pt_BR.UTF-8"}, "campaing")
	require.Equal(t, exitUsage, out.code)
	require.Equal(t, "campaignd: não existe o comando \"campaing\"; será \"campaign\"? (veja campaignd --help)\n", out.errout)
	require.Contains(t, call(t, []string{"LANG=pt_BR.UTF-8"}).out, "ninguém recebe duas")
	require.Contains(t, call(t, []string{"LANG=C"}).out, "nobody twice")
	// What files complete does not hang on the language.
	require.Equal(t, call(t, []string{"LANG=C"}, "complete", "--", "contacts", "import", "").out,
		call(t, []string{"LANG=pt_BR.UTF-8"}, "complete", "--", "contacts", "import", "").out)
}

// TestRulesOfTheCheckInPortuguese holds the rules of the checker to their
// Portuguese.
func TestRulesOfTheCheckInPortuguese(t *testing.T) {
	for i := range 30 {
		id := fmt.Sprintf("I%d", i)
		require.Equal(t, audit.Rule(id) == "", regras[id] == "", id)
	}
}

func TestPrintedSentencesInPortuguese(t *testing.T) {
	dir := t.TempDir()
	for _, x := range []struct{ args, want string }{
		{"check --limit 0", "--limit é 0: use ao menos 1"},
		{"check --data run", "o diretório de dados \"run\" é relativo"},
		{"copy", "indique o banco de destino com --to"},
		{"copy --from x:y --to sqlite:/a", "--from indica um banco x, que é desconhecido: escreva sqlite:/caminho/absoluto"},
		{"demo --numbers 99", "--numbers é 99: escolha de 1 a 50"},
		{"demo --from 2026-01-01", "--from é para --fast-forward"},
		{"demo --fast-forward --from ontem", "--from \"ontem\" não é uma data"},
		{"health --addr 127.0.0.1:1", "nenhum serviço responde em 127.0.0.1:1"},
		{"holidays 1900", "\"1900\" não é um ano de 1950 a 9999"},
		{"emulator --addr 8080", "--addr \"8080\" não é um host e uma porta"},
		{"simulate --seeds 0", "--seeds e --days têm de ser ao menos 1"},
		{"restore --data " + dir + " /nowhere", "no such file"},
	} {
		out := call(t, []string{"LANG=pt_BR.UTF-8", "HOME=" + dir}, strings.Fields(x.args)...)
		require.NotEqual(t, exitOK, out.code, x.args)
		require.Contains(t, out.errout, x.want, x.args)
	}
	file := filepath.Join(dir, "all.dump")
	house := filepath.Join(dir, "house")
	env := []string{"LANG=pt_BR.UTF-8", "CAMPAIGND_DATA=" + house}
	require.Equal(t, exitOK, call(t, env, "user", "first").code)
	out := call(t, env, "backup", file)
	require.Equal(t, exitOK, out.code, out.errout)
	require.Contains(t, out.out, "contém     0 campanhas, 0 pessoas, 0 tentativas")
	out = call(t, env, "check")
	require.Equal(t, exitOK, out.code, out.errout)
	require.Contains(t, out.out, "Tudo o que foi conferido está certo.")
	require.Contains(t, call(t, env, "backup", file).errout, "já existe um arquivo "+file)
	require.Contains(t, call(t, env, "restore", file).errout, "já existe um banco em "+house)
}
