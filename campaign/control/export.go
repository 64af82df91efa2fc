package control

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

type exportInput struct {
	OneCampaign
	Format string   `query:"format" enum:"csv,ndjson" default:"csv"`
	Status []string `query:"status" enum:"pending,sending,unknown,sent,delivered,read,failed,skipped,cancelled" doc:"One or several, with commas; all without."`
}

func (a *api) export() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/export/", id: "exportCampaign", tag: "campaigns", marks: []string{stream},
		answers: []string{"text/csv", "application/x-ndjson"},
		summary: "The people of a campaign with what became of them, as a file. CSV is for spreadsheets: ; between cells, and no cell is a formula"},
		a.exportPeople)
}

func (a *api) exportPeople(ctx context.Context, s *campaign.Service, in *exportInput) (*streamed, error) {
	c, err := s.Campaign(ctx, campaign.ID(in.ID))
	if err != nil {
		return nil, err
	}
	var states []campaign.State
	for _, st := range in.Status {
		states = append(states, campaign.State(st))
	}
	return &streamed{Body: func(huma.Context) {
		v, loc := visitOf(ctx), zoneOf(c.Schedule)
		h := v.w.Header()
		h.Set("Content-Disposition", `attachment; filename="campaign-`+itoa(in.ID)+`.`+in.Format+`"`)
		out := bufio.NewWriterSize(&patient{ctx, v.w, http.NewResponseController(v.w), a.Limits.WriteTime}, 32<<10)
		var rows func(Recipient) error
		if in.Format == "ndjson" {
			h.Set("Content-Type", "application/x-ndjson")
			enc := json.NewEncoder(out)
			rows = func(r Recipient) error { return enc.Encode(r) }
		} else {
			h.Set("Content-Type", "text/csv; charset=utf-8")
			rows = writeCSV(out, v.language, loc)
		}
		for r, err := range s.Audience(ctx, c.ID, states...) {
			if err == nil {
				err = rows(v.recipient(r, loc))
			}
			if err != nil {
				// Half a file must not pass for a whole one: the connection breaks.
				a.Logger.Error("export broke off", "request", v.id, "error", err.Error())
				panic(http.ErrAbortHandler)
			}
		}
		if out.Flush() != nil {
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// patient gives the client a while for each piece, and no longer, while ctx lasts.
type patient struct {
	ctx  context.Context
	w    io.Writer
	c    *http.ResponseController
	wait time.Duration
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	_ = p.c.SetWriteDeadline(soon(p.wait))
	return p.w.Write(b)
}

var csvHeader = []string{"id", "contact_id", "name", "phone", "status", "responded", "sent_at", "delivered_at", "read_at", "responded_at",
	"error_code", "error_message", "retry_count", "message", "instance", "provider_id"}

// writeCSV writes the header at once, and returns what writes a row. Times are
// by the campaign's clock.
func writeCSV(w io.Writer, l campaign.Language, loc *time.Location) func(Recipient) error {
	_, _ = io.WriteString(w, "\ufeff") // how spreadsheets know UTF-8
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	_ = out.Write(csvHeader)
	out.Flush()
	when := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		if l == campaign.Portuguese {
			return t.In(loc).Format("02/01/2006 15:04:05")
		}
		return t.In(loc).Format("2006-01-02 15:04:05")
	}
	return func(r Recipient) error {
		cells := []string{itoa(r.ID), itoa(r.ContactID), r.Name, r.Phone, r.Status, strconv.FormatBool(r.Responded), when(r.SentAt),
			when(r.DeliveredAt), when(r.ReadAt), when(r.RespondedAt), r.ErrorCode, r.ErrorMessage, strconv.Itoa(r.RetryCount),
			strconv.Itoa(r.Message), itoa(r.Instance), r.ProviderID}
		for i := range cells {
			cells[i] = inert(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}

// inert keeps a spreadsheet from taking a cell for a formula: one that begins
// as a formula does gets an apostrophe, which spreadsheets hide. Blanks before
// it do not help.
func inert(cell string) string {
	t := strings.TrimLeft(cell, " \u00a0\ufeff")
	if t != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(t)[0]) {
		return "'" + cell
	}
	return cell
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
