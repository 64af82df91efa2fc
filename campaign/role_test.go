package campaign_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// The least role of each thing that a caller can do. Empty asks for none: it gives
// away nothing that the caller does not have already.
var (
	leastRole = map[string]campaign.Role{
		"Add":              campaign.Operator,
		"AddInstance":      campaign.Admin,
		"AllOptOuts":       campaign.Viewer,
		"Audience":         campaign.Viewer,
		"Await":            campaign.Viewer,
		"Calendar":         campaign.Viewer,
		"Caller":           "",
		"Campaign":         campaign.Viewer,
		"Campaigns":        campaign.Viewer,
		"Cancel":           campaign.Operator,
		"Check":            campaign.Viewer,
		"Complete":         campaign.Operator,
		"Contacts":         "",
		"Create":           campaign.Operator,
		"Daemons":          campaign.Viewer,
		"Decide":           campaign.Operator,
		"Delete":           campaign.Operator,
		"Dossier":          campaign.Operator,
		"Duplicate":        campaign.Operator,
		"Edit":             campaign.Operator,
		"EditInstance":     campaign.Admin,
		"Erase":            campaign.Admin,
		"Events":           campaign.Viewer,
		"Explain":          campaign.Viewer,
		"ExplainRecipient": campaign.Viewer,
		"FindRecipient":    campaign.Viewer,
		"Follow":           campaign.Viewer,
		"Forecast":         campaign.Viewer,
		"Heard":            campaign.Operator,
		"Invite":           campaign.Operator,
		"Joined":           campaign.Operator,
		"LastTo":           campaign.Viewer,
		"LeaveOut":         campaign.Operator,
		"Metrics":          campaign.Viewer,
		"Note":             campaign.Host,
		"NoteReports":      campaign.Operator,
		"Number":           campaign.Viewer,
		"Numbers":          campaign.Viewer,
		"OptIn":            campaign.Operator,
		"OptOut":           campaign.Operator,
		"OptOutLevels":     campaign.Viewer,
		"OptOuts":          campaign.Viewer,
		"OptedOut":         campaign.Viewer,
		"Pause":            campaign.Operator,
		"Preflight":        campaign.Viewer,
		"Preview":          campaign.Viewer,
		"Progress":         campaign.Viewer,
		"Quiet":            campaign.Viewer,
		"Recipient":        campaign.Viewer,
		"Recipients":       campaign.Viewer,
		"Release":          campaign.Operator,
		"RemoveInstance":   campaign.Admin,
		"Reopen":           campaign.Operator,
		"ReopenKept":       campaign.Operator,
		"Reopening":        "",
		"Restricted":       campaign.Operator,
		"Resume":           campaign.Operator,
		"SendOne":          campaign.Operator,
		"SetCalendar":      campaign.Operator,
		"SettledNumbers":   campaign.Admin,
		"Standing":         campaign.Viewer,
		"Standings":        campaign.Viewer,
		"Start":            campaign.Operator,
		"TakeOver":         "",
		"Unschedule":       campaign.Operator,
		"Warnings":         "",
		"Watch":            campaign.Viewer,
	}
	leastRoleOfContacts = map[string]campaign.Role{
		"AddContacts":    campaign.Operator,
		"AddMembers":     campaign.Operator,
		"Contact":        campaign.Viewer,
		"ContactByPhone": campaign.Viewer,
		"Contacts":       campaign.Viewer,
		"CountContacts":  campaign.Viewer,
		"CreateContact":  campaign.Operator,
		"CreateGroup":    campaign.Operator,
		"DeleteContact":  campaign.Operator,
		"DeleteGroup":    campaign.Operator,
		"Group":          campaign.Viewer,
		"Groups":         campaign.Viewer,
		"GroupsOf":       campaign.Viewer,
		"Hold":           "",
		"RemoveMembers":  campaign.Operator,
		"Tags":           campaign.Viewer,
		"UpdateContact":  campaign.Operator,
		"UpdateGroup":    campaign.Operator,
		"UpsertContacts": campaign.Operator,
	}
)

// calls lists what can be done with x by one call each, and what comes of it.
func calls(x any) map[string]func(ctx context.Context) error {
	all := make(map[string]func(context.Context) error)
	v := reflect.ValueOf(x)
	for i := range v.NumMethod() {
		m := v.Method(i)
		all[v.Type().Method(i).Name] = func(ctx context.Context) error {
			var in []reflect.Value
			for k := range m.Type().NumIn() {
				of := m.Type().In(k)
				switch {
				case m.Type().IsVariadic() && k == m.Type().NumIn()-1:
				case of == reflect.TypeFor[context.Context]():
					in = append(in, reflect.ValueOf(ctx))
				case of == reflect.TypeFor[iter.Seq2[contact.Contact, error]]():
					in = append(in, reflect.ValueOf(campaign.Everyone(people(1, 1)...)))
				default:
					in = append(in, reflect.Zero(of))
				}
			}
			for _, out := range m.Call(in) {
				switch out := out.Interface().(type) {
				case error:
					return out
				case iter.Seq2[campaign.Progress, error]:
					for _, err := range out {
						return err
					}
				case iter.Seq2[campaign.OptOut, error]:
					for _, err := range out {
						return err
					}
				case iter.Seq2[campaign.Event, error]:
					for _, err := range out {
						return err
					}
				case iter.Seq2[campaign.Recipient, error]:
					for _, err := range out {
						return err
					}
				case iter.Seq2[contact.Contact, error]:
					for _, err := range out {
						return err
					}
				}
			}
			return nil
		}
	}
	return all
}

// Who has no role, or one that does not exist, may do nothing; who has one may do
// what it is for, and what smaller ones are for.
func TestEveryCallAsksForARole(t *testing.T) {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	roles := []campaign.Role{campaign.Viewer, campaign.Operator, campaign.Admin, campaign.Host}
	w := newWorld(t, "2026-03-02 09:00")
	as := func(r campaign.Role) *campaign.Service {
		return w.e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: r})
	}
	for _, x := range []struct {
		least map[string]campaign.Role
		of    func(campaign.Role) any
	}{
		{leastRole, func(r campaign.Role) any { return as(r) }},
		{leastRoleOfContacts, func(r campaign.Role) any { return as(r).Contacts() }},
	} {
		require.Equal(t, slices.Sorted(maps.Keys(calls(x.of(campaign.Host)))), slices.Sorted(maps.Keys(x.least)), "each call has its role here")
		for name, least := range x.least {
			for _, r := range append([]campaign.Role{"", "manager", "HOST"}, roles...) {
				err := calls(x.of(r))[name](ended)
				may := least == "" || slices.Index(roles, r) >= slices.Index(roles, least)
				require.Equal(t, may, !errors.Is(err, campaign.ErrForbidden), "%s as %q: %v", name, r, err)
			}
		}
	}
}

// Who forgot the role reads what to write.
func TestACallerWithoutARoleIsToldWhatToSet(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	_, err := w.e.As(campaign.Caller{Tenant: tenant}).Campaigns(ctx, campaign.CampaignQuery{})
	require.EqualError(t, err, `campaign: the caller's role does not allow this: it takes the role viewer, and Caller.Role is "": set it (campaign.Host is for a program that acts for itself)`)
	_, err = w.e.As(campaign.Caller{Tenant: tenant, Role: "manager"}).Create(ctx, campaign.Draft{})
	require.ErrorContains(t, err, `it takes the role operator, and Caller.Role is "manager"`)
}
