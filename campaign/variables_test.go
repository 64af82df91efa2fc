package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

func TestBuiltinVariables(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"nome", "Ana Souza"},
		{"name", "Ana Souza"},
		{"primeiro_nome", "Ana"},
		{"first_name", "Ana"},
		{"nome_formatado", "Ana Souza"},
		{"formatted_first_name", "Ana"},
		{"email", "ana@example.com"},
		{"telefone", "+5511900001234"},
		{"phone", "+5511900001234"},
		{"quem_indicou", "Bruno"},
		{"referred_by", "Bruno"},
		{"saudacao", "Bom dia"},
		{"greeting", "Good morning"},
		{"dia_semana", "Segunda-feira"},
		{"weekday", "Monday"},
		{"data", "23/11/2026"},
		{"hora", "09:05"},
		{"cidade", "Santos"},
		{"vazio", ""},
		{"bairro", ""},
		{"", ""},
	} {
		got, ok := BuiltinVariables.Value(Ask{Contact: ana, At: monday}, c.name)
		require.Equal(t, c.want, got, c.name)
		require.Equal(t, c.want != "", ok, c.name)
	}
	for _, name := range BuiltinVariables.Names() {
		require.Equal(t, contact.VarName(name), name)
		_, ok := BuiltinVariables.Value(Ask{Contact: ana, At: monday}, name)
		require.True(t, ok, "%s is listed", name)
	}
	BuiltinVariables.Names()[0] = "changed"
	require.Equal(t, "nome", BuiltinVariables.Names()[0])
}

func TestBuiltinVariables_WeekAndDay(t *testing.T) {
	days := []string{"Segunda-feira", "Terça-feira", "Quarta-feira", "Quinta-feira", "Sexta-feira", "Sábado", "Domingo"}
	for i, want := range days {
		got, _ := BuiltinVariables.Value(Ask{Contact: ana, At: monday.AddDate(0, 0, i)}, "dia_semana")
		require.Equal(t, want, got)
	}
	for hour, want := range map[int]string{
		0: "Bom dia", 11: "Bom dia", 12: "Boa tarde", 17: "Boa tarde", 18: "Boa noite", 23: "Boa noite",
	} {
		at := time.Date(2026, 11, 23, hour, 59, 59, 0, saoPaulo)
		got, _ := BuiltinVariables.Value(Ask{Contact: ana, At: at}, "saudacao")
		require.Equal(t, want, got, "%d h", hour)
	}
	for hour, want := range map[int]string{11: "Good morning", 12: "Good afternoon", 18: "Good evening"} {
		got, _ := BuiltinVariables.Value(Ask{Contact: ana, At: time.Date(2026, 11, 23, hour, 0, 0, 0, saoPaulo)}, "greeting")
		require.Equal(t, want, got, "%d h", hour)
	}
}

func TestBuiltinVariables_BlankIsNone(t *testing.T) {
	nobody := contact.Contact{Name: " \u00a0\t", ReferredBy: "\n"}
	for _, name := range []string{"nome", "name", "primeiro_nome", "email", "telefone", "quem_indicou"} {
		_, ok := BuiltinVariables.Value(Ask{Contact: nobody, At: monday}, name)
		require.False(t, ok, name)
	}
}

func TestBuiltinVariables_OwnFieldsComeFirst(t *testing.T) {
	own := contact.Contact{Name: "Ana", Vars: map[string]string{"data": " 5 de maio ", "nome": "  "}}
	got, _ := BuiltinVariables.Value(Ask{Contact: own, At: monday}, "data")
	require.Equal(t, "5 de maio", got)
	got, _ = BuiltinVariables.Value(Ask{Contact: own, At: monday}, "nome")
	require.Equal(t, "Ana", got, "a blank own field stands aside")
}

// shop is a host's own Variables.
type shop map[string]string

func (s shop) Names() []string { return []string{"loja", "nome"} }
func (s shop) Value(_ Ask, name string) (string, bool) {
	v, ok := s[name]
	return v, ok
}

func TestChain(t *testing.T) {
	vs := Chain(nil, shop{"loja": "Centro", "saudacao": "Olá", "nome": "\u200b "}, Chain(BuiltinVariables), nil)
	for name, want := range map[string]string{"loja": "Centro", "saudacao": "Olá", "nome": "Ana Souza", "cidade": "Santos"} {
		got, ok := vs.Value(Ask{Contact: ana, At: monday}, name)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := vs.Value(Ask{Contact: ana, At: monday}, "bairro")
	require.False(t, ok)
	require.Equal(t, append([]string{"loja"}, BuiltinVariables.Names()...), vs.Names())
	require.Empty(t, Chain().Names())
}
