package main

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
)

type variablesCommand struct {
	JSON bool `help:"Print JSON."`
}

// Help is the long text of campaignd variables --help.
func (variablesCommand) Help() string {
	return `In a message {{nome}} stands for the person's name, {{nome|amigo}} for it with a default for people without one. The columns of an import are variables too: {{cidade}}. docs/messages.md has all of it.`
}

// Run lists what a message can ask for.
func (c *variablesCommand) Run(w *world) error {
	l, pt := campaign.English, w.locale().Portuguese()
	if pt {
		l = campaign.Portuguese
	}
	all := campaign.ListVariables(l)
	if c.JSON {
		e := json.NewEncoder(w.stdout)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	wide, broad := 0, 0
	for _, v := range all {
		wide, broad = max(wide, utf8.RuneCountInString(v.Name)+4), max(broad, utf8.RuneCountInString(v.Example))
	}
	for _, v := range all {
		name, example := "{{"+v.Name+"}}", v.Example
		if !pt && v.Other != "" {
			name = "{{" + v.Other + "}}"
			if v.OtherExample != "" {
				example = v.OtherExample
			}
		}
		fmt.Fprintf(w.stdout, "%s  %s  %s\n", pad(name, wide), pad(example, broad), v.About)
	}
	formats := `
{{nome}}          the value; who has none cannot get the message
{{nome|amigo}}    with a default for who has none, without quotes
{{nome|}}         an empty default
{{cidade}}        a column of your import; capitals and accents do not matter
`
	if pt {
		formats = `
{{nome}}          o valor; quem não tem não pode receber a mensagem
{{nome|amigo}}    com um valor padrão para quem não tem, sem aspas
{{nome|}}         valor padrão vazio
{{cidade}}        uma coluna da sua importação; maiúsculas e acentos não importam
`
	}
	fmt.Fprint(w.stdout, formats)
	return nil
}
