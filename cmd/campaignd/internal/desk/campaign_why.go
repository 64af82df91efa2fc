package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type campaignWhy struct {
	one
	Phone    string `help:"Of the person with this phone, in any usual spelling." xor:"person" placeholder:"PHONE"`
	Position int64  `help:"Of the person at this position of the audience, from 1." xor:"person" placeholder:"N"`
}

// why is what the API says stands in the way of a campaign, or of one person.
type why struct {
	Zone    string      `json:"timezone"`
	Numbers []numberWhy `json:"instances"`
	Stalled *reason     `json:"stalled"`

	Person *struct {
		ID         int64  `json:"id"`
		Name       string `json:"name"`
		Phone      string `json:"phone"`
		StatusText string `json:"status_text"`
	} `json:"person"`
	Open    bool      `json:"open"`
	OpensAt time.Time `json:"opens_at"`
	Ahead   int64     `json:"ahead"`
	Gates   []reason  `json:"gates"`
}

type numberWhy struct {
	Name    string    `json:"friendly_name"`
	Open    bool      `json:"open"`
	OpensAt time.Time `json:"opens_at"`
	Gates   []reason  `json:"gates"`
}

// Run tells what a campaign waits for, number by number, or why one person has
// got nothing yet.
func (c *campaignWhy) Run(ctx context.Context, d *Desk) error {
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	r := Request{Method: http.MethodGet}
	switch {
	case c.Phone != "":
		r.Method, r.Body = http.MethodPost, map[string]string{"phone": c.Phone}
		r.Path, _ = c.Number.path("explain")
	case c.Position != 0:
		r.Path, _ = c.Number.path("contacts", strconv.FormatInt(c.Position, 10), "explain")
	default:
		r.Path, _ = c.Number.path("explain")
	}
	var answer json.RawMessage
	if err := d.API.Do(ctx, r, &answer); err != nil {
		if refusedWith(err, http.StatusNotFound) {
			return d.fail("esta pessoa não está no público da campanha %s (campaignd campaign add)", "this person is not in the audience of campaign %s (campaignd campaign add)", x.code())
		}
		return err
	}
	if d.JSON {
		return d.print(answer)
	}
	var w why
	if err := json.Unmarshal(answer, &w); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "%s  %s  %s\n", x.code(), printable(x.Name), x.StatusText)
	if w.Person != nil {
		d.whyPerson(w)
	}
	d.whyNumbers(w)
	return nil
}

// whyPerson tells what stands in the way of one person, and when nothing does.
func (d *Desk) whyPerson(w why) {
	p := w.Person
	fmt.Fprintf(d.Out, "%d  %s\n", p.ID, strings.Join(strings.Fields(printable(p.Name)+" "+p.Phone+" "), " ")+": "+p.StatusText)
	for _, g := range w.Gates {
		fmt.Fprintf(d.Out, "  %s\n", printable(g.Text))
	}
	if len(w.Gates) == 0 {
		d.tell("  nada impede o envio a esta pessoa", "  nothing about this person is in the way")
	}
	if w.Ahead > 0 {
		d.tell("  na frente: %d", "  ahead in the audience: %d", w.Ahead)
	}
	switch {
	case w.Open && w.Ahead == 0:
		d.tell("  pode sair agora", "  it may go out now")
	case !w.OpensAt.IsZero() && !w.Open && w.Stalled == nil:
		d.tell("  não antes de %s", "  not before %s", d.there(w.OpensAt, w.Zone))
	}
}

// whyNumbers tells what stands in the way of each number.
func (d *Desk) whyNumbers(w why) {
	if w.Stalled != nil {
		fmt.Fprintln(d.Out, printable(w.Stalled.Text))
	}
	for _, n := range w.Numbers {
		fmt.Fprintf(d.Out, "%s: ", printable(n.Name))
		switch {
		case n.Open:
			d.tell("pode enviar", "may send")
		case n.OpensAt.IsZero():
			d.tell("não pode enviar", "may not send")
		default:
			d.tell("não antes de %s", "not before %s", d.there(n.OpensAt, w.Zone))
		}
		for _, g := range n.Gates {
			fmt.Fprintf(d.Out, "  %s\n", printable(g.Text))
		}
	}
}
