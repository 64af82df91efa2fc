package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// VariableInfo tells people about one of BuiltinVariables.
type VariableInfo struct {
	// Name is how a text asks for it, Other is the same in English, or empty.
	Name  string `json:"name"`
	Other string `json:"other,omitempty"`
	About string `json:"about"`
	// Example is its value for MARIA DAS DORES on a Monday at 9:05; OtherExample
	// that of Other, where it is another.
	Example      string `json:"example"`
	OtherExample string `json:"other_example,omitempty"`
}

// builtinTable is what people are told of BuiltinVariables, in the order in which
// they should meet them.
var builtinTable = []struct {
	name, other string
	about       pair
}{
	{"nome", "name", pair{"the person's name as it was typed; none where nothing in it is a name (\"+55\", \"🌸\", \"Sra\")",
		"o nome da pessoa como foi digitado; vazio se nada nele é um nome (\"+55\", \"🌸\", \"Sra\")"}},
	{"primeiro_nome", "first_name", pair{"the first word of the name, without a treatment", "a primeira palavra do nome, sem tratamento"}},
	{"nome_formatado", "formatted_name", pair{"the name with capitals as names have them, where it is all in capitals or all in small letters",
		"o nome com iniciais maiúsculas, se está todo em maiúsculas ou todo em minúsculas"}},
	{"primeiro_nome_formatado", "formatted_first_name", pair{"the first name, likewise", "o primeiro nome, do mesmo jeito"}},
	{"email", "", pair{"the person's e-mail address", "o e-mail da pessoa"}},
	{"telefone", "phone", pair{"the person's phone", "o telefone da pessoa"}},
	{"quem_indicou", "referred_by", pair{"who recommended the person", "quem indicou a pessoa"}},
	{"saudacao", "greeting", pair{"the greeting, before 12:00, before 18:00, and later, by the campaign's clock when the message goes out",
		"a saudação: até 12h, até 18h e depois, no fuso da campanha, quando a mensagem sai"}},
	{"dia_semana", "weekday", pair{"the day of the week, by the same clock; dia_semana begins with a small letter inside a sentence",
		"o dia da semana, no mesmo fuso; com letra minúscula no meio de uma frase"}},
	{"data", "", pair{"the date, by the same clock", "a data, no mesmo fuso"}},
	{"hora", "", pair{"the time, by the same clock", "a hora, no mesmo fuso"}},
}

// ListVariables describes BuiltinVariables. Besides them each own field of a
// contact is a variable, {{cidade}} where a column of an import is named so, and a
// host adds its own (Options.Variables).
func ListVariables(l Language) []VariableInfo {
	ask := Ask{At: time.Date(2026, 11, 30, 9, 5, 0, 0, time.UTC), Contact: contact.Contact{
		Name: "MARIA DAS DORES", Phone: "+5511900001234", Email: "maria@example.com", ReferredBy: "Bruno"}}
	out := make([]VariableInfo, len(builtinTable))
	for i, v := range builtinTable {
		out[i] = VariableInfo{Name: v.name, Other: v.other, About: l.pick(v.about)}
		out[i].Example, _ = BuiltinVariables.Value(ask, v.name)
		if other, _ := BuiltinVariables.Value(ask, v.other); v.other != "" && other != out[i].Example {
			out[i].OtherExample = other
		}
	}
	return out
}
