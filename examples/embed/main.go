// Embed is a Go service with a sender of its own and the embedded store: a CSV
// of contacts, three messages, start, and progress until all is sent.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/sqlite"
)

const people = "nome;telefone;quem_indicou\nAna Souza;(11) 90000-0001;Marcos\nBruno Lima;11 90000-0002;\nCarla Dias;11900000003;Ana"

type printer struct{} // a campaign.Sender that writes to the terminal

func (printer) Send(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	fmt.Printf("%s ← %s\n", m.To.Redacted(), m.Text)
	return campaign.Accepted{ProviderID: m.Attempt.String()}, nil
}

func main() {
	ctx, stop := context.WithCancel(context.Background())
	dir := must(os.MkdirTemp("", "embed"))
	defer os.RemoveAll(dir)
	store := must(sqlite.Open(ctx, filepath.Join(dir, "campaigns.db"), nil))
	defer store.Close()
	engine := must(campaign.New(store, printer{}, nil))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()

	me := engine.As(campaign.Caller{Tenant: "loja", Author: "embed", Role: campaign.Host})
	number := must(me.AddInstance(ctx, campaign.Instance{Remote: "vendas", Pace: campaign.Pace{MinGap: 200 * time.Millisecond, MaxGap: 400 * time.Millisecond}}))
	c := must(me.Create(ctx, campaign.Draft{Name: "Boas-vindas", Instances: []campaign.InstanceID{number.ID}, Messages: []campaign.Message{
		{Text: "{{saudacao}}, {{primeiro_nome}}!"},
		{Text: "Oi, {{primeiro_nome}}. {{quem_indicou|Um amigo}} falou de você."},
		{Text: "{{primeiro_nome}}, aproveite: {{dia_semana}} tem novidade."},
	}}))
	must(me.Add(ctx, c.ID, contact.ReadCSV(strings.NewReader(people), nil).All()))
	must(me.Start(ctx, c.ID))
	for p, err := range me.Watch(ctx, c.ID) {
		must(p, err)
		fmt.Printf("%s: %d of %d sent\n", p.Status, p.Sent, p.Total)
	}
	stop()
	must(0, <-ended)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
