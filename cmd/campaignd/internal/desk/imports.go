package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Imports are the commands about imports that have been started.
type Imports struct {
	List   importList   `cmd:"" help:"List imports, the newest first."`
	Show   importShow   `cmd:"" help:"How far an import is, or how it ended."`
	Cancel importCancel `cmd:"" help:"Stop an import; who is in the address book by then stays there."`
	Undo   importUndo   `cmd:"" help:"Remove the people whom an import has added and nobody has changed since."`
}

type importList struct {
	Flags
	Limit int `help:"At most so many; 0 means all." default:"20"`
}

// Run lists imports.
func (c *importList) Run(ctx context.Context, d *Desk) error {
	all, more, err := list[job](ctx, d.API, importsPath, url.Values{}, c.Limit)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{"ID", d.say("ENVIADA", "HANDED IN"), d.say("SITUAÇÃO", "STATE"), d.say("LINHAS", "ROWS"), d.say("NOVAS", "NEW"),
		d.say("RECUSADAS", "REFUSED"), d.say("ARQUIVO", "FILE")}, right: map[int]bool{3: true, 4: true, 5: true}}
	for _, j := range all {
		t.add(j.ID, d.at(j.CreatedAt), d.importState(j.Status), j.Progress.Rows, j.Progress.Added, j.Progress.Refused, j.File.Name)
	}
	t.print(d.Out, d.Width)
	if more {
		d.note("Há mais; --limit 0 mostra todas.", "There are more; --limit 0 shows all.")
	}
	return nil
}

// importState is a status in words.
func (d *Desk) importState(status string) string {
	words := map[string][2]string{
		"uploaded":  {"não iniciada", "not started"},
		"mapped":    {"não iniciada", "not started"},
		"queued":    {"na fila", "queued"},
		"running":   {"em andamento", "running"},
		"done":      {"concluída", "done"},
		"failed":    {"falhou", "failed"},
		"cancelled": {"cancelada", "cancelled"},
		"undoing":   {"sendo desfeita", "being undone"},
		"undone":    {"desfeita", "undone"},
	}
	if w, ok := words[status]; ok {
		return d.say(w[0], w[1])
	}
	return status
}

// oneImport names an import.
type oneImport struct {
	Flags
	ID string `arg:"" help:"The import: campaignd contacts imports list."`
}

func (o oneImport) path(command string) string {
	p := importsPath + url.PathEscape(o.ID) + "/"
	if command != "" {
		p += command + "/"
	}
	return p
}

// toldImport prints what an import is.
func (d *Desk) toldImport(j job) error {
	if d.JSON {
		return d.print(j)
	}
	p := j.Progress
	d.tell("%s  %s, %s", "%s  %s, %s", j.ID, printable(j.File.Name), d.importState(j.Status))
	if j.Problem != "" {
		d.tell("  %s", "  %s", printable(j.Problem))
	}
	d.importCounts(j)
	for _, why := range j.Reasons {
		d.tell("  %d × %s", "  %d × %s", why.Rows, why.Detail)
	}
	if j.Status == "running" {
		d.tell("  %.0f %% do arquivo lidos", "  %.0f %% of the file read", p.Part*100)
	}
	if u := j.Undone; u != nil {
		d.tell("  desfeita: %d removidas, %d mantidas porque mudaram depois", "  undone: %d removed, %d kept since they were changed later", u.Removed, u.Kept)
	}
	return nil
}

type importShow struct{ oneImport }

// Run shows an import.
func (c *importShow) Run(ctx context.Context, d *Desk) error {
	var j job
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: c.path("")}, &j); err != nil {
		return err
	}
	return d.toldImport(j)
}

type importCancel struct{ oneImport }

// Run stops an import.
func (c *importCancel) Run(ctx context.Context, d *Desk) error {
	var j job
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: c.path("cancel")}, &j); err != nil {
		return err
	}
	return d.toldImport(j)
}

type importUndo struct {
	oneImport
	Yes bool `help:"Do not ask." short:"y"`
}

// Run undoes an import, and waits for the end.
func (c *importUndo) Run(ctx context.Context, d *Desk) error {
	var j job
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: c.path("")}, &j); err != nil {
		return err
	}
	sure, err := d.ask(ctx, c.Yes, "Remover as %s pessoas que %s acrescentou e que ninguém alterou depois?",
		"Remove the %s people whom %s has added and nobody has changed since?", strconv.FormatInt(j.Progress.Added, 10), printable(j.File.Name))
	if err != nil || !sure {
		return err
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: c.path("undo")}, &j); err != nil {
		return err
	}
	if j, err = d.await(ctx, j.ID); ctx.Err() != nil {
		return d.fail("você saiu, e o serviço continua a desfazer: campaignd contacts imports show %s",
			"you have left, and the service goes on undoing: campaignd contacts imports show %s", j.ID)
	}
	if err != nil {
		return err
	}
	return d.toldImport(j)
}
