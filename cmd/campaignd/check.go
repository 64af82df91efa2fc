package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

type checkCommand struct {
	dataFlag
	JSON  bool `help:"Print the report as JSON."`
	Limit int  `help:"Stop after so many violations. Default: ${default}." default:"20" placeholder:"N"`
}

// Help is the long text of campaignd check --help.
func (checkCommand) Help() string {
	return `Reads the whole database and says whether it can be believed: that the counters are the sum of the rows, that nobody was sent to twice, that every event is there and as it was sealed, and the other rules of the ledger. It changes nothing, and works beside a daemon that runs as well as without one.

The exit code is 0 if everything holds and 1 if something does not; the first violations are then named.

Examples:

  campaignd check
  campaignd check --data /var/lib/campaignd --json`
}

// Run checks the database.
func (c *checkCommand) Run(w *world) error {
	if c.Limit < 1 {
		return locale.Errorf("--limit é %d: use ao menos 1", "--limit is %d: name at least one", c.Limit)
	}
	dir, err := c.dir(w.env)
	if err != nil {
		return err
	}
	data, err := w.env.database(dir)
	if err != nil {
		return err
	}
	if demo := filepath.Join(dir, demoDatabase); !data.shared() && missing(data.file) && !missing(demo) {
		data.file = demo
	}
	store, err := data.openReading(w.ctx, "campaignd check")
	if err != nil {
		return err
	}
	path := data.String()
	began := time.Now()
	o := &audit.Options{Limit: c.Limit, Now: time.Now, Deadline: startDeadline}
	if key, err := w.env.knownKey(dir); err != nil {
		return errors.Join(err, store.close())
	} else if key != nil {
		o.Key = campaign.SuppressionKeys(key.bytes)
	}
	report, err := audit.Check(w.ctx, store.Store, o)
	if err = errors.Join(err, store.close()); err != nil {
		return locale.Errorf("não foi possível terminar a conferência: %w", "the check could not be finished: %w", err)
	}
	if c.JSON {
		err = printJSON(w.stdout, path, report)
	} else {
		printReport(w.stdout, w.locale(), path, report, time.Since(began))
	}
	if err == nil && len(report.Violations) > 0 {
		err = locale.Errorf("%s em %s", "%s in %s", violations(len(report.Violations)), path)
	}
	return err
}

// demoDatabase is the database in a directory that campaignd demo has kept.
const demoDatabase = "demo.db"

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

// startDeadline is the default of campaign.Timing.Deadline, which the daemon
// keeps.
const startDeadline = 2 * time.Second

func printReport(out io.Writer, l locale.Locale, path string, r audit.Report, took time.Duration) {
	f := r.Figures
	say := func(pt, en string, args ...any) { fmt.Fprintf(out, l.Say(pt, en)+"\n", args...) }
	say("banco      %s", "database   %s", path)
	say("lidos      %s, %s, %s em %v", "read       %s, %s, %s in %v", l.Count(int64(f.Tenants), "cliente", "clientes", "tenant", "tenants"),
		l.Count(int64(f.Campaigns), "campanha", "campanhas", "campaign", "campaigns"),
		l.Count(int64(f.Instances), "número", "números", "number", "numbers"), took.Round(time.Millisecond))
	fmt.Fprintf(out, l.Say("pessoas    %d", "people     %d"), f.Recipients)
	sep := ": "
	for _, s := range campaign.States() {
		if n := f.States[s]; n > 0 {
			fmt.Fprintf(out, "%s%d %s", sep, n, l.Say(s.Text(l.Language), string(s)))
			sep = ", "
		}
	}
	fmt.Fprintln(out)
	say("tentativas %d; %s agora, de %d em algum momento", "attempts   %d; %s now, of %d at some time", f.Attempts,
		l.Count(f.Unknown, "incerta", "incertas", "is unknown", "are unknown"), f.Asked)
	say("eventos    %d sob %s; %d por selar", "events     %d under %s; %d not sealed yet", f.Events, l.Count(f.Seals, "selo", "selos", "seal", "seals"), f.Unsealed)
	for _, what := range r.Unchecked {
		say("não visto  %s", "unchecked  %s", what)
	}
	if len(r.Violations) == 0 {
		say("\nTudo o que foi conferido está certo.", "\nEverything that was checked holds.")
		return
	}
	fmt.Fprintln(out)
	for _, v := range r.Violations {
		say("%s\n    a regra: %s", "%s\n    the rule: %s", v, rule(l, v.Invariant))
	}
	if r.Stopped {
		say("Pode haver mais: a conferência parou aqui (veja --limit).", "There may be more: the check stopped here (see --limit).")
	}
}

