package crashtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

const tenant campaign.Tenant = "loja"

// census is everything that the rows say of a campaign, in words that can be
// compared.
type census struct {
	// People are the states by position, then what is open.
	People string
	// Books are the status and the counters that are not zero.
	Books string
	// Number is the instance: until when it rests, counted from the instant of
	// the crash, how many sends its hour holds, and what keeps it.
	Number string
	// Story are the events of the second person, who is the one in question.
	Story string
}

func (c census) String() string {
	return strings.Join([]string{c.People, c.Books, c.Number, c.Story}, "\n")
}

// count takes the census of a campaign, with instants counted from zero.
func count(t testing.TB, s campaign.Store, id campaign.ID, zero time.Time) (c census) {
	t.Helper()
	err := s.Tenant(tenant).View(context.Background(), func(r campaign.Reader) error {
		row, err := r.Campaign(id)
		require.NoError(t, err)
		books, err := r.Books(id)
		require.NoError(t, err)
		people, err := r.Recipients(campaign.RecipientQuery{Campaign: id})
		require.NoError(t, err)
		open, err := r.Flights(id)
		require.NoError(t, err)
		ended, err := r.History(id, 0, row.Total)
		require.NoError(t, err)
		numbers, err := r.Numbers()
		require.NoError(t, err)
		events, err := r.Events(campaign.EventQuery{Campaign: id, Position: 2})
		require.NoError(t, err)
		c = census{People: states(people, open, ended), Books: ledger(row, books),
			Number: meter(numbers[0], zero), Story: story(events)}
		return nil
	})
	require.NoError(t, err)
	return c
}

// states tells for each person the state, the tries, and what each attempt has
// come to.
func states(people []campaign.Recipient, open []campaign.Attempt, ended []campaign.Closed) string {
	var all []string
	for _, p := range people {
		s := string(p.State)
		for _, e := range ended {
			if e.Recipient == p.ID {
				s += "·" + string(e.Outcome)
				if e.Evidence != "" {
					s += " by " + string(e.Evidence)
				}
			}
		}
		for _, a := range open {
			if a.Recipient == p.ID {
				s += "·" + string(a.Phase)
				if a.Held {
					s += " held"
				}
			}
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func ledger(c campaign.Campaign, b campaign.Books) string {
	p := b.Progress(c)
	s := fmt.Sprintf("%s, cursor %d", c.Status, b.Cursor.Position)
	for _, n := range []struct {
		name string
		n    int64
	}{{"pending", p.Pending}, {"waiting", p.Waiting}, {"sending", p.Sending}, {"unknown", p.Unknown},
		{"sent", p.Sent}, {"failed", p.Failed}, {"retries", p.Retries}} {
		if n.n != 0 {
			s += fmt.Sprintf(", %s %d", n.name, n.n)
		}
	}
	return s
}

func meter(n campaign.Number, zero time.Time) string {
	s := fmt.Sprintf("rests to %v, %d this hour", n.Meter.PaceUntil.Sub(zero), n.Meter.InHour)
	if !n.Meter.Held.IsZero() {
		s += ", held: " + string(n.Meter.Held.Code)
	}
	if n.Serves == 0 {
		s += ", free"
	}
	return s
}

func story(es []campaign.Event) string {
	var all []string
	for _, e := range es {
		all = append(all, strings.TrimPrefix(string(e.Type), "recipient."))
	}
	return strings.Join(all, " ")
}
