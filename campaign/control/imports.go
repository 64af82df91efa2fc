package control

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/imports"
)

const importsPath = "/api/contacts/imports/"

// Import is a file of contacts and how far it is.
type Import struct {
	ID        string            `json:"id"`
	Status    string            `json:"status" enum:"uploaded,mapped,queued,running,done,failed,cancelled,undoing,undone"`
	File      imports.File      `json:"file"`
	Plan      imports.Plan      `json:"plan"`
	Group     int64             `json:"group_id" doc:"The group that the people are put into; 0 before there is one."`
	Progress  imports.Progress  `json:"progress"`
	Problem   string            `json:"problem" doc:"Why it failed, in words."`
	Reasons   []ImportReason    `json:"reasons" doc:"Why rows were refused, the most frequent first."`
	Undone    *imports.Reversal `json:"undone" doc:"What undoing it has done; null if nobody has."`
	By        string            `json:"by"`
	CreatedAt time.Time         `json:"created_at"`
	StartedAt *time.Time        `json:"started_at"`
	EndedAt   *time.Time        `json:"ended_at"`
	ExpiresAt time.Time         `json:"expires_at" doc:"When what is left of the file is removed."`
	Rev       int64             `json:"rev"`
}

func (v *visit) importView(j imports.Job) Import {
	out := Import{ID: j.ID, Status: string(j.Status), File: j.File, Plan: j.Plan, Group: j.GroupID, Progress: j.Progress, By: j.Author,
		CreatedAt: j.CreatedAt, StartedAt: moment(j.StartedAt), EndedAt: moment(j.EndedAt), ExpiresAt: j.ExpiresAt, Rev: j.Rev}
	out.Undone, out.Reasons = j.Undone, importReasons(j.Progress.ByReason, string(v.language))
	if j.Failure != nil {
		out.Problem = j.Failure.Text(string(v.language))
	}
	return out
}

// ImportPreview is the beginning of a file as it is understood.
type ImportPreview struct {
	Encoding   string           `json:"encoding"`
	Delimiter  string           `json:"delimiter"`
	Header     bool             `json:"header" doc:"Whether a row names the columns."`
	HeaderLine int              `json:"header_line" doc:"The line of that row, from 1; what stands above is passed over. 0 if there is none."`
	Columns    []contact.Column `json:"columns" doc:"What each column was taken for."`
	Sheets     []string         `json:"sheets" doc:"Those of a workbook that have text."`
	Problem    *Fault           `json:"problem" doc:"Why the file cannot be read like this; null if it can."`
	Rows       int              `json:"rows" doc:"How many were looked at, from the first."`
	Accepted   int              `json:"accepted"`
	Refused    int              `json:"refused"`
	ByReason   map[string]int   `json:"refused_by_reason"`
	Reasons    []ImportReason   `json:"reasons" doc:"The same in words, the most frequent first."`
	Hidden     int              `json:"hidden" doc:"Rows that the workbook hides, by a filter for instance, and that are passed over: see hidden_rows."`
	People     []ImportPerson   `json:"people" doc:"The first of those who were accepted."`
	Refusals   []ImportRefusal  `json:"refusals" doc:"The first rows that were refused."`
	AskConsent bool             `json:"ask_consent" doc:"Neither the plan nor a column says where the people's consent comes from."`
}

// ImportReason is a reason for which rows were refused.
type ImportReason struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Rows   int64  `json:"rows"`
}

func importReasons[N int | int64](counts map[contact.Reason]N, lang string) []ImportReason {
	out := []ImportReason{}
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, ImportReason{Code: string(why), Detail: why.Text(lang), Rows: int64(counts[why])})
	}
	slices.SortStableFunc(out, func(a, b ImportReason) int { return cmp.Compare(b.Rows, a.Rows) })
	return out
}

// ImportPerson is a row that was accepted.
type ImportPerson struct {
	Name  string   `json:"name"`
	Phone string   `json:"phone"`
	Email string   `json:"email"`
	Tags  []string `json:"tags"`
}

