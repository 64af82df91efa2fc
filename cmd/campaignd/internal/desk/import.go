package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const importsPath = "/api/contacts/imports/"

type contactImport struct {
	Flags
	File      string            `arg:"" help:"The file: CSV with any delimiter and encoding, or XLSX; - is the standard input." type:"existingfile"`
	Group     *string           `help:"The group that the people are put into. Default: the file's name; empty is none." placeholder:"NAME"`
	Tag       []string          `help:"A tag for everybody; again for each." placeholder:"TAG"`
	Consent   *string           `help:"Where and when the people agreed to be written to." placeholder:"TEXT"`
	Basis     *string           `help:"On which legal ground their data is used: consent, legal_obligation, public_policy, research, contract, legal_claim, vital_interest, health, legitimate_interest or credit_protection." placeholder:"GROUND"`
	Map       map[string]string `help:"What a column holds, where it is guessed wrong: --map Celular=phone." placeholder:"COLUMN=FIELD"`
	Sheet     *string           `help:"The sheet of a workbook." placeholder:"NAME"`
	HeaderRow *int              `help:"The line in which the names of the columns stand. Default: it is found." placeholder:"LINE"`
	NoHeader  bool              `help:"The first row is a person already; --columns names the columns."`
	Columns   []string          `help:"The names of the columns, in order: --columns nome,telefone." placeholder:"NAMES"`
	Hidden    bool              `help:"Read the rows that a workbook hides, too; without it they are left out." name:"hidden-rows"`
	Delimiter *string           `help:"What separates the columns. Default: it is found." placeholder:"CHARACTER"`
	Encoding  *string           `help:"utf-8, windows-1252, utf-16le or utf-16be. Default: it is found." placeholder:"NAME"`
	Skip      bool              `help:"Leave people alone who are known; without it they are brought up to date."`
	Refused   string            `help:"The file that the refused rows go into; it must not exist. Default: a new one beside the file." placeholder:"FILE"`
	Yes       bool              `help:"Do not ask." short:"y"`
}

// Help is the long text.
func (contactImport) Help() string {
	return `Examples:

  campaignd contacts import clientes.csv --consent "formulário da loja, 2026"
  campaignd contacts import "Base 2026.xlsx" --sheet Clientes --group vip --skip
  campaignd contacts import lista.csv --no-header --columns nome,telefone
  campaignd contacts import - --group vip --yes < lista.csv

The file is read as it is: separators, encodings and spellings of phones are
found out, a title above the header is passed over, and rows that a filter hides
are left out. What each column was taken for is shown before anything is done.
A row that cannot be used is refused with a reason and written to a file of its
own, to be mended and brought in again.

An import goes on when this command is interrupted: campaignd contacts imports
lists, cancels and undoes them.`
}

// job is what the API says of an import.
type job struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Problem string `json:"problem"`
	Undone  *struct {
		Removed int64 `json:"removed"`
		Kept    int64 `json:"kept"`
	} `json:"undone"`
	By        string         `json:"by"`
	CreatedAt time.Time      `json:"created_at"`
	Reasons   []importReason `json:"reasons"`
	File      struct {
		Name string `json:"name"`
	} `json:"file"`
	Progress struct {
		Part     float64 `json:"part"`
		Rows     int64   `json:"rows"`
		Added    int64   `json:"added"`
		Updated  int64   `json:"updated"`
		Same     int64   `json:"same"`
		Refused  int64   `json:"refused"`
		OptedOut int64   `json:"opted_out"`
		Hidden   int64   `json:"hidden"`
		// Unwritten found no room in the file of the refused rows.
		Unwritten int64 `json:"refused_unwritten"`
	} `json:"progress"`
}

// glance is the beginning of a file as it is understood.
type glance struct {
	Problem    *Fault         `json:"problem"`
	Rows       int            `json:"rows"`
	Accepted   int            `json:"accepted"`
	Refused    int            `json:"refused"`
	Reasons    []importReason `json:"reasons"`
	HeaderLine int            `json:"header_line"`
	Hidden     int            `json:"hidden"`
	Columns    []struct {
		Name  string `json:"name"`
		Field string `json:"field"`
		Var   string `json:"var"`
	} `json:"columns"`
	People     []contact `json:"people"`
	Sheets     []string  `json:"sheets"`
	AskConsent bool      `json:"ask_consent"`
}

