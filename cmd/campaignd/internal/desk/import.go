package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const importsPath = "/api/contacts/imports/"

type contactImport struct {
	Flags
	File    string            `arg:"" help:"The file: CSV with any delimiter and encoding, or XLSX." type:"existingfile"`
	Group   *string           `help:"The group that the people are put into. Default: the file's name; empty is none." placeholder:"NAME"`
	Tag     []string          `help:"A tag for everybody; again for each." placeholder:"TAG"`
	Consent *string           `help:"Where and when the people agreed to be written to." placeholder:"TEXT"`
	Basis   *string           `help:"On which legal ground their data is used." placeholder:"GROUND"`
	Map     map[string]string `help:"What a column holds, where it is guessed wrong: --map Celular=phone." placeholder:"COLUMN=FIELD"`
	Sheet   *string           `help:"The sheet of a workbook." placeholder:"NAME"`
	Skip    bool              `help:"Leave people alone who are known; without it they are brought up to date."`
	Refused string            `help:"Where the refused rows go. Default: beside the file." placeholder:"FILE"`
	Yes     bool              `help:"Do not ask." short:"y"`
}

// Help is the long text.
func (contactImport) Help() string {
	return `Examples:

  campaignd contacts import clientes.csv --consent "formulário da loja, 2026"
  campaignd contacts import "Base 2026.xlsx" --sheet Clientes --group vip --skip

The file is read as it is: separators, encodings and spellings of phones are
found out. A row that cannot be used is refused with a reason and written to a
file of its own, to be mended and brought in again.`
}

// job is what the API says of an import.
type job struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Problem  string `json:"problem"`
	Progress struct {
		Part     float64 `json:"part"`
		Rows     int64   `json:"rows"`
		Added    int64   `json:"added"`
		Updated  int64   `json:"updated"`
		Same     int64   `json:"same"`
		Refused  int64   `json:"refused"`
		OptedOut int64   `json:"opted_out"`
	} `json:"progress"`
}

// glance is the beginning of a file as it is understood.
type glance struct {
	Problem    *Fault         `json:"problem"`
	Rows       int            `json:"rows"`
	Accepted   int            `json:"accepted"`
	Refused    int            `json:"refused"`
	ByReason   map[string]int `json:"refused_by_reason"`
	People     []contact      `json:"people"`
	Sheets     []string       `json:"sheets"`
	AskConsent bool           `json:"ask_consent"`
}

// plan is what the flags say of how the file is read.
func (c *contactImport) plan() map[string]any {
	p := map[string]any{}
	for name, v := range map[string]*string{"group": c.Group, "consent": c.Consent, "legal_basis": c.Basis, "sheet": c.Sheet} {
		if v != nil {
			p[name] = *v
		}
	}
	if len(c.Tag) > 0 {
		p["tags"] = c.Tag
	}
	if len(c.Map) > 0 {
		p["mapping"] = c.Map
	}
	if c.Skip {
		p["existing"] = "skip"
	}
	return p
}

// Run hands the file in, shows how it is read, asks, and waits for the end. An
// import that goes on without this command can be seen through the API.
func (c *contactImport) Run(ctx context.Context, d *Desk) error {
	f, err := os.Open(c.File)
	if err != nil {
		return d.fail("o arquivo não pode ser lido: %w", "the file cannot be read: %w", err)
	}
	defer f.Close()
	var j job
	up := Request{Method: http.MethodPost, Path: importsPath, Query: url.Values{"name": {filepath.Base(c.File)}}, Body: io.Reader(f), Type: "application/octet-stream"}
	if err := d.API.Do(ctx, up, &j); err != nil {
		return err
	}
	path := importsPath + url.PathEscape(j.ID) + "/"
	agreed, err := c.agree(ctx, d, path)
	if err != nil || !agreed {
		return errors.Join(err, d.API.Do(context.WithoutCancel(ctx), Request{Method: http.MethodDelete, Path: path}, nil))
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: path + "start/"}, &j); err != nil {
		return err
	}
	if j, err = d.await(ctx, path); err != nil {
		return err
	}
	if d.JSON {
		return d.print(j)
	}
	return c.tell(ctx, d, path, j)
}

// agree sets the plan, shows what the file looks like under it, and asks.
func (c *contactImport) agree(ctx context.Context, d *Desk, path string) (bool, error) {
	if p := c.plan(); len(p) > 0 {
		if err := d.API.Do(ctx, Request{Method: http.MethodPatch, Path: path, Body: p}, nil); err != nil {
			return false, err
		}
	}
	var g glance
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: path + "preview/", Body: struct{}{}}, &g); err != nil {
		return false, err
	}
	if g.Problem != nil {
		text := g.Problem.Detail
		if g.Problem.Field != "" {
			text += " (" + printable(g.Problem.Field) + ")"
		}
		return false, d.fail("o arquivo não pode ser usado: %s", "the file cannot be used: %s", text)
	}
	d.note("As primeiras %d linhas: %d pessoas, %d recusadas.", "The first %d rows: %d people, %d refused.", g.Rows, g.Accepted, g.Refused)
	for _, p := range g.People[:min(len(g.People), 3)] {
		fmt.Fprintf(d.Err, "  %s  %s\n", p.Phone, printable(p.Name))
	}
	for _, why := range slices.Sorted(maps.Keys(g.ByReason)) {
		fmt.Fprintf(d.Err, "  %d × %s\n", g.ByReason[why], why)
	}
	if g.AskConsent {
		d.note("De onde vem o consentimento não foi dito (--consent, --basis).", "Where their consent comes from is not said (--consent, --basis).")
	}
	return d.ask(ctx, c.Yes, "Importar?", "Import?")
}

// importEvery is how often the progress of an import is asked for.
const importEvery = 500 * time.Millisecond

// await follows an import to its end.
func (d *Desk) await(ctx context.Context, path string) (job, error) {
	tick := time.NewTicker(importEvery)
	defer tick.Stop()
	for {
		var j job
		if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: path}, &j); err != nil {
			return j, err
		}
		switch j.Status {
		case "done", "failed", "cancelled":
			if d.Width > 0 {
				fmt.Fprint(d.Err, "\r\033[K")
			}
			return j, nil
		}
		if d.Width > 0 {
			fmt.Fprintf(d.Err, "\r\033[K%3.0f %%  %d", j.Progress.Part*100, j.Progress.Rows)
		}
		select {
		case <-ctx.Done():
			return j, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// tell prints what became of the file, and fetches the refused rows.
func (c *contactImport) tell(ctx context.Context, d *Desk, path string, j job) error {
	p := j.Progress
	if j.Status != "done" {
		return d.fail("a importação parou (%s): %s", "the import ended (%s): %s", j.Status, j.Problem)
	}
	d.tell("%d linhas: %d novas, %d atualizadas, %d iguais, %d recusadas; %d não querem mensagens",
		"%d rows: %d new, %d brought up to date, %d the same, %d refused; %d want no messages", p.Rows, p.Added, p.Updated, p.Same, p.Refused, p.OptedOut)
	if p.Refused == 0 {
		return nil
	}
	name := c.Refused
	if name == "" {
		name = strings.TrimSuffix(c.File, filepath.Ext(c.File)) + "-refused.csv"
	}
	res, err := d.API.Open(ctx, Request{Method: http.MethodGet, Path: path + "refused/"})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return d.fail("as linhas recusadas não podem ser gravadas: %w", "the refused rows cannot be written: %w", err)
	}
	_, err = io.Copy(f, res.Body)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	d.tell("As recusadas estão em %s.", "The refused ones are in %s.", name)
	return nil
}
