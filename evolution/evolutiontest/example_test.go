package evolutiontest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// A gateway on a listener of the test's own, one message, and what went out.
func Example() {
	g, err := evolutiontest.New(&evolutiontest.Options{Scale: 0.001})
	if err != nil {
		panic(err)
	}
	defer g.Close()
	if err := g.Open("vendas"); err != nil {
		panic(err)
	}
	srv := httptest.NewServer(g)
	defer srv.Close()

	fmt.Println(tell(srv.URL, "Bom dia!"))
	for _, s := range g.SendsTo("5511900001234") {
		fmt.Println(s.Instance, s.JID, s.Text)
	}
	// Output:
	// 201
	// vendas 5511900001234@s.whatsapp.net Bom dia!
}

// An answer that lies: the message went out, the caller is told 400.
func ExampleGateway_Inject() {
	g, err := evolutiontest.New(nil)
	if err != nil {
		panic(err)
	}
	defer g.Close()
	if err := g.Open("vendas"); err != nil {
		panic(err)
	}
	srv := httptest.NewServer(g)
	defer srv.Close()

	if _, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.RowLost, Times: 1}); err != nil {
		panic(err)
	}
	fmt.Println(tell(srv.URL, "Bom dia!"), g.Count())
	// Output:
	// 400 1
}

// The proof after a crash: the ledger is read without a gateway.
func ExampleReadLedger() {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	g, err := evolutiontest.New(&evolutiontest.Options{Dir: dir})
	if err != nil {
		panic(err)
	}
	if err := g.Open("vendas"); err != nil {
		panic(err)
	}
	srv := httptest.NewServer(g)
	tell(srv.URL, "Bom dia!")
	srv.Close()
	_ = g.Close()

	sends, err := evolutiontest.ReadLedger(dir)
	fmt.Println(len(sends), sends[0].Number, err)
	// Output:
	// 1 5511900001234 <nil>
}

// Another process arms a fault and asks for the figures over HTTP.
func Example_control() {
	g, err := evolutiontest.New(nil)
	if err != nil {
		panic(err)
	}
	defer g.Close()
	srv := httptest.NewServer(g)
	defer srv.Close()

	for _, call := range []string{"open/vendas", "faults", "faults?id=1"} {
		body := ""
		if call == "faults" {
			body = `{"kind":"drip","number":"5511900001234","for":"10ms"}`
		}
		method := http.MethodPost
		if strings.Contains(call, "?") {
			method = http.MethodDelete
		}
		req, err := http.NewRequest(method, srv.URL+evolutiontest.ControlPrefix+call, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			panic(err)
		}
		answer, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		fmt.Println(call, string(answer))
	}
	// Output:
	// open/vendas {"ok":true}
	// faults {"id":1}
	// faults?id=1 {"ok":true}
}

// tell sends a text through the instance vendas.
func tell(base, text string) (status int) {
	req, err := http.NewRequest("POST", base+"/message/sendText/vendas",
		strings.NewReader(fmt.Sprintf(`{"number":"5511900001234","text":%q}`, text)))
	if err != nil {
		panic(err)
	}
	req.Header.Set("apikey", evolutiontest.DefaultKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