// importReason is why rows were refused.
type importReason struct {
	Detail string `json:"detail"`
	Rows   int64  `json:"rows"`
}

// plan is what the flags say of how the file is read.
func (c *contactImport) plan() map[string]any {
	p := map[string]any{}
	for name, v := range map[string]*string{"group": c.Group, "consent": c.Consent, "legal_basis": c.Basis, "sheet": c.Sheet,
		"delimiter": c.Delimiter, "encoding": c.Encoding} {
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
	if c.HeaderRow != nil {
		p["header_row"] = *c.HeaderRow
	}
	if c.NoHeader {
		p["no_header"] = true
	}
	if len(c.Columns) > 0 {
		p["columns"] = c.Columns
	}
	if c.Hidden {
		p["hidden_rows"] = true
	}
	if c.Skip {
		p["existing"] = "skip"
	}
	if _, said := p["group"]; !said && c.File == "-" {
		p["group"] = ""
	}
	return p
}

// Run hands the file in, shows how it is read, asks, and waits for the end. An
// import that goes on without this command can be seen through the API.
func (c *contactImport) Run(ctx context.Context, d *Desk) error {
	if _, err := os.Lstat(c.Refused); c.Refused != "" && err == nil {
		return d.fail("%s já existe: dê outro nome ao arquivo das linhas recusadas", "%s is there already: give the file of the refused rows another name", c.Refused)
	}
	file, name := d.In, "stdin.csv"
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return d.fail("o arquivo não pode ser lido: %w", "the file cannot be read: %w", err)
		}
		defer f.Close()
		file, name = f, filepath.Base(c.File)
	} else if !c.Yes {
		return d.fail("quem lê da entrada padrão não pode perguntar: repita com --yes", "who reads the standard input cannot be asked: say it again with --yes")
	}
	var j job
	up := Request{Method: http.MethodPost, Path: importsPath, Query: url.Values{"name": {name}}, Body: file, Type: "application/octet-stream"}
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
	if j, err = d.await(ctx, j.ID); ctx.Err() != nil {
		return d.fail("você saiu, e a importação continua no serviço: campaignd contacts imports show %s (para parar: imports cancel %s)",
			"you have left, and the import goes on in the service: campaignd contacts imports show %s (to stop it: imports cancel %s)", j.ID, j.ID)
	}
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(j)
	}
	return c.tell(ctx, d, path, j)
}

// columns shows what each column of the file was taken for.
func (d *Desk) columns(g glance) {
	t := table{head: []string{d.say("COLUNA", "COLUMN"), d.say("É LIDA COMO", "IS READ AS")}}
	for _, c := range g.Columns {
		as := d.fieldName(c.Field)
		if c.Var != "" {
			as = strings.TrimPrefix(as+", {{"+c.Var+"}}", ", ")
		}
		t.add(c.Name, as)
	}
	t.print(d.Err, d.Width)
	if g.HeaderLine > 1 {
		d.note("O cabeçalho está na linha %d; o que vem antes não é lido.", "The header stands in line %d; what is above it is not read.", g.HeaderLine)
	}
}

