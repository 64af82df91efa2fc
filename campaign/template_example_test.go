package campaign_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func ExampleCompile() {
	t, problems := campaign.Compile("{{saudacao}}, {{primeiro_nome|tudo bem}}! Feliz {{dia_semana}} em {{cidade}}.")
	if len(problems) > 0 {
		fmt.Println(problems)
		return
	}
	zone := time.FixedZone("BRT", -3*60*60)
	at := time.Date(2026, 11, 23, 14, 30, 0, 0, zone)

	ana := contact.Contact{Name: "Ana Souza", Vars: map[string]string{"cidade": "Santos"}}
	text, err := t.Text(campaign.BuiltinVariables, ana, at)
	fmt.Println(text, err)

	// Without a name the default is used; a city is needed.
	_, err = t.Text(campaign.BuiltinVariables, contact.Contact{}, at)
	var missing *campaign.MissingError
	fmt.Println(errors.As(err, &missing), missing.Name)
	fmt.Println(t.Required())
	// Output:
	// Boa tarde, Ana! Feliz segunda-feira em Santos. <nil>
	// true cidade
	// [saudacao dia_semana cidade]
}

// shopVariables are a host's own: the same for every contact.
type shopVariables struct{ shop string }

func (shopVariables) Names() []string { return []string{"loja"} }

func (v shopVariables) Value(_ campaign.Ask, name string) (string, bool) {
	return v.shop, name == "loja"
}

func ExampleChain() {
	vs := campaign.Chain(shopVariables{"Padaria do Bairro"}, campaign.BuiltinVariables)
	t, _ := campaign.Compile("{{nome}}, a {{loja}} espera você!")
	text, _ := t.Text(vs, contact.Contact{Name: "Ana"}, time.Time{})
	fmt.Println(text)
	// Output: Ana, a Padaria do Bairro espera você!
}