// ImportRefusal is a row that was refused.
type ImportRefusal struct {
	Line   int    `json:"line"`
	Column string `json:"column"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (v *visit) importPreview(p imports.Preview) ImportPreview {
	lang := string(v.language)
	out := ImportPreview{Encoding: string(p.Layout.Encoding), Delimiter: p.Layout.Delimiter, Header: p.Layout.Header, HeaderLine: p.Layout.HeaderLine, Hidden: p.Hidden, Columns: p.Layout.Columns,
		Sheets: p.Sheets, Rows: p.Rows, Accepted: p.Accepted, Refused: p.Refused, ByReason: map[string]int{},
		People: []ImportPerson{}, Refusals: []ImportRefusal{}, AskConsent: p.AskConsent}
	if p.Fault != nil {
		out.Problem = &Fault{In: "body", Field: strings.Join(p.Fault.Columns, ", "), Code: string(p.Fault.Reason), Detail: p.Fault.Text(lang)}
	}
	out.Reasons = importReasons(p.ByReason, lang)
	for why, n := range p.ByReason {
		out.ByReason[string(why)] = n
	}
	for _, c := range p.People {
		out.People = append(out.People, ImportPerson{Name: c.Name, Phone: string(c.Phone), Email: c.Email, Tags: c.Tags})
	}
	for _, r := range p.Refusals {
		out.Refusals = append(out.Refusals, ImportRefusal{Line: r.Line, Column: r.Column, Code: string(r.Reason), Detail: r.Text(lang)})
	}
	return out
}

// PlanEdit is what a person may write of how a file is read.
type PlanEdit struct {
	Encoding  Maybe[string]            `json:"encoding,omitzero"`
	Delimiter Maybe[string]            `json:"delimiter,omitzero"`
	HeaderRow Maybe[int]               `json:"header_row,omitzero" doc:"The line in which the header stands, from 1; 0 finds it."`
	NoHeader  Maybe[bool]              `json:"no_header,omitzero" doc:"The first row is a contact already."`
	Hidden    Maybe[bool]              `json:"hidden_rows,omitzero" doc:"Read the rows that a workbook hides, too."`
	Columns   Maybe[[]string]          `json:"columns,omitzero" doc:"The names of the columns of a file without a header."`
	Mapping   Maybe[map[string]string] `json:"mapping,omitzero" doc:"What a column holds, by its name; those that are left out are guessed."`
	Region    Maybe[string]            `json:"region,omitzero"`
	Sheet     Maybe[string]            `json:"sheet,omitzero" doc:"The sheet of a workbook."`
	Existing  Maybe[string]            `json:"existing,omitzero" doc:"What becomes of people who are known: update or skip."`
	Group     Maybe[string]            `json:"group,omitzero" doc:"The group that the people become members of; empty is none."`
	Tags      Maybe[[]string]          `json:"tags,omitzero"`
	Consent   Maybe[string]            `json:"consent,omitzero" doc:"Where and when the people agreed to be written to."`
	Basis     Maybe[string]            `json:"legal_basis,omitzero" doc:"On which ground their data is used: consent, legal_obligation, public_policy, research, contract, legal_claim, vital_interest, health, legitimate_interest or credit_protection, or the words for one of them."`
}

func (e PlanEdit) edit(p *imports.Plan) error {
	if e.Encoding.Given {
		p.Encoding = contact.Encoding(e.Encoding.Value)
	}
	if e.Mapping.Given {
		p.Mapping = make(map[string]contact.Field, len(e.Mapping.Value))
		for column, field := range e.Mapping.Value {
			p.Mapping[column] = contact.Field(field)
		}
	}
	if e.Existing.Given {
		p.Existing = imports.Policy(e.Existing.Value)
	}
	if e.Basis.Given {
		p.Basis = contact.ParseBasis(e.Basis.Value)
	}
	e.Delimiter.put(&p.Delimiter)
	e.HeaderRow.put(&p.HeaderRow)
	e.NoHeader.put(&p.NoHeader)
	e.Hidden.put(&p.HiddenRows)
	e.Columns.put(&p.Columns)
	e.Region.put(&p.Region)
	e.Sheet.put(&p.Sheet)
	e.Group.put(&p.Group)
	e.Tags.put(&p.Tags)
	e.Consent.put(&p.Consent)
	return nil
}

// OneImport names an import in the path.
type OneImport struct {
	ID string `path:"id" maxLength:"64"`
}

type uploadInput struct {
	Name string `query:"name" maxLength:"255" doc:"The file's name, where the body is the file itself."`
}

// importing registers a route of imports, for callers who run campaigns: without
// a queue it is answered 501.
func importing[I, O any](a *api, o op, role campaign.Role, h func(context.Context, *imports.Desk, *I) (*O, error)) {
	o.tag = "imports"
	route(a, o, func(ctx context.Context, s *campaign.Service, in *I) (*O, error) {
		if a.Imports == nil {
			return nil, a.lacks(ctx, "imports", "importações")
		}
		if err := s.Caller().May(role); err != nil {
			return nil, err
		}
		out, err := h(ctx, a.Imports.Desk(string(s.Caller().Tenant), s.Caller().Author), in)
		if err != nil {
			return nil, a.importProblem(visitOf(ctx), err)
		}
		return out, nil
	})
}

func (a *api) imported() {
	const run, read = campaign.Operator, campaign.Viewer
	show := func(ctx context.Context, j imports.Job, err error) (*struct{ Body Import }, error) {
		if err != nil {
			return nil, err
		}
		return &struct{ Body Import }{visitOf(ctx).importView(j)}, nil
	}
	importing(a, op{method: http.MethodPost, path: importsPath, id: "uploadImport", status: http.StatusCreated, marks: []string{ownBody}, takes: []string{"application/octet-stream", formType},
		summary: "Hand in a file of contacts, CSV or XLSX: as the body with ?name=, or as the part \"file\" of a form"}, run,
		func(ctx context.Context, d *imports.Desk, in *uploadInput) (*struct{ Body Import }, error) {
			name, file, err := a.upload(ctx, in.Name)
			if err != nil {
				return nil, err
			}
			j, err := d.Upload(ctx, name, file)
			return show(ctx, j, err)
		})
	importing(a, op{method: http.MethodGet, path: importsPath, id: "listImports", summary: "List imports"}, read,
		func(ctx context.Context, d *imports.Desk, in *struct{ ByNumber }) (*pageOf[Import], error) {
			all, err := d.List(ctx, "", 1000)
			if err != nil {
				return nil, err
			}
			out := make([]Import, len(all))
			for i, j := range all {
				out[len(all)-1-i] = visitOf(ctx).importView(j)
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	importing(a, op{method: http.MethodGet, path: importsPath + "{id}/", id: "getImport", summary: "How far an import is"}, read,
		func(ctx context.Context, d *imports.Desk, in *OneImport) (*struct{ Body Import }, error) {
			j, err := d.Get(ctx, in.ID)
			return show(ctx, j, err)
		})
	importing(a, op{method: http.MethodPatch, path: importsPath + "{id}/", id: "mapImport", summary: "Say how the file is read and what is done with it"}, run,
		func(ctx context.Context, d *imports.Desk, in *struct {
			OneImport
			Body PlanEdit
		}) (*struct{ Body Import }, error) {
			j, err := d.Map(ctx, in.ID, 0, in.Body.edit)
			return show(ctx, j, err)
		})
	importing(a, op{method: http.MethodPost, path: importsPath + "{id}/preview/", id: "previewImport", summary: "The beginning of the file, as the plan or a changed one reads it; nothing is stored"}, read,
		func(ctx context.Context, d *imports.Desk, in *struct {
			OneImport
			Body *PlanEdit
		}) (*struct{ Body ImportPreview }, error) {
			var edit func(*imports.Plan) error
			if in.Body != nil {
				edit = in.Body.edit
			}
			p, err := d.Preview(ctx, in.ID, edit)
			if err != nil {
				return nil, err
			}
			return &struct{ Body ImportPreview }{visitOf(ctx).importPreview(p)}, nil
		})
	for _, c := range []struct {
		name, summary string
		f             func(*imports.Desk, context.Context, string) (imports.Job, error)
	}{
		{"start", "Begin; the progress shows in the import", (*imports.Desk).Start},
		{"cancel", "Stop; who is in the address book by then stays there", (*imports.Desk).Cancel},
		{"undo", "Remove the people whom an import has added and nobody has changed since; the progress shows in the import", (*imports.Desk).Undo},
	} {
		importing(a, op{method: http.MethodPost, path: importsPath + "{id}/" + c.name + "/", id: c.name + "Import", summary: c.summary}, run,
			func(ctx context.Context, d *imports.Desk, in *OneImport) (*struct{ Body Import }, error) {
				j, err := c.f(d, ctx, in.ID)
				return show(ctx, j, err)
			})
	}
	importing(a, op{method: http.MethodDelete, path: importsPath + "{id}/", id: "deleteImport", status: http.StatusNoContent, summary: "Forget an import that is not at work; its people stay"}, run,
		func(ctx context.Context, d *imports.Desk, in *OneImport) (*struct{}, error) {
			return nil, d.Delete(ctx, in.ID)
		})
	importing(a, op{method: http.MethodGet, path: importsPath + "{id}/refused/", id: "refusedImport", marks: []string{stream}, answers: []string{"text/csv"},
		summary: "The refused rows as a CSV file, each with its reason: to mend and hand in again"}, read, a.refusedRows)
}

func (a *api) refusedRows(ctx context.Context, d *imports.Desk, in *OneImport) (*streamed, error) {
	rows, err := d.Refused(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &streamed{Body: func(huma.Context) {
		v := visitOf(ctx)
		v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		v.w.Header().Set("Content-Disposition", `attachment; filename="refused.csv"`)
		v.w.WriteHeader(http.StatusOK)
		if rows == nil {
			return
		}
		defer rows.Close()
		if _, err := io.Copy(&patient{ctx, v.w, http.NewResponseController(v.w), a.Limits.WriteTime}, rows); err != nil {
			panic(http.ErrAbortHandler) // half a file must not pass for a whole one
		}
	}}, nil
}

// upload finds the file in a request. It may come slowly, as long as it comes.
func (a *api) upload(ctx context.Context, name string) (string, io.Reader, error) {
	v := visitOf(ctx)
	c := http.NewResponseController(v.w)
	body := &steady{ctx: ctx, r: v.r.Body, c: c, wait: a.Limits.BodyTime}
	kind, params, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || kind != formType {
		if name == "" {
			return "", nil, a.invalid(v, fault(v, "query", "name", campaign.Because(campaign.CodeMissing)))
		}
		return name, body, nil
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return "", nil, a.invalid(v, fault(v, "body", "file", campaign.Because(campaign.CodeMissing)))
		}
		if p.FormName() == "file" {
			if name == "" {
				name = p.FileName()
			}
			return name, p, nil
		}
	}
}

// steady gives the client a while for each piece of a body, and no longer, while
// ctx lasts.
type steady struct {
	ctx  context.Context
	r    io.Reader
	c    *http.ResponseController
	wait time.Duration
}

// Read implements io.Reader.
func (s *steady) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	_ = s.c.SetReadDeadline(soon(s.wait))
	n, err := s.r.Read(b)
	_ = s.c.SetReadDeadline(time.Time{})
	return n, err
}

// importProblem words an error of imports.
func (a *api) importProblem(v *visit, err error) error {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	for _, known := range []struct {
		err    error
		status int
		code   campaign.Code
	}{
		{imports.ErrNotFound, http.StatusNotFound, codeNotFound},
		{imports.ErrStale, http.StatusPreconditionFailed, codeStale},
		{imports.ErrState, http.StatusConflict, codeConflict},
		{imports.ErrElsewhere, http.StatusConflict, codeElsewhere},
		{imports.ErrGone, http.StatusGone, codeGone},
		{imports.ErrTooLarge, http.StatusRequestEntityTooLarge, codeBodyLarge},
		{imports.ErrConsent, http.StatusUnprocessableEntity, codeAskConsent},
	} {
		if errors.Is(err, known.err) {
			return a.problem(v, known.status, known.code)
		}
	}
	if errors.Is(err, imports.ErrEmpty) {
		return a.invalid(v, Fault{In: "body", Code: string(contact.ReasonFileEmpty), Detail: contact.ReasonFileEmpty.Text(string(v.language))})
	}
	if faults := faultsOf(v, err); len(faults) > 0 {
		return a.invalid(v, faults...)
	}
	if errors.Is(err, imports.ErrInvalid) {
		return a.invalid(v, Fault{In: "body", Code: string(codeInvalid), Detail: err.Error()})
	}
	return err
}
