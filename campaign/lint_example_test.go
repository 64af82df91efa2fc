package campaign_test

import (
	"fmt"

	"github.com/alreasense/campaigns/campaign"
)

func ExampleLint() {
	ownFields := []string{"cidade", "plano"}
	for _, p := range campaign.Lint("Oi {{nme}}, de {cidade}?\nSeu plano: {{plano", ownFields) {
		fmt.Printf("%d:%d warning=%t %q\n", p.Line, p.Column, p.Warning, p.Suggest)
		fmt.Println(" ", p.Why.Text(campaign.Portuguese))
	}
	// Output:
	// 1:4 warning=false "nome"
	//   não existe a variável nme, na linha 1, coluna 4; você quis dizer nome?
	// 1:16 warning=true "cidade"
	//   uma chave de cada lado não é variável, na linha 1, coluna 16, e o texto sai como está: se for a variável cidade, use duas
	// 2:12 warning=false ""
	//   uma variável não foi fechada, na linha 2, coluna 12: {{plano; feche-a com duas chaves na mesma linha
}
