package desk

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

type campaignPreview struct {
	one
	Phone   []string `help:"For the person of this phone, in the audience or else among the contacts; again for each." placeholder:"PHONE"`
	Contact []int64  `help:"For this contact, by its id; again for each." placeholder:"ID"`
	Limit   int      `help:"How many people, where none is named." default:"3"`
}

// preview is a message as one person would get it.
type preview struct {
	Message  int       `json:"message"`
	Name     string    `json:"name"`
	Phone    string    `json:"phone"`
	Text     string    `json:"text"`
	Problem  *reason   `json:"problem"`
	Defaults []string  `json:"defaults"`
	Warnings []warning `json:"warnings"`
}

// Run shows each message as some people would get it, by default the first of the
// audience, and what it gives to look at.
func (c *campaignPreview) Run(ctx context.Context, d *Desk) error {
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	if len(x.Messages) == 0 {
		return d.fail("%s não tem mensagem: campaignd campaign edit %d --message …", "%s has no message: campaignd campaign edit %d --message …", x.code(), x.ID)
	}
	var all []preview
	for _, m := range x.Messages {
		some, err := c.of(ctx, d, m)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	if d.JSON {
		return d.print(all)
	}
	for _, s := range all {
		d.tell("mensagem %d, para %s %s", "message %d, to %s %s", s.Message, printable(s.Name), s.Phone)
		text := s.Text
		if s.Problem != nil {
			text = d.say("não será enviada: ", "will not be sent: ") + s.Problem.Text
		}
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintf(d.Out, "    %s\n", printable(line))
		}
		if len(s.Defaults) > 0 {
			d.note("    valor padrão no lugar de: %s", "    default used for: %s", strings.Join(s.Defaults, ", "))
		}
	}
	d.warn(x, true)
	return nil
}

// of are the previews of one message.
func (c *campaignPreview) of(ctx context.Context, d *Desk, m message) (all []preview, err error) {
	p, _ := c.Number.path("messages", strconv.Itoa(m.ID), "preview")
	if len(c.Contact) > 0 || len(c.Phone) == 0 {
		q := url.Values{"limit": {strconv.Itoa(c.Limit)}}
		if n := len(c.Contact); n > 0 {
			q.Set("limit", strconv.Itoa(n))
			q.Set("contacts", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(c.Contact)), ","), "[]"))
		}
		if all, _, err = list[preview](ctx, d.API, p, q, 0); err != nil {
			return nil, err
		}
	}
	if len(c.Phone) > 0 {
		var some page[preview]
		if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: map[string]any{"phones": c.Phone}}, &some); err != nil {
			return nil, err
		}
		all = append(all, some.Results...)
	}
	for i := range all {
		all[i].Message = m.Order
	}
	return all, nil
}

type campaignLogs struct {
	one
	Level []string `help:"Only these: debug, info, success, warning, error." placeholder:"LEVEL"`
	Type  []string `help:"Only events of this type, such as recipient.sent." placeholder:"TYPE"`
	Limit int      `help:"At most so many, the newest; 0 means all." default:"50"`
}

// logged is one event.
type logged struct {
	ID       int64          `json:"id"`
	Level    string         `json:"level"`
	Type     string         `json:"event_type"`
	Message  string         `json:"message"`
	Metadata map[string]any `json:"metadata"`
	At       time.Time      `json:"created_at"`
}

// Run shows what happened, the newest first.
func (c *campaignLogs) Run(ctx context.Context, d *Desk) error {
	p, err := c.Number.path("logs")
	if err != nil {
		return err
	}
	q := url.Values{}
	for name, values := range map[string][]string{"level": c.Level, "event_type": c.Type} {
		if len(values) > 0 {
			q.Set(name, strings.Join(values, ","))
		}
	}
	all, more, err := list[logged](ctx, d.API, p, q, c.Limit)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{d.say("QUANDO", "WHEN"), d.say("NÍVEL", "LEVEL"), d.say("PESSOA", "PERSON"), d.say("O QUE", "WHAT")}, right: map[int]bool{2: true}}
	for _, e := range all {
		who := ""
		if n, ok := e.Metadata["contact"].(float64); ok {
			who = strconv.FormatInt(int64(n), 10)
		}
		t.add(d.at(e.At), e.Level, who, e.Message)
	}
	t.print(d.Out, d.Width)
	if more {
		d.note("Há mais; --limit 0 mostra tudo.", "There is more; --limit 0 shows all.")
	}
	return nil
}

