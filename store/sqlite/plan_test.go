package sqlite

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/stretchr/testify/require"
)

// The hot statements find their rows by keys and indexes, whatever the
// statistics say: none of them goes through a table that grows.
func TestStatements_UseIndexes(t *testing.T) {
	w := newWorld(t)
	w.campaign(2, 0, 50)
	w.settle(noon, w.take(noon, 4, 2))
	// Going through the entries of these is meant: they are as long as what is
	// wanted (due instances, attempts in flight, reports that can be matched),
	// or a list of arguments.
	meant := regexp.MustCompile(`^SCAN ((j|json_each) VIRTUAL TABLE|m USING INDEX meters_wake|a USING (COVERING )?INDEX attempts_(sweep|phone|look|quarantine)|` +
		`c USING (COVERING )?INDEX campaigns_scheduled|notices USING (COVERING )?INDEX notices_(known|unknown|reply)|n USING INDEX notices_known|\d+ CONSTANT ROW|\d+-ROW VALUES|CONSTANT ROW|\(subquery)`)
	statements := map[string]string{
		"takeDue": takeDue, "takeSlots": takeSlots, "takeFirstDue": takeFirstDue, "takeWaiting": takeWaiting, "takeAhead": takeAhead,
		"takeHeld": takeHeld, "takeHeldAmong": takeHeldAmong, "heldUntil": heldUntil, "takeSuppresses": takeSuppresses, "takeSuppressed": takeSuppressed,
		"loadJobs": loadJobs, "loadCampaign": loadCampaign, "loadCalendar": loadCalendar, "loadNumbers": loadNumbers,
		"loadInstance": loadInstance, "loadOpen": loadOpen, "loadEnded": loadEnded, "loadPeople": loadPeople, "loadWaits": loadWaits,
		"loadClaimed": loadClaimed, "sweepFlying": sweepFlying, "sweepLost": sweepLost,
		"agendaStarts": agendaStarts, "agendaInquiries": agendaInquiries, "agendaNotices": agendaNotices, "agendaLast": agendaLast, "agendaWake": agendaWake,
		"agendaSweep": agendaSweep, "agendaQuarantine": agendaQuarantine, "agendaLook": agendaLook, "agendaStart": agendaStart,
		"stash": stash, "absorbKnown": absorbKnown, "absorbExpired": absorbExpired, "absorbEnded": absorbEnded,
		"addressee": addressee, "addresseeSent": addresseeSent, "addresseePending": addresseePending,
		"stashReply": stashReply, "absorbReplied": absorbReplied, "saveUnknownReplies": saveUnknownReplies, "saveReplied": saveReplied,
		"saveUnwait": saveUnwait, "saveProgress": saveProgress, "saveMeter": saveMeter, "saveBegin": saveBegin.text[1], "saveChanged": saveChanged,
		"saveClose": saveClose, "saveEnded": saveEnded.text[1], "saveAmended": saveAmended, "saveWait": saveWait, "saveSettled": saveSettled.text[1], "loadResults": loadResults,
		"saveAbsorbed": saveAbsorbed, "saveEvents": saveEvents.text[1], "saveRouse": saveRouse, "saveUnknownNotices": saveUnknownNotices,
		"saveKnown": saveKnown, "saveOpen": saveOpen,
	}
	for name, query := range statements {
		t.Run(name, func(t *testing.T) {
			for _, step := range w.explain(query) {
				if strings.HasPrefix(step, "SCAN ") {
					require.Regexp(t, meant, step)
				}
				require.NotContains(t, step, "USE TEMP B-TREE", "rows come in the order of an index")
				require.NotContains(t, step, "AUTOMATIC")
			}
		})
	}
}

// The lists of the records page by an index, too.
func TestLists_UseIndexes(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(2, 0, 50)
	var seen []string
	watch := &watched{world: w, seen: &seen}
	r := w.shared.Reader(w.ctx, watch, "acme")
	for _, s := range append(campaign.States(), "") {
		q := campaign.RecipientQuery{Campaign: c}
		if s != "" {
			q.States = []campaign.State{s}
		}
		_, err := r.Recipients(q)
		require.NoError(t, err)
	}
	for _, q := range []campaign.EventQuery{{}, {Campaign: c}, {Campaign: c, Position: 1}} {
		_, err := r.Events(q)
		require.NoError(t, err)
	}
	_, err := r.History(c, 0, 1)
	require.NoError(t, err)
	_, err = r.Books(c)
	require.NoError(t, err)
	_, err = r.Campaigns(campaign.CampaignQuery{})
	require.NoError(t, err)
	_, err = r.Flights(c)
	require.NoError(t, err)
	require.Greater(t, len(seen), 15)
	for _, query := range seen {
		for _, step := range w.explain(query) {
			if strings.HasPrefix(step, "SCAN ") {
				require.Regexp(t, `^SCAN (json_each VIRTUAL|both_halves|\(subquery|CONSTANT)`, step, query)
			}
			require.NotContains(t, step, "AUTOMATIC", query)
		}
	}
}

// Events are found by what names them most closely, and contacts by their ids:
// a tenant's are too many to go through.
func TestLists_GoThroughTheNarrowest(t *testing.T) {
	w := newWorld(t)
	for index, list := range map[string]func(*sqlrecords.Reader) error{
		"events_kind": func(r *sqlrecords.Reader) error {
			_, err := r.Events(campaign.EventQuery{Campaign: 1, Types: []campaign.EventType{campaign.EventFailed}, Newest: true})
			return err
		},
		"events_recipient": func(r *sqlrecords.Reader) error {
			_, err := r.Events(campaign.EventQuery{Campaign: 1, Position: 1})
			return err
		},
		"events_campaign": func(r *sqlrecords.Reader) error {
			_, err := r.Events(campaign.EventQuery{Campaign: 1, Newest: true})
			return err
		},
		"results_responded": func(r *sqlrecords.Reader) error {
			_, err := r.Recipients(campaign.RecipientQuery{Campaign: 1, Responded: true})
			return err
		},
	} {
		var seen []string
		require.NoError(t, list(w.shared.Reader(w.ctx, &watched{world: w, seen: &seen}, "acme")))
		require.Contains(t, w.explain(seen[0])[0], "INDEX "+index+" ", seen[0])
	}
}

// watched notes the queries that run.
type watched struct {
	*world
	seen *[]string
}

func (w *watched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	*w.seen = append(*w.seen, query)
	return w.reads.QueryContext(ctx, query, args...)
}

func (w *watched) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	panic("a reader executes nothing")
}

func (w *world) explain(query string) (steps []string) {
	w.Helper()
	n := len(regexp.MustCompile(`\?\d*`).FindAllString(query, -1))
	args := make([]any, n)
	require.NoError(w, w.writer.do(w.ctx, func(t *tx) error {
		return t.query("EXPLAIN QUERY PLAN "+query, func(row *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := row.Scan(&id, &parent, &unused, &detail)
			steps = append(steps, detail)
			return err
		}, args...)
	}))
	return steps
}
