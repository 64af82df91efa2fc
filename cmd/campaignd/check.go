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
		return fmt.Errorf("--limit is %d: name at least one", c.Limit)
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
		return fmt.Errorf("the check could not be finished: %w", err)
	}
	if c.JSON {
		err = printJSON(w.stdout, path, report)
	} else {
		printReport(w.stdout, path, report, time.Since(began))
	}
	if err == nil && len(report.Violations) > 0 {
		err = fmt.Errorf("%s in %s", counted(int64(len(report.Violations)), "violation"), path)
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

func printReport(out io.Writer, path string, r audit.Report, took time.Duration) {
	f := r.Figures
	fmt.Fprintf(out, "database   %s\n", path)
	fmt.Fprintf(out, "read       %s, %s, %s in %v\n", counted(int64(f.Tenants), "tenant"), counted(int64(f.Campaigns), "campaign"),
		counted(int64(f.Instances), "instance"), took.Round(time.Millisecond))
	fmt.Fprintf(out, "people     %d", f.Recipients)
	sep := ": "
	for _, s := range campaign.States() {
		if n := f.States[s]; n > 0 {
			fmt.Fprintf(out, "%s%d %s", sep, n, s)
			sep = ", "
		}
	}
	fmt.Fprintf(out, "\nattempts   %d; %s unknown now, of %d at some time\n", f.Attempts, plural(f.Unknown, "is", "are"), f.Asked)
	fmt.Fprintf(out, "events     %d under %s; %d not sealed yet\n", f.Events, counted(f.Seals, "seal"), f.Unsealed)
	for _, what := range r.Unchecked {
		fmt.Fprintf(out, "unchecked  %s\n", what)
	}
	if len(r.Violations) == 0 {
		fmt.Fprintf(out, "\nEverything that was checked holds.\n")
		return
	}
	fmt.Fprintln(out)
	for _, v := range r.Violations {
		fmt.Fprintf(out, "%s\n    the rule: %s\n", v, audit.Rule(v.Invariant))
	}
	if r.Stopped {
		fmt.Fprintln(out, "There may be more: the check stopped here (see --limit).")
	}
}

// counted is a number with its noun.
func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// plural is a number with the verb that it takes.
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
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
