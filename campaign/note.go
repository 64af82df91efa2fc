package campaign

import (
	"context"
	"fmt"
)

// notable are the events that do not come from the engine's own transactions.
var notable = map[EventType]bool{
	EventTenantAdded: true, EventTenantEdited: true,
	EventUserInvited: true, EventUserJoined: true, EventUserEdited: true, EventUserDisabled: true, EventUserEnabled: true,
	EventUserRemoved: true, EventPasswordSet: true, EventSignedIn: true, EventSignedOut: true, EventSessionsEnded: true,
	EventSignInLocked: true, EventLinkMade: true, EventLinkRevoked: true,
	EventTokenAdded: true, EventTokenRevoked: true,
	EventGatewayAdded: true, EventGatewayEdited: true, EventGatewayRemoved: true,
	EventWebhookAdded: true, EventWebhookEdited: true, EventWebhookRemoved: true, EventWebhookDisabled: true, EventWebhookGivenUp: true,
	EventWordAdded: true, EventWordRemoved: true, EventReviewDismissed: true,
}

// Note writes an event of a package that keeps its rows elsewhere (accounts,
// gateways) into the tenant's log, with the caller as its author, so that there
// is one history. It takes the role Host, and refuses the events of the engine with
// ErrConflict: nobody can make up a send. why must hold ids, codes and numbers, and nothing that a person
// could ask to be erased.
func (s *Service) Note(ctx context.Context, t EventType, why Reason) error {
	if err := s.caller.may(Host); err != nil {
		return err
	}
	if !notable[t] {
		return fmt.Errorf("campaign: %q is not an event that can be noted: %w", string(t), ErrConflict)
	}
	return s.rows.Update(ctx, func(w Writer) error { return w.Record(s.event(t, 0, why)) })
}
