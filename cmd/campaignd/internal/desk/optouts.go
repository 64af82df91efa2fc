package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	wordsPath   = contactsRoot + "opt_out_words/"
	reviewsPath = contactsRoot + "opt_out_reviews/"
)

// contactsRoot is where everything about people stands.
const contactsRoot = "/api/contacts/"

// OptOut are the commands about people who want no messages.
type OptOut struct {
	Record optOutRecord  `cmd:"" default:"withargs" help:"Record that people want no messages, or want them again."`
	List   optOutList    `cmd:"" help:"List who gets no messages, the newest first."`
	Export optOutExport  `cmd:"" help:"Write the whole list as a file for spreadsheets."`
	Words  optOutWords   `cmd:"" help:"The words that people leave with: list, add, remove."`
	Review optOutReviews `cmd:"" help:"Messages that may have been a wish to leave: list, take, dismiss."`
}

// Help is the long text of campaignd optout --help.
func (OptOut) Help() string {
	return `Examples:

  campaignd optout "+55 11 90000-0001" --evidence "asked by phone on 3 May"
  campaignd optout list
  campaignd optout export -o descadastrados.csv
  campaignd optout words add "não quero"
  campaignd optout review list`
}

// optOutRecord records that people want no messages, or that they do again.
type optOutRecord struct {
	Flags
	Phones   []string `arg:"" help:"Phones, in any usual spelling; they need not be contacts."`
	Evidence string   `help:"What it rests on, for the log." placeholder:"TEXT"`
	Undo     bool     `help:"The opposite: they want messages again."`
}

// Run records it at once: what is not taken yet is not sent.
func (c *optOutRecord) Run(ctx context.Context, d *Desk) error {
	name := "opt_out"
	if c.Undo {
		name = "opt_in"
	}
	var out []struct {
		Phone    string `json:"phone"`
		OptedOut bool   `json:"opted_out"`
	}
	var p page[struct {
		Phone    string `json:"phone"`
		OptedOut bool   `json:"opted_out"`
	}]
	r := Request{Method: http.MethodPost, Path: contactsPath + name + "/", Body: map[string]any{"phones": phonesOf(c.Phones), "evidence": c.Evidence}}
	if err := d.API.Do(ctx, r, &p); err != nil {
		return err
	}
	out = p.Results
	if d.JSON {
		return d.print(out)
	}
	for _, x := range out {
		text := d.say("recebe mensagens", "gets messages")
		if x.OptedOut {
			text = d.say("não recebe mais mensagens", "gets no more messages")
		}
		fmt.Fprintf(d.Out, "%s  %s\n", x.Phone, text)
	}
	return nil
}

// optOutWords are the commands about the words that people leave with.
type optOutWords struct {
	List   wordList   `cmd:"" default:"withargs" help:"List the words, the built-in ones and your own."`
	Add    wordAdd    `cmd:"" help:"Add a word or a short sentence; it counts from now on."`
	Remove wordRemove `cmd:"" help:"Take one of your own words back; who has left with it stays out."`
}

