package contact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// A column of another program says who wants no messages: nobody of them comes
// in, and whoever handed in the file is told.
func TestFilesSayWhoWantsNoMessages(t *testing.T) {
	for _, c := range []struct{ column, stay, leave string }{
		{"Aceita receber mensagens?", "Sim|s|1|talvez|", "Não|NAO|n|0|false"},
		{"Descadastrado", "Não|0|false|", "Sim|x|1|TRUE"},
		{"Email Opt-out", "No|0|", "Yes|1|true"},
		{"Unsubscribed", "false|", "true"},
		{"Opt-out", "n|", "s"},
		{"opted_in", "true|", "false|0"},
		{"accepts_marketing", "yes|", "no"},
		{"¿Acepta recibir mensajes?", "Si|sim|", "No"},
		{"Dado de baja", "no|", "x"},
		{"status", "enabled|ativo|Cancelado|VIP|", "unsubscribed|Blocklisted|opted_out|Opted-out|descadastrado"},
		{"Situação", "cancelado|", "Descadastrada"},
		{"Subscription status", "subscribed|", "Unsubscribed|cancelado|blocked"},
		{"unsubscribed_at", "0|", "2026-05-03 10:00|03/05/2026"},
		{"cidade", "unsubscribed|não|sim|", ""},
	} {
		for verdict, cells := range map[bool]string{false: c.stay, true: c.leave} {
			for _, cell := range strings.Split(cells, "|") {
				if verdict && cell == "" {
					continue
				}
				var told []contact.Left
				o := &contact.CSVOptions{Left: func(l contact.Left) error { told = append(told, l); return nil }}
				f := contact.ReadCSV(strings.NewReader("nome;telefone;"+c.column+"\nAna;11900000001;"+cell+"\n"), o)
				n := 0
				for _, err := range f.All() {
					require.NoError(t, err)
					n++
				}
				if !verdict {
					require.Equal(t, 1, n, "%s = %s", c.column, cell)
					require.Empty(t, told)
					continue
				}
				require.Zero(t, n, "%s = %s", c.column, cell)
				require.Equal(t, []contact.Left{{Line: 2, Phone: "+5511900000001", Column: c.column}}, told)
				require.Equal(t, map[contact.Reason]int{contact.ReasonLeft: 1}, f.Report().ByReason)
			}
		}
	}
}

func TestAColumnThatSaysWhoLeftIsAVariableIfTheMappingSaysSo(t *testing.T) {
	file := "telefone;descadastrado\n11900000001;sim\n"
	f := contact.ReadCSV(strings.NewReader(file), &contact.CSVOptions{Mapping: map[string]contact.Field{"Descadastrado": contact.FieldVar}})
	for c, err := range f.All() {
		require.NoError(t, err)
		require.Equal(t, map[string]string{"descadastrado": "sim"}, c.Vars)
	}
	require.Equal(t, 1, f.Report().Accepted)

	broken := errors.New("down")
	f = contact.ReadCSV(strings.NewReader(file), &contact.CSVOptions{Left: func(contact.Left) error { return broken }})
	for _, err := range f.All() {
		require.ErrorIs(t, err, broken)
	}
	require.Zero(t, f.Report().Accepted)
}
