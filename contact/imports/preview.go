package imports

import (
	"context"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/contact"
)

// Preview is the beginning of a file under a plan.
type Preview struct {
	// Layout is how the file is understood: encoding, delimiter, columns.
	Layout contact.Layout `json:"layout"`
	// Sheets are those of a workbook that have text.
	Sheets []string `json:"sheets,omitempty"`
	// Fault says why the file cannot be read under the plan; its columns are
	// those that were seen, to map them.
	Fault *Failure `json:"fault,omitempty"`
	// Rows have been looked at: the first 1000, of which Accepted are people
	// and Refused are not, by reason.
	Rows     int                    `json:"rows"`
	Accepted int                    `json:"accepted"`
	Refused  int                    `json:"refused"`
	ByReason map[contact.Reason]int `json:"refused_by_reason,omitempty"`
	// Hidden rows of a workbook were passed over.
	Hidden int `json:"hidden"`
	// People and Refusals are the first 20 of each.
	People   []contact.Contact `json:"people"`
	Refusals []contact.Refusal `json:"refusals"`
	// AskConsent tells that neither the plan nor a column says where the
	// people's consent comes from.
	AskConsent bool `json:"ask_consent"`
}

const (
	previewRows = 1000
	previewMost = 20
)

// Preview reads the beginning of a job's file under its plan, or under what
// edit makes of the plan, which is not stored. It is for a job that has not
// been started.
func (d *Desk) Preview(ctx context.Context, id string, edit func(*Plan) error) (Preview, error) {
	j, err := d.q.load(ctx, d.tenant, id)
	switch {
	case err != nil:
		return Preview{}, err
	case j.Status != Uploaded && j.Status != Mapped:
		return Preview{}, fmt.Errorf("%w: the job is %s", ErrState, j.Status)
	}
	if edit != nil {
		if err := edit(&j.Plan); err != nil {
			return Preview{}, err
		}
		if err := j.Plan.validate(); err != nil {
			return Preview{}, err
		}
	}
	o := j.Plan.options()
	o.KeepRefused, o.MaxRows = previewMost, previewRows
	var p Preview
	s, err := d.q.open(&j, o)
	if err == nil {
		defer s.Close()
		p.Sheets = s.sheets
		err = p.fill(ctx, s, j.Plan)
	}
	var fe *contact.FileError
	if errors.As(err, &fe) {
		p.Fault = failure(fe)
		if fe.Reason == contact.ReasonSheets {
			p.Sheets = fe.Columns
		}
		return p, nil
	}
	return p, err
}

func (p *Preview) fill(ctx context.Context, s *source, plan Plan) error {
	if _, err := s.Layout(); err != nil {
		return err
	}
	for c, err := range s.All() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if len(p.People) < previewMost {
			p.People = append(p.People, c.Clone())
		}
	}
	r := s.Report()
	p.Layout, p.Rows, p.Accepted, p.Refused, p.ByReason, p.Refusals = r.Layout, r.Rows, r.Accepted, r.Refused, r.ByReason, r.Refusals
	p.Hidden = r.Hidden
	p.AskConsent = plan.Consent == "" && (plan.Basis == "" || plan.Basis == contact.BasisConsent)
	for _, c := range r.Layout.Columns {
		p.AskConsent = p.AskConsent && c.Field != contact.FieldConsent
	}
	return nil
}

func failure(fe *contact.FileError) *Failure { return &Failure{Reason: fe.Reason, Columns: fe.Columns} }
