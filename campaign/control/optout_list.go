package control

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

const optOutsPath = "/api/contacts/opt_outs/"

// OptOut is somebody who gets no messages.
type OptOut struct {
	Phone     string     `json:"phone" doc:"Empty where no contact has it: only a key of the phone is kept. Always empty at the level law: the person was erased."`
	ContactID *int64     `json:"contact_id"`
	Level     string     `json:"level" enum:"keyword,operator,law"`
	Since     time.Time  `json:"since" doc:"From when on the person got nothing."`
	Author    string     `json:"author" doc:"Who recorded it; contact is the person."`
	Reason    *Reason    `json:"reason" doc:"On what it rests: the word and the message, or an operator's evidence. Null at the level law, and where an early version recorded it."`
	ToldAt    *time.Time `json:"told_at" doc:"When the reason was recorded: later than since where a stronger word came after a weaker one."`
	Key       string     `json:"key" doc:"Tells opt-outs apart; it is not the phone."`
}

func (v *visit) optOut(o campaign.OptOut) OptOut {
	out := OptOut{Phone: string(o.Contact.Phone), Level: o.Level.String(), Since: o.At.UTC(), Author: o.Author, Reason: v.reason(o.Why, defaultZone),
		ToldAt: moment(o.Told), Key: hex.EncodeToString(o.Key[:])}
	if o.Contact.ID != 0 {
		out.ContactID = &o.Contact.ID
	}
	return out
}

type listOptOutsInput struct {
	Cursor   string `query:"cursor" maxLength:"100" doc:"Where to go on, from the next of the page before."`
	PageSize int    `query:"page_size" minimum:"1" doc:"Rows on a page. What is above the server's limit means the limit."`
}

type exportOptOutsInput struct {
	Format string `query:"format" enum:"csv,ndjson" default:"csv"`
}

func (a *api) optOutList() {
	route(a, op{method: http.MethodGet, path: optOutsPath, id: "listOptOuts", tag: "contacts",
		summary: "Who gets no messages, the newest first: on whose word, since when, on what evidence"}, a.listOptOuts)
	route(a, op{method: http.MethodGet, path: optOutsPath + "export/", id: "exportOptOuts", tag: "contacts", marks: []string{stream},
		answers: []string{"text/csv", "application/x-ndjson"},
		summary: "The whole list of who gets no messages, as a file. CSV is for spreadsheets: ; between cells, and no cell is a formula"},
		a.exportOptOuts)
}

func (a *api) listOptOuts(ctx context.Context, s *campaign.Service, in *listOptOutsInput) (*pageOf[OptOut], error) {
	q := campaign.OptOutQuery{Limit: a.size(in.PageSize) + 1}
	if in.Cursor != "" {
		at, key, _ := strings.Cut(in.Cursor, ".")
		micros, err := strconv.ParseInt(at, 10, 64)
		raw, err2 := hex.DecodeString(key)
		if err != nil || err2 != nil || len(raw) != len(q.Key) {
			return nil, campaign.Invalid{{Field: "cursor", Why: campaign.Because(campaign.CodeMissing)}}
		}
		q.Before, q.Key = time.UnixMicro(micros), campaign.SuppressionKey(raw)
	}
	all, err := s.OptOuts(ctx, q)
	if err != nil {
		return nil, err
	}
	v, p := visitOf(ctx), Page[OptOut]{}
	for i, o := range all {
		if i == a.size(in.PageSize) {
			last := all[i-1]
			p.Next = a.link(ctx, "cursor", strconv.FormatInt(last.At.UnixMicro(), 10)+"."+hex.EncodeToString(last.Key[:]))
			break
		}
		p.Results = append(p.Results, v.optOut(o))
	}
	if p.Next == nil && in.Cursor == "" {
		n := int64(len(all))
		p.Count = &n
	}
	return page(p), nil
}

func (a *api) exportOptOuts(ctx context.Context, s *campaign.Service, in *exportOptOutsInput) (*streamed, error) {
	if err := s.Caller().May(campaign.Viewer); err != nil {
		return nil, err
	}
	return &streamed{Body: func(huma.Context) {
		v := visitOf(ctx)
		h := v.w.Header()
		h.Set("Content-Disposition", `attachment; filename="optouts.`+in.Format+`"`)
		out := bufio.NewWriterSize(&patient{ctx, v.w, http.NewResponseController(v.w), a.Limits.WriteTime}, 32<<10)
		var row func(OptOut) error
		if in.Format == "ndjson" {
			h.Set("Content-Type", "application/x-ndjson")
			row = func(o OptOut) error { return json.NewEncoder(out).Encode(o) }
		} else {
			h.Set("Content-Type", "text/csv; charset=utf-8")
			row = optOutCSV(out, v.language)
		}
		for o, err := range s.AllOptOuts(ctx) {
			if err == nil {
				err = row(v.optOut(o))
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

// optOutCSV writes the header at once, and returns what writes a row.
func optOutCSV(w io.Writer, l campaign.Language) func(OptOut) error {
	_, _ = io.WriteString(w, "\ufeff") // how spreadsheets know UTF-8
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	_ = out.Write([]string{"phone", "contact_id", "level", "since", "author", "reason", "told_at", "key"})
	out.Flush()
	layout := "2006-01-02 15:04:05"
	if l == campaign.Portuguese {
		layout = "02/01/2006 15:04:05"
	}
	return func(o OptOut) error {
		var id, reason, told string
		if o.ContactID != nil {
			id = itoa(*o.ContactID)
		}
		if o.Reason != nil {
			reason = o.Reason.Text
		}
		if o.ToldAt != nil {
			told = o.ToldAt.In(defaultZone).Format(layout)
		}
		cells := []string{o.Phone, id, o.Level, o.Since.In(defaultZone).Format(layout), o.Author, reason, told, o.Key}
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
