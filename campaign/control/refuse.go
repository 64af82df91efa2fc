package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// refuse turns an error of the front door into a problem. What it does not
// know is a fault of ours: it is logged and not shown.
func (a *api) refuse(ctx context.Context, err error) *Problem {
	v := visitOf(ctx)
	var (
		ready     *Problem
		obstacles *campaign.Obstacles
		busy      *campaign.BusyError
		step      *campaign.TransitionError
		conflict  *campaign.ConflictError
		dupe      *contact.DuplicateError
		gateway   *GatewayError
	)
	if p := a.accountProblem(v, err); p != nil {
		return p
	}
	switch {
	case errors.As(err, &ready):
		return ready
	case errors.As(err, &obstacles):
		return a.obstacles(v, obstacles)
	case errors.As(err, &busy):
		return a.problem(v, http.StatusConflict, campaign.CodeInstanceBusy, "instance", fmt.Sprint(busy.Instance), "campaign", busy.Campaign.String())
	case errors.As(err, &step):
		p := a.problem(v, http.StatusConflict, codeStatus, "command", string(step.Command), "status", string(step.From))
		p.Detail = step.Text(v.language)
		return p
	case errors.As(err, &conflict):
		return a.reasoned(v, http.StatusConflict, conflict.Why)
	case errors.As(err, &dupe):
		return a.problem(v, http.StatusConflict, codeDuplicate, "field", dupe.Field, "id", fmt.Sprint(dupe.ID))
	case errors.As(err, &gateway):
		a.Logger.Warn("a gateway did not do what was asked", "request", v.id, "error", err.Error())
		return a.reasoned(v, http.StatusBadGateway, gateway.Why)
	case errors.Is(err, campaign.ErrForbidden):
		return a.problem(v, http.StatusForbidden, codeForbidden)
	case errors.Is(err, ErrNoCaller):
		p := a.problem(v, http.StatusUnauthorized, codeNoCaller)
		p.headers = http.Header{"Www-Authenticate": {a.Challenge}}
		return p
	case errors.Is(err, campaign.ErrNotFound), errors.Is(err, contact.ErrNotFound):
		return a.problem(v, http.StatusNotFound, codeNotFound)
	case errors.Is(err, campaign.ErrStale):
		return a.problem(v, http.StatusPreconditionFailed, codeStale)
	case errors.Is(err, campaign.ErrConflict):
		return a.problem(v, http.StatusConflict, codeConflict)
	}
	if faults := faultsOf(v, err); len(faults) > 0 {
		return a.invalid(v, faults...)
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return a.problem(v, http.StatusServiceUnavailable, codeUnavailable) // nobody reads it
	}
	a.Logger.Error("request failed", "request", v.id, "error", err.Error())
	if errors.Is(err, campaign.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		p := a.problem(v, http.StatusServiceUnavailable, codeUnavailable)
		p.headers = http.Header{"Retry-After": {"5"}}
		return p
	}
	return a.problem(v, http.StatusInternalServerError, codeInternal)
}

// invalid is a request with faults.
func (a *api) invalid(v *visit, faults ...Fault) *Problem {
	p := a.problem(v, http.StatusUnprocessableEntity, codeInvalid)
	p.Errors = faults
	return p
}

// obstacles are a conflict when only numbers stand in the way, which others
// hold; all else is for the caller to put right.
func (a *api) obstacles(v *visit, o *campaign.Obstacles) *Problem {
	status := http.StatusConflict
	for _, x := range o.All {
		if x.Why.Code != campaign.CodeInstanceBusy && x.Why.Code != campaign.CodeDisconnected {
			status = http.StatusUnprocessableEntity
		}
	}
	p := a.problem(v, status, codeObstacles)
	p.Errors = v.faults(o.All)
	return p
}

// faults are obstacles as the caller reads them.
func (v *visit) faults(all []campaign.Obstacle) []Fault {
	out := make([]Fault, len(all))
	for i, x := range all {
		out[i] = fault(v, "", apiField(x.Field), x.Why)
	}
	return out
}

// faultsOf finds every refused field in an error.
func faultsOf(v *visit, err error) (all []Fault) {
	switch e := err.(type) {
	case nil:
	case campaign.Invalid:
		for _, f := range e {
			all = append(all, fault(v, "body", apiField(f.Field), f.Why))
		}
	case *campaign.FieldError:
		all = append(all, fault(v, "body", apiField(e.Field), e.Why))
	case *contact.FieldError:
		all = append(all, contactFault(v, e.Field, e.Reason))
	case *contact.PhoneError:
		all = append(all, contactFault(v, "phone", e.Reason))
	case schedule.FieldErrors:
		for _, f := range e {
			all = append(all, fault(v, "body", "schedule."+f.Field, campaign.Because(campaign.CodeBadSchedule, "problem", f.Problem, "code", string(f.Code))))
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, faultsOf(v, inner)...)
		}
	case interface{ Unwrap() error }:
		return faultsOf(v, e.Unwrap())
	}
	return all
}

func contactFault(v *visit, field string, why contact.Reason) Fault {
	return Fault{Field: field, In: "body", Code: string(why), Detail: why.Text(string(v.language))}
}

// apiField spells the path of a field as the API does.
func apiField(path string) string {
	if head, ok := strings.CutSuffix(path, "].text"); ok {
		return head + "].message_text"
	}
	if s, ok := map[string]string{
		"pace.min_gap": "pace.delay_min_seconds", "pace.max_gap": "pace.delay_max_seconds", "pace.pause_for": "pace.pause_seconds",
	}[path]; ok {
		return s
	}
	return path
}

// renamed gives the refused fields of an error other names.
func renamed(err error, names map[string]string) error {
	var bad campaign.Invalid
	if !errors.As(err, &bad) {
		return err
	}
	out := make(campaign.Invalid, len(bad))
	for i, f := range bad {
		name := apiField(f.Field)
		if to, ok := names[name]; ok {
			name = to
		}
		out[i] = &campaign.FieldError{Field: name, Why: f.Why}
	}
	return out
}