type campaignExport struct {
	one
	Format string   `help:"csv or ndjson." enum:"csv,ndjson" default:"csv"`
	Status []string `help:"Only people in these states, such as failed or unknown." placeholder:"STATUS"`
	Output string   `help:"The file to write; it must not exist. Default: the standard output." short:"o" placeholder:"FILE"`
}

// Run writes the audience.
func (c *campaignExport) Run(ctx context.Context, d *Desk) error {
	p, err := c.Number.path("export")
	if err != nil {
		return err
	}
	q := url.Values{"format": {c.Format}}
	if len(c.Status) > 0 {
		q.Set("status", strings.Join(c.Status, ","))
	}
	return d.save(ctx, Request{Method: http.MethodGet, Path: p, Query: q}, c.Output)
}

// save writes an answer into a file, or to the standard output where it has no
// name. A file is whole, or not there.
func (d *Desk) save(ctx context.Context, r Request, name string) error {
	res, err := d.API.Open(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if name == "" {
		_, err := io.Copy(d.Out, res.Body)
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return d.fail("o arquivo não pode ser criado: %w", "the file cannot be made: %w", err)
	}
	n, err := io.Copy(f, res.Body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(d.fail("a exportação parou e %s foi apagado: %w", "the export broke off, and %s was removed: %w", name, err), os.Remove(name))
	}
	d.note("%s: %d bytes", "%s: %d bytes", name, n)
	return nil
}

type campaignWatch struct{ one }

// Run prints a line for each change until the campaign ends. A stream that the
// daemon closes is opened again.
func (c *campaignWatch) Run(ctx context.Context, d *Desk) error {
	p, err := c.Number.path("watch")
	if err != nil {
		return err
	}
	for {
		res, err := d.API.Open(ctx, Request{Method: http.MethodGet, Path: p, Header: http.Header{"Accept": {"text/event-stream"}}})
		if err != nil {
			return err
		}
		ended, err := d.follow(res.Body)
		res.Body.Close()
		if ended || err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// follow reads server-sent events until the stream ends.
func (d *Desk) follow(r io.Reader) (ended bool, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	name := ""
	for lines.Scan() {
		line := lines.Text()
		if v, ok := strings.CutPrefix(line, "event: "); ok {
			name = v
			continue
		}
		data, ok := strings.CutPrefix(line, "data: ")
		switch {
		case !ok:
		case name == "end":
			return true, nil
		case name == "campaign" && d.JSON:
			fmt.Fprintln(d.Out, data)
		case name == "campaign":
			var c campaign
			if err := json.Unmarshal([]byte(data), &c); err != nil {
				return false, err
			}
			progress := fmt.Sprintf("%5.1f %%", c.Progress)
			if d.Portuguese {
				progress = strings.NewReplacer(".", ",", " %", "%").Replace(progress)
			}
			text := fmt.Sprintf("%s %s  %s  %d/%d", c.code(), c.StatusText, progress, c.Sent, c.Total)
			if c.Unknown > 0 {
				text += fmt.Sprintf(d.say("  %d incertas", "  %d unknown"), c.Unknown)
			}
			if c.Failed > 0 {
				text += fmt.Sprintf(d.say("  %d falhas", "  %d failed"), c.Failed)
			}
			if c.Waiting != nil {
				text += "  " + printable(c.Waiting.Text)
			}
			fold(d.Out, text, d.Width)
		}
	}
	return false, lines.Err()
}
