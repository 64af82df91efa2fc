package evolution_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// gateway stands for the reader's own: an emulator with the number "loja".
func gateway() (url string, stop func()) {
	g, err := evolutiontest.New(&evolutiontest.Options{Scale: -1})
	if err != nil {
		panic(err)
	}
	if err := g.Open("loja"); err != nil {
		panic(err)
	}
	srv := httptest.NewServer(g)
	return srv.URL, func() { srv.Close(); _ = g.Close() }
}

// One message, and what its error orders.
func ExampleClient_Send() {
	url, stop := gateway()
	defer stop()
	client := evolution.New(evolution.Server{URL: url, Key: evolutiontest.DefaultKey})

	for _, to := range []campaign.Outgoing{
		{Route: campaign.Route{Instance: "loja"}, To: "+5511900001234", Text: "Bom dia!"},
		{Route: campaign.Route{Instance: "loja"}, To: "+5511900000404", Text: "Bom dia!"},
		{Route: campaign.Route{Instance: "nada"}, To: "+5511900001234", Text: "Bom dia!"},
	} {
		to.StartBy = time.Now().Add(2 * time.Second)
		accepted, err := client.Send(context.Background(), to)
		ruling := campaign.Judge(err)
		fmt.Println(ruling.Verdict, ruling.Why.Code, len(accepted.ProviderID))
	}
	// Output:
	// accepted  22
	// refused not_on_whatsapp 0
	// hold instance_unknown 0
}

// Many gateways: the route says which.
func ExampleNewRouter() {
	url, stop := gateway()
	defer stop()
	servers := map[string]evolution.Server{"main": {URL: url, Key: evolutiontest.DefaultKey}}
	client := evolution.NewRouter(func(_ context.Context, r campaign.Route) (evolution.Server, error) {
		s, ok := servers[r.Gateway]
		if !ok {
			return evolution.Server{}, errors.New("no gateway of that name")
		}
		return s, nil
	})
	for _, name := range []string{"main", "other"} {
		state, err := client.Connection(context.Background(), campaign.Route{Gateway: name, Instance: "loja"})
		fmt.Println(state, err)
	}
	// Output:
	// open <nil>
	// unknown evolution: state "loja": gateway_unknown: no gateway of that name
}

// Pairing a new number: show the code until the state is open.
func ExampleClient_Connect() {
	url, stop := gateway()
	defer stop()
	client := evolution.New(evolution.Server{URL: url, Key: evolutiontest.DefaultKey})
	route := campaign.Route{Instance: "nova"}
	if _, err := client.Create(context.Background(), route, evolution.NewInstance{}); err != nil {
		fmt.Println(err)
		return
	}
	qr, err := client.Connect(context.Background(), route, "")
	fmt.Println(qr.Ready(), qr.Base64[:22], err)
	// Output: true data:image/png;base64, <nil>
}

// Looking for a send whose answer was lost.
func ExampleClient_Find() {
	url, stop := gateway()
	defer stop()
	client := evolution.New(evolution.Server{URL: url, Key: evolutiontest.DefaultKey})
	route, start := campaign.Route{Instance: "loja"}, time.Now()
	_, _ = client.Send(context.Background(), campaign.Outgoing{
		Route: route, To: "+5511900001234", Text: "Seu pedido 4711 chegou.", StartBy: start.Add(2 * time.Second),
	})

	records, err := client.Find(context.Background(), campaign.Inquiry{
		Route: route, To: "+5511900001234", Text: "Seu pedido 4711 chegou.", From: start, Until: start.Add(time.Minute),
	})
	fmt.Println(len(records), err)
	// Output: 1 <nil>
}

// A webhook receiver: check a header, parse, store, answer.
func ExampleParseWebhook() {
	handler := func(w http.ResponseWriter, body []byte) {
		event, err := evolution.ParseWebhook(body)
		if err != nil {
			http.Error(w, "not an event", http.StatusInternalServerError)
			return
		}
		switch d := event.Data.(type) {
		case evolution.MessageUpdate:
			fmt.Println(event.Instance, d.ID, d.Status)
		case evolution.MessageIn:
			fmt.Println(event.Instance, d.Phone.Redacted(), d.Text)
		}
	}
	w := httptest.NewRecorder()
	handler(w, []byte(`{"event":"messages.update","instance":"loja","data":{"keyId":"3EB0AA","fromMe":true,"status":"DELIVERY_ACK"}}`))
	handler(w, []byte(`{"event":"messages.upsert","instance":"loja","data":{"key":{"id":"3A","remoteJid":"77@lid","remoteJidAlt":"5511900001234@s.whatsapp.net"},"message":{"conversation":"SAIR"}}}`))
	// Output:
	// loja 3EB0AA delivered
	// loja +55119****1234 SAIR
}

// A key that is printed stays a secret.
func ExampleSecret() {
	s := evolution.Server{URL: "https://gateway.example", Key: "d0nt-t3ll"}
	fmt.Printf("%v %q\n", s.Key, s.Key)
	// Output: [secret] [secret]
}
