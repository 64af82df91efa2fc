package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Powers are what others provide. Each may be nil: its routes stay in the
// document and answer 501, saying what this installation lacks.
type Powers struct {
	// Documents keep the answers of requests with an Idempotency-Key. Without
	// them such a request is refused, so that nobody relies on what is not there.
	Documents document.Store
	// Login checks an e-mail and a password.
	Login Login
	// Gateways keep the settings of gateways.
	Gateways Gateways
	// Connections speak to gateways about numbers.
	Connections Connections
}

// Login checks who somebody says to be.
type Login interface {
	// Login returns two tokens, for requests and for getting new ones. What is
	// not right is ErrNoCaller, wrapped or not, whatever it is that is not right.
	Login(ctx context.Context, email, password string) (access, refresh string, err error)
}

// lacks is the answer of a route whose part this installation does not have.
func (a *api) lacks(ctx context.Context, en, pt string) *Problem {
	v := visitOf(ctx)
	part := pt
	if v.language == campaign.English {
		part = en
	}
	return a.problem(v, http.StatusNotImplemented, codeMissingPart, "part", part)
}
