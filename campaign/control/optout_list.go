package control

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
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
			return nil, campaign.Invalid{{Field: "cursor", Why: campaign.Because(codeUnreadable)}}
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
	return file[campaign.OptOut]{
		name: "optouts", format: in.Format, rows: s.AllOptOuts(ctx),
		plain: func(v *visit, o campaign.OptOut) any { return v.optOut(o) },
		cells: func(v *visit) ([]string, func(campaign.OptOut) []string) {
			return []string{"phone", "contact_id", "level", "since", "author", "reason", "told_at", "key"}, v.optOutCells
		},
	}.serve(ctx, a), nil
}

// optOutCells are those of a spreadsheet.
func (v *visit) optOutCells(of campaign.OptOut) []string {
	layout := "2006-01-02 15:04:05"
	if v.language == campaign.Portuguese {
		layout = "02/01/2006 15:04:05"
	}
	o := v.optOut(of)
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
	return []string{o.Phone, id, o.Level, o.Since.In(defaultZone).Format(layout), o.Author, reason, told, o.Key}
}