// violations counts them in both languages.
func violations(n int) locale.Both {
	return func(l campaign.Language) string {
		return locale.Locale{Language: l}.Count(int64(n), "violação", "violações", "violation", "violations")
	}
}

// rule says in a sentence what an invariant demands.
func rule(l locale.Locale, invariant string) string {
	return l.Say(regras[invariant], audit.Rule(invariant))
}

// regras are the rules of package audit in Portuguese.
var regras = map[string]string{
	"I1":  "no máximo um envio que pode ter saído por pessoa e geração; uma nova geração só por ordem",
	"I2":  "nada de uma campanha é pego enquanto ela não está ativa",
	"I3":  "as contagens são iguais às linhas, e cada pessoa está em exatamente um lugar",
	"I4":  "um telefone está em um só envio por vez, em todas as campanhas e clientes",
	"I5":  "uma campanha ativa é servida pelos seus números, e nada mais é",
	"I6":  "todo envio só pode começar enquanto a campanha está aberta",
	"I7":  "os inícios de um número respeitam seu menor intervalo e seus limites",
	"I8":  "nenhuma linha de um cliente está entre as de outro",
	"I9":  "o histórico está completo, em ordem e como foi selado, e conta o que as linhas contam",
	"I10": "o que foi enviado se apoia em prova, e um registro do gateway numa só tentativa",
	"I11": "o que o gateway executou não está pendente, com falha ou de fora",
	"I12": "uma campanha concluída não tem ninguém pendente ou em envio",
	"I13": "ninguém é pego que se descadastrou ou foi apagado",
	"I14": "estados e instantes combinam, e uma mensagem só avança",
	"I16": "as repetições são contadas e limitadas, e ninguém falha duas vezes",
}

// checkJSON is what campaignd check --json prints.
type checkJSON struct {
	Database   string          `json:"database"`
	Figures    audit.Figures   `json:"figures"`
	Violations []violationJSON `json:"violations"`
	Stopped    bool            `json:"stopped"`
	Unchecked  []string        `json:"unchecked"`
}

type violationJSON struct {
	Invariant string `json:"invariant"`
	Rule      string `json:"rule"`
	Tenant    string `json:"tenant"`
	Campaign  int64  `json:"campaign,omitempty"`
	Position  int64  `json:"position,omitempty"`
	Instance  int64  `json:"instance,omitempty"`
	Attempt   string `json:"attempt,omitempty"`
	Detail    string `json:"detail"`
}

func printJSON(out io.Writer, path string, r audit.Report) error {
	j := checkJSON{Database: path, Figures: r.Figures, Stopped: r.Stopped,
		Violations: []violationJSON{}, Unchecked: append([]string{}, r.Unchecked...)}
	for _, v := range r.Violations {
		x := violationJSON{Invariant: v.Invariant, Rule: audit.Rule(v.Invariant), Tenant: string(v.Tenant), Campaign: int64(v.Campaign),
			Position: v.Position, Instance: int64(v.Instance), Detail: strings.TrimSpace(v.Detail)}
		if !v.Attempt.IsZero() {
			x.Attempt = v.Attempt.String()
		}
		j.Violations = append(j.Violations, x)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(j)
}
