package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Operations tell whether anything is sent at all.
type Operations struct {
	Stopped bool       `json:"stopped" doc:"Everything is stopped, in every process on the database and over restarts: nothing of any campaign starts until it is let go on."`
	Reason  string     `json:"reason" doc:"Why it was stopped."`
	Since   *time.Time `json:"since" doc:"Since when; null while nothing is stopped."`
	By      string     `json:"by" doc:"Who has stopped it."`
}

// StoppedAll is the answer of a stop: nothing starts any more, and these sends
// had begun.
type StoppedAll struct {
	Operations
	InFlight []StoppedFlight `json:"in_flight" doc:"Sends that had begun before; their outcome is still to come."`
}

// StoppedFlight is a send under way.
type StoppedFlight struct {
	Campaign int64     `json:"campaign"`
	Position int64     `json:"position"`
	Instance int64     `json:"instance"`
	TakenAt  time.Time `json:"taken_at"`
}

type stopInput struct {
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the log."`
	}
}

// forHost refuses whoever is not the operator of the installation: what is
// done to the process is done to every tenant.
func forHost(s *campaign.Service) error {
	return s.Caller().May(campaign.Host)
}

func (a *api) operations() {
	const path = "/api/operations/"
	tag := "operations"
	state := func(ctx context.Context) (Operations, error) {
		h, on, err := a.engine.StoppedAll(ctx)
		if err != nil || !on {
			return Operations{}, err
		}
		return Operations{Stopped: true, Reason: h.Reason, Since: &h.Since, By: h.By}, nil
	}
	route(a, op{method: http.MethodGet, path: path, id: "getOperations", tag: tag, summary: "Whether everything is stopped; for the operator of the installation"},
		func(ctx context.Context, s *campaign.Service, _ *struct{}) (*struct{ Body Operations }, error) {
			if err := forHost(s); err != nil {
				return nil, err
			}
			now, err := state(ctx)
			return &struct{ Body Operations }{now}, err
		})
	route(a, op{method: http.MethodPost, path: path + "stop_all/", id: "stopAll", tag: tag,
		summary: "Stop everything, in every process on the database and over restarts: when the answer is there, nothing starts any more; for the operator of the installation"},
		func(ctx context.Context, s *campaign.Service, in *stopInput) (*struct{ Body StoppedAll }, error) {
			if err := forHost(s); err != nil {
				return nil, err
			}
			reason := ""
			if in.Body != nil {
				reason = in.Body.Reason
			}
			stopped, err := a.engine.StopAll(ctx, s.Caller().Author, reason)
			if err != nil {
				return nil, err
			}
			now, err := state(ctx)
			if err != nil {
				return nil, err
			}
			out := StoppedAll{Operations: now, InFlight: []StoppedFlight{}}
			for _, f := range stopped.InFlight {
				out.InFlight = append(out.InFlight, StoppedFlight{Campaign: int64(f.Recipient.Campaign), Position: f.Recipient.Position, Instance: int64(f.Instance), TakenAt: f.TakenAt})
			}
			return &struct{ Body StoppedAll }{out}, nil
		})
	route(a, op{method: http.MethodPost, path: path + "resume_all/", id: "resumeAll", tag: tag,
		summary: "Let everything go on, in every process on the database; for the operator of the installation"},
		func(ctx context.Context, s *campaign.Service, _ *struct{}) (*struct{ Body Operations }, error) {
			if err := forHost(s); err != nil {
				return nil, err
			}
			if err := a.engine.ResumeAll(ctx, s.Caller().Author); err != nil {
				return nil, err
			}
			now, err := state(ctx)
			return &struct{ Body Operations }{now}, err
		})
}
