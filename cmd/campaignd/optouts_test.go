package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// The whole way of a reply that is no word: it is counted, shown, and taken or
// dismissed at the command line; a word of one's own makes it a word.
func TestWhatMayHaveBeenMeantIsShown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.join()
	i := s.connect("vendas")
	id := s.start(3, i.ID)
	s.becomes("all three have it", func() bool { return s.metrics(id).Sent == 3 })
	say := func(from, text string) {
		t.Helper()
		_, reported, err := s.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: from, Text: text})
		require.NoError(t, err)
		require.True(t, reported)
	}
	type review struct {
		ID       int64  `json:"id"`
		Phone    string `json:"phone"`
		Text     string `json:"text"`
		Campaign int64  `json:"campaign"`
	}
	list := func() (all []review) {
		require.NoError(t, json.Unmarshal([]byte(s.says("optout", "review", "--json")), &all))
		return all
	}
	require.Contains(t, s.says("optout", "review"), "No message waits")
	say("5511900000001", "chega disso")
	say("5511900000002", "quero cancelar o pedido 7")
	s.becomes("both wait", func() bool { return len(list()) == 2 })
	all := list()
	slices.SortFunc(all, func(a, b review) int { return strings.Compare(a.Phone, b.Phone) }) // of one second, in any order
	require.Equal(t, id, all[0].Campaign)
	table := s.says("optout", "review")
	require.Contains(t, table, "+5511900000001")
	require.Contains(t, table, "chega disso")
	require.Contains(t, s.says("status"), "2 replies may ask for no more messages (campaignd optout review)")
	found := s.examined(exitOK)
	require.Equal(t, levelWarn, found["opt-outs"].Level, fmt.Sprint(found))

	require.Contains(t, s.says("optout", "list"), "Nobody has opted out.")
	require.Equal(t, "+5511900000001  gets no more messages\n", s.says("optout", "review", "take", fmt.Sprint(all[0].ID), "--evidence", "read by Ana"))
	require.True(t, s.optedOut("5511900000001"))
	s.says("optout", "review", "dismiss", fmt.Sprint(all[1].ID))
	require.Empty(t, list())
	require.False(t, s.optedOut("5511900000002"))

	require.Contains(t, s.says("optout", "words", "add", "Tô fora"), `"Tô fora"`)
	words := s.says("optout", "words")
	require.Contains(t, words, "SAIR")
	require.Contains(t, words, "Tô fora")
	say("5511900000002", "TO FORA!")
	s.becomes("the word of one's own counts", func() bool { return s.optedOut("5511900000002") })
	s.says("optout", "+55 11 90000-0077", "--evidence", "=letter")
	rows := strings.Split(strings.TrimSpace(s.says("optout", "list")), "\n")
	require.Len(t, rows, 4)
	require.Regexp(t, `\(no contact\) +operator .*ordered by a person: =letter`, rows[1])
	require.Regexp(t, `\+5511900000002 +keyword +the person +.*Tô fora`, rows[2])
	require.Regexp(t, `\+5511900000001 +operator .*read by Ana`, rows[3])
	require.Len(t, strings.Split(strings.TrimSpace(s.says("optout", "list", "--limit", "2")), "\n"), 3)
	file := filepath.Join(t.TempDir(), "out.csv")
	s.says("optout", "export", "-o", file)
	csv, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Regexp(t, `(?s)^\x{feff}phone;contact_id;level;since;author;reason;told_at;key\r\n;;operator;.*\r\n'\+5511900000002;2;keyword;.*\r\n'\+5511900000001;1;operator;`, string(csv))
	require.Equal(t, 3, strings.Count(s.says("optout", "export", "--format", "ndjson"), "\n"))
	s.says("optout", "words", "remove", "to fora")
	require.NotContains(t, s.says("optout", "words"), "Tô fora")
	require.True(t, s.optedOut("5511900000002"))

	// What people wrote stands in the clear neither in a log nor in the database.
	say("5511900000003", "vou denunciar este spam")
	s.becomes("it waits", func() bool { return len(list()) == 1 })
	out := s.daemon.stop()
	require.NotContains(t, out.errout, "denunciar")
	files, err := filepath.Glob(filepath.Join(strings.TrimPrefix(s.environ[0], "CAMPAIGND_DATA="), "*.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		require.False(t, strings.Contains(string(b), "denunciar"), f)
	}
	require.Len(t, list(), 1, "it is read without a daemon too")
}