// fieldName is what a field of a person is called; empty for a variable, which
// goes by its own name.
func (d *Desk) fieldName(field string) string {
	names := map[string][2]string{
		"phone":        {"telefone", "phone"},
		"other_phone":  {"outro telefone, usado onde falta o primeiro", "another phone, used where the first is missing"},
		"area_code":    {"DDD", "area code"},
		"country_code": {"código do país", "country code"},
		"name":         {"nome", "name"},
		"email":        {"e-mail", "e-mail"},
		"quem_indicou": {"quem indicou", "referred by"},
		"tags":         {"tags", "tags"},
		"notes":        {"observações", "notes"},
		"consent":      {"consentimento", "consent"},
		"active":       {"ativo ou não", "active or not"},
		"var":          {},
		"ignore":       {"não é lida", "not read"},
	}
	if n, ok := names[field]; ok {
		return d.say(n[0], n[1])
	}
	return field
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
		return false, d.fail("o arquivo não pode ser usado: %s", "the file cannot be used: %s", printable(g.Problem.Detail))
	}
	d.columns(g)
	d.note("Do começo do arquivo, %s: %s, %s.", "Of the file's beginning, %s: %s, %s.", d.rows(int64(g.Rows)), d.people(int64(g.Accepted)),
		d.count(int64(g.Refused), "recusada", "recusadas", "refused", "refused"))
	for _, p := range g.People[:min(len(g.People), 3)] {
		fmt.Fprintf(d.Err, "  %s  %s\n", p.Phone, printable(p.Name))
	}
	for _, why := range g.Reasons {
		fmt.Fprintf(d.Err, "  %d × %s\n", why.Rows, why.Detail)
	}
	if g.Hidden > 0 {
		d.note("Linhas ocultas na planilha, que ficam de fora: %d (--hidden-rows as lê).", "Rows that the workbook hides and that are left out: %d (--hidden-rows reads them).", g.Hidden)
	}
	if g.AskConsent {
		d.note("Não foi informada a origem do consentimento (--consent, --basis).", "Where their consent comes from is not said (--consent, --basis).")
	}
	return d.ask(ctx, c.Yes, "Importar?", "Import?")
}

// importEvery is how often the progress of an import is asked for.
const importEvery = 500 * time.Millisecond

// await follows an import to its end.
func (d *Desk) await(ctx context.Context, id string) (j job, err error) {
	path := importsPath + url.PathEscape(id) + "/"
	j.ID = id
	tick := time.NewTicker(importEvery)
	defer tick.Stop()
	for {
		next := job{ID: j.ID}
		if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: path}, &next); err != nil {
			return j, err
		}
		j = next
		switch j.Status {
		case "done", "failed", "cancelled", "undone":
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
	var ended error
	if j.Status != "done" {
		ended = d.fail("a importação terminou (%s): %s", "the import ended (%s): %s", d.importState(j.Status), j.Problem)
	} else {
		d.importCounts(j)
	}
	if j.Progress.Refused == 0 {
		return ended
	}
	for _, why := range j.Reasons {
		d.tell("  %d × %s", "  %d × %s", why.Rows, why.Detail)
	}
	saved := c.saveRefused(ctx, d, path)
	if n := j.Progress.Unwritten; n > 0 {
		d.tell("%s não couberam nesse arquivo: corrija essas e importe de novo", "%s found no room in that file: mend these and import again", d.rows(n))
	}
	return errors.Join(saved, ended)
}

// saveRefused fetches the refused rows.
func (c *contactImport) saveRefused(ctx context.Context, d *Desk, path string) error {
	res, err := d.API.Open(ctx, Request{Method: http.MethodGet, Path: path + "refused/"})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, name, err := c.refusedFile()
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

// importCounts says what became of the rows.
func (d *Desk) importCounts(j job) {
	p := j.Progress
	d.tell("%s: novas %d, atualizadas %d, iguais %d, recusadas %d; descadastradas %d",
		"%s: %d new, %d brought up to date, %d the same, %d refused; %d opted out", d.rows(p.Rows), p.Added, p.Updated, p.Same, p.Refused, p.OptedOut)
	if p.Hidden > 0 {
		d.tell("linhas ocultas que ficaram de fora: %d", "hidden rows that were left out: %d", p.Hidden)
	}
}

// rows is so many rows, in words.
func (d *Desk) rows(n int64) string { return d.count(n, "linha", "linhas", "row", "rows") }

// refusedFile makes the file for the refused rows. It never takes the place of
// another: what stands there may be mended by hand already.
func (c *contactImport) refusedFile() (f *os.File, name string, err error) {
	if c.Refused != "" {
		f, err = os.OpenFile(c.Refused, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return f, c.Refused, err
	}
	base := strings.TrimSuffix(c.File, filepath.Ext(c.File))
	if c.File == "-" {
		base = "stdin"
	}
	for n := 1; ; n++ {
		name = base + "-refused.csv"
		if n > 1 {
			name = fmt.Sprintf("%s-refused-%d.csv", base, n)
		}
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) || n == 1000 {
			return f, name, err
		}
	}
}
