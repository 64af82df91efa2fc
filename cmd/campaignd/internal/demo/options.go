package demo

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// Options say what to play. The zero value, with Out, is the shipped demo.
type Options struct {
	// Contacts is a CSV file; "-" is In. Defaults to the shipped sample.
	Contacts string
	// Messages are 1 to 5 texts. Default to three that suit the sample, or to
	// one that suits any list of names.
	Messages []string
	// Schedule is a text for schedule.Parse. Defaults to "immediate", and to
	// "business days" under Forward.
	Schedule string
	// MinGap and MaxGap bound the rest of a number between two messages. Nil
	// means 300 and 600 ms, and 20 and 50 s under Forward.
	MinGap, MaxGap *time.Duration
	// Numbers is how many numbers send, 1 to 50. Defaults to 3.
	Numbers int
	// Dir keeps the run. Defaults to a new directory among the system's
	// temporary ones.
	Dir string
	// From is the first instant of Forward, as "2006-01-02" or
	// "2006-01-02 15:04" by the clock of the schedule's zone. Defaults to the
	// Friday before Carnival 2026, 14:00.
	From string

	// Locale is the language of the report and of errors. Defaults to English.
	Locale locale.Locale
	// In is read if Contacts says so.
	In io.Reader
	// Out gets the report.
	Out io.Writer
	// Width is the number of columns of the terminal that Out is; 0 when it is
	// none: then progress comes as plain lines.
	Width int
	// Logger gets the engine's logs. Defaults to none.
	Logger *slog.Logger
	// Now reads the clock of Live. Required there.
	Now func() time.Time
}

// Errors of this package, wrapped; test them with errors.Is.
var (
	// ErrProof: the gateway's ledger and the audience disagree.
	ErrProof = locale.Errorf("a prova falhou", "the proof failed")
	// ErrStopped: the run was interrupted before its end.
	ErrStopped = locale.Errorf("interrompida", "stopped")
)

// pace is the rest of a number, given the defaults of the kind of run. Of two
// bounds the one that was not asked for gives way.
func (o *Options) pace(lo, hi time.Duration) campaign.Pace {
	switch {
	case o.MinGap != nil && o.MaxGap != nil:
		lo, hi = *o.MinGap, *o.MaxGap
	case o.MinGap != nil:
		lo, hi = *o.MinGap, max(hi, *o.MinGap)
	case o.MaxGap != nil:
		lo, hi = min(lo, *o.MaxGap), *o.MaxGap
	}
	return campaign.Pace{MinGap: lo, MaxGap: hi, NoGap: lo == 0 && hi == 0}
}

func (o *Options) numbers() ([]string, error) {
	n := o.Numbers
	if n == 0 {
		n = 3
	}
	if n < 1 || n > 50 {
		return nil, locale.Errorf("--numbers é %d: escolha de 1 a 50", "--numbers is %d: choose from 1 to 50", n)
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("vendas-%d", i+1)
	}
	return names, nil
}
