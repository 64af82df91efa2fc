package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

type instanceDisconnect struct {
	oneNumber
	Yes bool `help:"Do not ask." short:"y"`
}

// Run asks, and logs a number out.
func (c *instanceDisconnect) Run(ctx context.Context, d *Desk) error {
	yes, err := d.ask(ctx, c.Yes, "Desconectar %s? O telefone precisa ler um novo código para voltar.",
		"Log %s out? The phone must scan a new code to come back.", c.Number)
	if err != nil || !yes {
		return err
	}
	return c.post(ctx, d, "disconnect")
}

type instanceRemove struct {
	oneNumber
	Record bool `help:"Only forget it: it stays at the gateway, whose webhook is set as it was before."`
	Yes    bool `help:"Do not ask." short:"y"`
}

// Run asks, and removes a number.
func (c *instanceRemove) Run(ctx context.Context, d *Desk) error {
	i, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	pt, en, q := "Remover o número %s, aqui e no gateway, com as mensagens que estão lá?",
		"Remove the number %s, here and at the gateway, with the messages that are stored there?", url.Values{"at_gateway": {"true"}}
	if c.Record {
		pt, en, q = "Esquecer o número %s?", "Forget the number %s?", nil
	}
	yes, err := d.ask(ctx, c.Yes, pt, en, printable(i.Name))
	if err != nil || !yes {
		return err
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodDelete, Path: i.path(), Query: q}, nil); err != nil {
		return err
	}
	d.tell("%s removido", "%s removed", printable(i.Name))
	return nil
}

type instanceConnect struct {
	oneNumber
	Take bool          `name:"take-webhook" help:"First take the gateway's webhook, where another system has set it. It is kept, and put back when the number is removed."`
	File string        `name:"png" help:"Write the QR code as a picture into this file, and each new one over it, instead of drawing it. Whoever scans it has the number: delete it afterwards." placeholder:"FILE"`
	Code string        `help:"Ask for a pairing code for this phone instead of a QR code." placeholder:"PHONE"`
	Wait time.Duration `help:"How long to show codes." default:"3m"`
}

// codeEvery is how often the state is asked for: a QR code lives 45 s.
const codeEvery = 2 * time.Second

// Run shows code after code until the number is open.
func (c *instanceConnect) Run(ctx context.Context, d *Desk) error {
	i, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	b := map[string]any{}
	if c.Code != "" {
		b["phone_number"] = c.Code
	}
	if c.Take {
		b["take_webhook"] = true
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.Wait, d.fail("o telefone não leu o código a tempo: repita o comando", "the phone did not scan the code in time: say the command again"))
	defer cancel()
	shown, lines := "", 0
	tick := time.NewTicker(codeEvery)
	defer tick.Stop()
	for {
		var p struct {
			State string `json:"connection_state"`
			QR    string `json:"qr_code"`
			Image string `json:"qr_image"`
			Code  string `json:"pairing_code"`
		}
		if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: i.path("generate_qr"), Body: b}, &p); err != nil {
			return because(ctx, err)
		}
		delete(b, "take_webhook") // once
		switch {
		case d.JSON:
			return d.print(p)
		case p.State == "open":
			d.tell("%s está conectado", "%s is connected", printable(i.Name))
			if one := []instance{i}; !d.Alone {
				d.askReports(ctx, one)
				if one[0].deaf() != "" {
					d.note("%s: %s", "%s: %s", printable(i.Name), d.deafWords(one[0]))
				}
			}
			return nil
		case p.Code != "" && p.Code != shown:
			shown = p.Code
			d.tell("Digite no telefone, em Aparelhos conectados: %s", "Type on the phone, under Linked devices: %s", p.Code)
		case p.QR != "" && p.QR != shown && c.Code == "" && c.File != "":
			shown = p.QR
			if err := saveQR(c.File, p.Image); err != nil {
				return d.fail("o QR code não pôde ser gravado: %v", "the QR code could not be written: %v", err)
			}
			d.tell("QR code em %s: leia com o WhatsApp, em Aparelhos conectados", "QR code in %s: scan it with WhatsApp, under Linked devices", c.File)
		case p.QR != "" && p.QR != shown && c.Code == "":
			shown = p.QR
			lines = d.qr(p.QR, lines)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// because prefers the cause of a context that has ended.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// qr draws a QR code with half blocks, on a terminal over the one before, which
// took so many lines, and returns how many this one takes.
func (d *Desk) qr(text string, before int) (lines int) {
	var b bytes.Buffer
	fmt.Fprintln(&b, d.say("Leia com o WhatsApp, em Aparelhos conectados:", "Scan with WhatsApp, under Linked devices:"))
	drawQR(&b, text, d.Width > 0)
	lines = bytes.Count(b.Bytes(), []byte("\n"))
	if before > 0 && d.Width > 0 {
		fmt.Fprintf(d.Out, "\x1b[%dA\x1b[J", before)
	}
	_, _ = b.WriteTo(d.Out)
	return lines
}

type instanceState struct{ oneNumber }

// Run asks the gateway.
func (c *instanceState) Run(ctx context.Context, d *Desk) error {
	i, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	var now struct {
		Reports *reports `json:"reports"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: i.path("check_status")}, &now); err != nil {
		return err
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: i.path()}, &i); err != nil {
		return err
	}
	i.Reports = now.Reports
	if err := d.shown(i); err != nil || d.JSON || i.Reports == nil || d.Alone {
		return err
	}
	fmt.Fprintln(d.Out, printable(i.Reports.Text))
	return nil
}

type instanceRestart struct {
	oneNumber
	Take bool `name:"take-webhook" help:"First take the gateway's webhook, where another system has set it. It is kept, and put back when the number is removed."`
}

// Run restarts a session.
func (c *instanceRestart) Run(ctx context.Context, d *Desk) error {
	q := url.Values{}
	if c.Take {
		q.Set("take_webhook", "true")
	}
	return c.post(ctx, d, "restart", q)
}

type instanceTest struct {
	oneNumber
	To   string `help:"The phone, as people write it." required:"" placeholder:"PHONE"`
	Text string `help:"The text. It may hold variables such as {{saudacao}}. Default: ${default}" default:"{{saudacao}}! Mensagem de teste, {{data}} às {{hora}}." placeholder:"TEXT"`
}

// Run sends one message, and fails if the gateway has not taken it over.
func (c *instanceTest) Run(ctx context.Context, d *Desk) error {
	if err := d.needsDaemon(); err != nil {
		return err
	}
	i, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	var s struct {
		Campaign   int64  `json:"campaign"`
		Status     string `json:"status"`
		Text       string `json:"status_text"`
		Error      string `json:"error_message"`
		ProviderID string `json:"provider_id"`
	}
	b := map[string]string{"phone": c.To, "message": c.Text}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: i.path("send_test"), Body: b}, &s); err != nil {
		return err
	}
	if d.JSON {
		return d.print(s)
	}
	switch s.Status {
	case "sent", "delivered", "read":
		d.tell("enviada (#%d, %s)", "sent (#%d, %s)", s.Campaign, s.ProviderID)
		return nil
	}
	return d.fail("%s: %s", "%s: %s", s.Text, printable(s.Error))
}