type optOutWord struct {
	Word    string    `json:"word"`
	Wish    string    `json:"wish"`
	BuiltIn bool      `json:"built_in"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

type wordList struct{ Flags }

// Run lists the words.
func (*wordList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[optOutWord](ctx, d.API, wordsPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{d.say("PALAVRA", "WORD"), d.say("O QUE FAZ", "WHAT IT DOES"), d.say("DE ONDE VEM", "WHERE FROM")}}
	for _, w := range all {
		from := d.say("já vem no sistema", "built in")
		if !w.BuiltIn {
			from = w.By + " " + d.at(w.At)
		}
		t.add(w.Word, d.wishWords(w.Wish), from)
	}
	t.print(d.Out, d.Width)
	d.note("Frases como \"quero sair da lista\" também valem: docs/optout.md traz todas.", "Sentences such as \"quero sair da lista\" count too: docs/optout.md has all of them.")
	return nil
}

func (d *Desk) wishWords(wish string) string {
	if wish == "in" {
		return d.say("volta a receber", "comes back")
	}
	return d.say("para de receber", "leaves")
}

type wordAdd struct {
	Flags
	Word string `arg:"" help:"The word or short sentence; capitals, accents and marks do not matter."`
	In   bool   `help:"A word to come back with, for people who have left with a word."`
}

// Run adds a word.
func (c *wordAdd) Run(ctx context.Context, d *Desk) error {
	b := map[string]string{"word": c.Word, "wish": "out"}
	if c.In {
		b["wish"] = "in"
	}
	var w optOutWord
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: wordsPath, Body: b}, &w); err != nil {
		return err
	}
	if d.JSON {
		return d.print(w)
	}
	d.tell("Quem escrever só %q %s, a partir de agora. Uma campanha que pergunta algo não deve ter esta palavra entre as respostas.",
		"Who writes %q and nothing else %s, from now on. A campaign that asks something should not have this word among its answers.", w.Word, d.wishWords(w.Wish))
	return nil
}

type wordRemove struct {
	Flags
	Word string `arg:"" help:"One of your own words (campaignd optout words)."`
}

// Run takes a word back.
func (c *wordRemove) Run(ctx context.Context, d *Desk) error {
	return d.API.Do(ctx, Request{Method: http.MethodPost, Path: wordsPath + "remove/", Body: map[string]string{"word": c.Word}}, nil)
}

// optOutReviews are the commands about messages that may have been a wish to leave.
type optOutReviews struct {
	List    reviewList    `cmd:"" default:"withargs" help:"List the messages that nobody has looked at, the oldest first."`
	Take    reviewTake    `cmd:"" help:"It was a wish to leave: the person gets no more messages."`
	Dismiss reviewDismiss `cmd:"" help:"It was none: take the message off the list."`
}

// Help is the long text of campaignd optout review --help.
func (optOutReviews) Help() string {
	return `People leave by a word or sentence that can mean nothing else. What only looks like it ("chega", "quero cancelar meu pedido", "sair?") changes nothing, and waits here, for 90 days, for somebody to read it.

Examples:

  campaignd optout review
  campaignd optout review take 1764500000000123
  campaignd optout review dismiss 1764500000000123 1764500000000456`
}

type optOutReview struct {
	ID         int64     `json:"id"`
	Phone      string    `json:"phone"`
	Text       string    `json:"text"`
	Unreadable bool      `json:"unreadable"`
	Word       string    `json:"word"`
	At         time.Time `json:"at"`
	Instance   int64     `json:"instance"`
	Campaign   *int64    `json:"campaign"`
	OptedOut   bool      `json:"opted_out"`
}

type reviewList struct {
	Flags
	Limit int `help:"At most so many; 0 means all." default:"50"`
}

// Run lists the messages.
func (c *reviewList) Run(ctx context.Context, d *Desk) error {
	all, more, err := list[optOutReview](ctx, d.API, reviewsPath, url.Values{}, c.Limit)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	if len(all) == 0 {
		d.tell("Nenhuma mensagem para conferir.", "No message waits for a look.")
		return nil
	}
	t := table{head: []string{"ID", d.say("QUANDO", "WHEN"), d.say("TELEFONE", "PHONE"), d.say("CAMPANHA", "CAMPAIGN"), d.say("MENSAGEM", "MESSAGE")}, right: map[int]bool{0: true}}
	for _, r := range all {
		campaign, text := "", r.Text
		if r.Campaign != nil {
			campaign = "#" + strconv.FormatInt(*r.Campaign, 10)
		}
		if r.Unreadable {
			text = d.say("(não pode ser lida com a chave desta instalação)", "(cannot be read with this installation's key)")
		}
		if r.OptedOut {
			text = d.say("[já descadastrada] ", "[has left] ") + text
		}
		t.add(r.ID, d.at(r.At), r.Phone, campaign, text)
	}
	t.print(d.Out, d.Width)
	if more {
		d.note("Há mais; --limit 0 mostra todas.", "There are more; --limit 0 shows all.")
	}
	return nil
}

type reviewTake struct {
	Flags
	IDs      []int64 `arg:"" name:"id" help:"Ids of messages (campaignd optout review)."`
	Evidence string  `help:"What it rests on besides the message, for the log, which is never erased: do not copy the message." placeholder:"TEXT"`
}

// Run opts the people out.
func (c *reviewTake) Run(ctx context.Context, d *Desk) error {
	var done []optOutReview
	for _, id := range c.IDs {
		var r optOutReview
		if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: reviewPath(id, "take"), Body: map[string]string{"evidence": c.Evidence}}, &r); err != nil {
			return fmt.Errorf("%d: %w", id, err)
		}
		if done = append(done, r); !d.JSON {
			fmt.Fprintf(d.Out, "%s  %s\n", r.Phone, d.say("não recebe mais mensagens", "gets no more messages"))
		}
	}
	if d.JSON {
		return d.print(done)
	}
	return nil
}

func reviewPath(id int64, what string) string {
	return reviewsPath + strconv.FormatInt(id, 10) + "/" + what + "/"
}

type reviewDismiss struct {
	Flags
	IDs []int64 `arg:"" name:"id" help:"Ids of messages (campaignd optout review)."`
}

// Run takes the messages off the list.
func (c *reviewDismiss) Run(ctx context.Context, d *Desk) error {
	for _, id := range c.IDs {
		if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: reviewPath(id, "dismiss")}, nil); err != nil {
			return fmt.Errorf("%d: %w", id, err)
		}
	}
	return nil
}

// phonesOf is what was typed, whole: the API reads any spelling.
func phonesOf(args []string) []string {
	out := make([]string, 0, len(args))
	for _, a := range args {
		if a = strings.TrimSpace(a); a != "" {
			out = append(out, a)
		}
	}
	return out
}
