package campaign

import (
	"maps"
	"slices"
	"time"
)

// EventType names what happened. Types are "subject.verb" and never change
// their meaning.
type EventType string

const (
	EventCampaignCreated   EventType = "campaign.created"
	EventCampaignEdited    EventType = "campaign.edited"
	EventCampaignAdded     EventType = "campaign.recipients_added"
	EventCampaignLeftOut   EventType = "campaign.recipients_left_out" // taken out by a person
	EventCampaignScheduled EventType = "campaign.scheduled"
	EventCampaignUnplanned EventType = "campaign.unscheduled"
	EventCampaignStarted   EventType = "campaign.started"
	EventCampaignPaused    EventType = "campaign.paused"
	EventCampaignResumed   EventType = "campaign.resumed"
	EventCampaignCompleted EventType = "campaign.completed"
	EventCampaignReopened  EventType = "campaign.reopened"
	EventCampaignCancelled EventType = "campaign.cancelled"
	EventCampaignDeleted   EventType = "campaign.deleted"

	EventTaken        EventType = "recipient.taken"
	EventSent         EventType = "recipient.sent"
	EventPostponed    EventType = "recipient.postponed"
	EventRetry        EventType = "recipient.retry"
	EventFailed       EventType = "recipient.failed"
	EventSkipped      EventType = "recipient.skipped"
	EventUnknown      EventType = "recipient.unknown"
	EventInquired     EventType = "recipient.inquired"
	EventReleased     EventType = "recipient.phone_released"
	EventResend       EventType = "recipient.resend_ordered"
	EventReturned     EventType = "recipient.returned" // failed by its number, and sent to again
	EventDropped      EventType = "recipient.cancelled"
	EventDelivered    EventType = "recipient.delivered"
	EventRead         EventType = "recipient.read"
	EventResponded    EventType = "recipient.responded"
	EventLeft         EventType = "recipient.opted_out" // by answering this message; see EventOptedOut
	EventContradicted EventType = "recipient.contradicted"
	EventBeganLate    EventType = "recipient.began_late"

	EventInstanceAdded   EventType = "instance.added"
	EventInstanceEdited  EventType = "instance.edited"
	EventInstanceRemoved EventType = "instance.removed"
	EventInstanceHeld    EventType = "instance.held"
	EventInstanceFreed   EventType = "instance.released"
	// The number writes to nobody who does not know it, and does again. Those who
	// know it are written to all the time.
	EventInstanceColdHeld  EventType = "instance.cold_held"
	EventInstanceColdFreed EventType = "instance.cold_released"
	EventInstanceSlowed    EventType = "instance.slowed"
	EventInstanceState     EventType = "instance.connection"
	// EventInstanceSuspended: the number sends nothing until somebody releases
	// it, since another record has it or another phone joined.
	EventInstanceSuspended EventType = "instance.suspended"
	// EventInstanceReports: where the gateway reports of the number has changed.
	EventInstanceReports EventType = "instance.reports"
	EventOptedOut        EventType = "contact.opted_out"
	EventOptedIn         EventType = "contact.opted_in"
	EventErased          EventType = "contact.erased"
	EventCalendarChanged EventType = "calendar.changed"

	// What holds for the whole store; see Engine.StopAll.
	EventStoppedAll EventType = "installation.stopped"
	EventResumedAll EventType = "installation.resumed"

	// What packages beside the engine tell of; see Service.Note.
	EventTenantAdded    EventType = "tenant.added"
	EventTenantEdited   EventType = "tenant.edited"
	EventUserInvited    EventType = "user.invited"
	EventUserJoined     EventType = "user.joined"
	EventUserEdited     EventType = "user.edited"
	EventUserDisabled   EventType = "user.disabled"
	EventUserEnabled    EventType = "user.enabled"
	EventUserRemoved    EventType = "user.removed"
	EventPasswordSet    EventType = "user.password_set"
	EventSignedIn       EventType = "user.signed_in"
	EventSignedOut      EventType = "user.signed_out"
	EventSessionsEnded  EventType = "user.sessions_ended"
	EventSignInLocked   EventType = "user.sign_in_locked"
	EventLinkMade       EventType = "user.link_made"
	EventLinkRevoked    EventType = "user.link_revoked"
	EventTokenAdded     EventType = "token.added"
	EventTokenRevoked   EventType = "token.revoked"
	EventGatewayAdded   EventType = "gateway.added"
	EventGatewayEdited  EventType = "gateway.edited"
	EventGatewayRemoved EventType = "gateway.removed"

	EventWebhookAdded    EventType = "webhook.added"
	EventWebhookEdited   EventType = "webhook.edited"
	EventWebhookRemoved  EventType = "webhook.removed"
	EventWebhookDisabled EventType = "webhook.disabled"
	EventWebhookGivenUp  EventType = "webhook.given_up"

	EventWordAdded       EventType = "optout_word.added"
	EventWordRemoved     EventType = "optout_word.removed"
	EventReviewDismissed EventType = "optout_review.dismissed"
)

// EventTypes lists every type of event, sorted.
func EventTypes() []EventType { return slices.Sorted(maps.Keys(eventWords)) }

// Event is one transition, written in the transaction that made it. Events
// hold ids, codes and numbers; names, phones and texts stay in rows that can
// be erased.
type Event struct {
	// Seq orders the events of a store. It is given by the store and only
	// grows.
	Seq      int64
	Tenant   Tenant
	At       time.Time
	Type     EventType
	Campaign ID
	Position int64
	Instance InstanceID
	Attempt  AttemptID
	Message  MessageID
	// Author is who commanded it: a user, or "" for the engine itself.
	Author string
	Why    Reason
}
