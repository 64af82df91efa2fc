package desk

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// Gateways are the commands about the tenant's gateway.
type Gateways struct {
	Show gatewayShow `cmd:"" help:"Show the gateway's address; its key is never shown."`
	Set  gatewaySet  `cmd:"" help:"Set the gateway's address and key."`
	Test gatewayTest `cmd:"" help:"Ask the gateway whether it answers and takes the key."`

	Remove gatewayRemove `cmd:"" help:"Forget the gateway's address and key, when no number uses it."`
}

const (
	gatewayPath     = "/api/connections/evolution/config/"
	gatewayTestPath = "/api/connections/evolution/test/"
)

type gateway struct {
	URL    string `json:"base_url"`
	HasKey bool   `json:"has_api_key"`
	Shared bool   `json:"is_shared"`
}

func (d *Desk) showGateway(g gateway) error {
	if d.JSON {
		return d.print(g)
	}
	key := d.say("sem chave", "no key")
	if g.HasKey {
		key = d.say("com chave", "with a key")
	}
	if g.Shared {
		d.tell("Nenhum gateway próprio: vale o desta instalação.", "No gateway of its own: this installation's is used.")
		return nil
	}
	if g.URL == "" {
		d.tell("Nenhum gateway próprio.", "No gateway of its own.")
		return nil
	}
	fmt.Fprintf(d.Out, "%s  %s\n", g.URL, key)
	return nil
}

type gatewayShow struct{ Flags }

// Run shows the gateway.
func (*gatewayShow) Run(ctx context.Context, d *Desk) error {
	var g gateway
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: gatewayPath}, &g); err != nil {
		return err
	}
	return d.showGateway(g)
}

type gatewaySet struct {
	Flags
	URL     string `arg:"" help:"The base address of Evolution API, such as https://gateway.example."`
	KeyFile string `help:"The file that holds the key; - reads it from the standard input. A key is no flag, since arguments are public on their machine." placeholder:"FILE"`
}

// Run stores address and key.
func (c *gatewaySet) Run(ctx context.Context, d *Desk) error {
	b := map[string]string{"base_url": c.URL}
	switch c.KeyFile {
	case "":
	case "-":
		if d.Person {
			fmt.Fprint(d.Err, d.say("Chave: ", "Key: "))
		}
		key, err := d.line(ctx)
		if err != nil {
			return err
		}
		b["api_key"] = strings.TrimSpace(key)
	default:
		key, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return d.fail("a chave não pode ser lida: %w", "the key cannot be read: %w", err)
		}
		b["api_key"] = strings.TrimSpace(string(key))
	}
	var g gateway
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: gatewayPath, Body: b}, &g); err != nil {
		return err
	}
	return d.showGateway(g)
}

type gatewayTest struct{ Flags }

// Run asks the gateway.
func (*gatewayTest) Run(ctx context.Context, d *Desk) error {
	var r struct {
		OK      bool   `json:"ok"`
		Version string `json:"version"`
		Detail  string `json:"detail"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: gatewayTestPath, Body: struct{}{}}, &r); err != nil {
		return err
	}
	if d.JSON {
		return d.print(r)
	}
	if !r.OK {
		return d.fail("o gateway não pode ser usado: %s", "the gateway cannot be used: %s", r.Detail)
	}
	d.tell("o gateway responde e aceita a chave (versão %s)", "the gateway answers and takes the key (version %s)", r.Version)
	return nil
}

type gatewayRemove struct {
	Flags
	Yes bool `help:"Do not ask." short:"y"`
}

// Run asks, and forgets the gateway.
func (c *gatewayRemove) Run(ctx context.Context, d *Desk) error {
	yes, err := d.ask(ctx, c.Yes, "Esquecer o endereço e a chave do gateway próprio?", "Forget the address and the key of the gateway of one's own?")
	if err != nil || !yes {
		return err
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodDelete, Path: gatewayPath}, nil); err != nil {
		return err
	}
	var g gateway
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: gatewayPath}, &g); err != nil {
		return err
	}
	return d.showGateway(g)
}
