package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/hook"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/alreasense/campaigns/contact/imports"
)

// Powers are what others provide. Each may be nil: its routes stay in the
// document and answer 501, saying what this installation lacks.
type Powers struct {
	// Documents keep the answers of requests with an Idempotency-Key. Without
	// them such a request is refused, so that nobody relies on what is not there.
	Documents document.Store
	// Vault seals the answers that Documents keep. Without it they are kept as
	// they are, and of one that holds a secret only that it was given: its repeat
	// is refused. Processes on one store need the same.
	Vault *vault.Box
	// Accounts know who may log in; see the function Accounts.
	Accounts *account.Accounts
	// Imports work files of contacts off.
	Imports *imports.Queue
	// Gateways keep the settings of gateways.
	Gateways Gateways
	// Connections speak to gateways about numbers.
	Connections Connections
	// OptOuts keep the words that people leave with, and the messages that may have
	// meant it.
	OptOuts *optout.Book
	// Webhooks tell the tenants' own systems what happens.
	Webhooks *hook.Hooks
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
