package control_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func TestExportIsNoFormula(t *testing.T) {
	w := newWorld(t)
	names := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "Ana; \"Bia\"\nCaio", "Ana"}
	var ids []int64
	for i, name := range names {
		ids = append(ids, into[control.Contact](w.do("POST", "/api/contacts/contacts/", m{"name": name, "phone": fmt.Sprintf("11 90000-%04d", i+1)}).is(201)).ID)
	}
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "contacts": ids}).is(201))
	a := w.do("GET", campaignPath(c, "export/"), nil).is(200)
	require.Contains(t, a.header.Get("Content-Disposition"), "attachment")
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(a.body), "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, len(names)+1)
	for i, row := range rows[1:] {
		for _, cell := range row {
			if t1 := strings.TrimLeft(cell, " "); t1 != "" {
				require.NotContains(t, "=+-@\t\r", t1[:1], "row %d: %q", i, cell)
			}
		}
		require.Equal(t, names[i], strings.TrimPrefix(row[2], "'"))
	}
	require.Equal(t, "(11) 90000-0001", rows[1][3], "no formula, and no figure")
	a = w.do("GET", campaignPath(c, "export/?format=ndjson&status=pending"), nil).is(200)
	lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	require.Len(t, lines, len(names))
	var one control.Recipient
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &one))
	require.Equal(t, "=1+1", one.Name)
	require.Equal(t, "+5511900000001", one.Phone)
	require.Empty(t, w.do("GET", campaignPath(c, "export/?format=ndjson&status=sent"), nil).is(200).body)
}

// A file of a campaign is for people: their language, the names of numbers, the
// places of messages, and what the messages say of each person.
func TestExportIsForPeople(t *testing.T) {
	w := newWorld(t)
	in := w.instance("Vendas Centro").ID
	id := into[control.Contact](w.do("POST", "/api/contacts/contacts/", m{"name": "Ana", "phone": "11 90000-0001", "custom_vars": m{"pedido": "12"}}).is(201)).ID
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "contacts": []int64{id}, "instances": []int64{in},
		"messages": []m{{"message_text": "Pedido {{pedido}} de {{nome}}"}}}).is(201))
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	w.play(monday.Add(time.Hour))
	for lang, want := range map[string][2]string{
		"pt-BR": {"posição;contato;nome;telefone;situação;respondeu;enviada em;", "Ana;(11) 90000-0001;enviada;não;"},
		"en":    {"position;contact_id;name;phone;status;responded;sent_at;", "Ana;(11) 90000-0001;sent;no;"},
	} {
		rows := strings.Split(string(w.do("GET", campaignPath(c, "export/"), nil, "Accept-Language", lang).is(200).body), "\r\n")
		require.Contains(t, rows[0], want[0])
		require.True(t, strings.HasSuffix(rows[0], ";pedido"), rows[0])
		require.Contains(t, rows[1], want[1])
		require.Contains(t, rows[1], ";1;Vendas Centro;")
		require.True(t, strings.HasSuffix(rows[1], ";12"), rows[1])
	}
}

func TestWatchEndsWithTheCampaign(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.api)
	defer srv.Close()
	c := w.campaign(2)
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+campaignPath(c, "watch/"), nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer shop/eve/viewer")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	var names []string
	var last control.Campaign
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			names = append(names, name)
			if len(names) == 1 { // the stream is open: now something happens
				w.do("POST", campaignPath(c, "cancel/"), nil).is(200)
			}
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && names[len(names)-1] == "campaign" {
			require.NoError(t, json.Unmarshal([]byte(data), &last))
		}
	}
	require.NoError(t, lines.Err())
	require.Equal(t, "end", names[len(names)-1])
	require.Equal(t, "cancelled", last.Status)
	require.EqualValues(t, 2, last.CancelledMessages)
	w.do("GET", "/api/campaigns/campaigns/77/watch/", nil).refused(404, "not_found")
}

// A silent stream gets comments, and ends when its time is over, so that the
// place it has is free again.
func TestWatchDoesNotStayForEver(t *testing.T) {
	w := newWorld(t, func(c *control.Config) {
		c.Limits.Beat, c.Limits.StreamTime, c.Limits.Streams = 5*time.Millisecond, 100*time.Millisecond, 1
	})
	c := w.campaign(1)
	for range 2 {
		a := w.do("GET", campaignPath(c, "watch/"), nil).is(200)
		require.Contains(t, string(a.body), "event: campaign\n")
		require.Contains(t, string(a.body), ": still here\n")
		require.NotContains(t, string(a.body), "event: end")
	}
}

// A token that is revoked opens nothing, also where it was opened before.
func TestAStreamEndsWithItsToken(t *testing.T) {
	for _, ends := range []func(campaign.Caller) (campaign.Caller, error){
		func(campaign.Caller) (campaign.Caller, error) { return campaign.Caller{}, control.ErrNoCaller },
		func(campaign.Caller) (campaign.Caller, error) { return campaign.Caller{}, campaign.ErrForbidden },
		func(c campaign.Caller) (campaign.Caller, error) { c.Role = campaign.Viewer; return c, nil },
	} {
		var asked atomic.Int64
		w := newWorld(t, func(c *control.Config) {
			c.Limits.Recheck = time.Millisecond
			c.Authenticate = func(r *http.Request) (campaign.Caller, error) {
				caller, err := byToken(r)
				if r.Header.Get("Revoke") == "" {
					return caller, err
				}
				switch n := asked.Add(1); {
				case n == 1 || n == 3:
					return caller, err
				case n == 2:
					return campaign.Caller{}, errors.New("the database does not answer")
				}
				return ends(caller)
			}
		})
		c := w.campaign(1)
		a := w.do("GET", campaignPath(c, "watch/"), nil, "Revoke", "yes").is(200)
		require.NotContains(t, string(a.body), "event: end")
		require.EqualValues(t, 4, asked.Load())
		asked.Store(0)
		r := httptest.NewRequest("POST", "/api/contacts/imports/?name=endless.csv", endless{})
		r.Header.Set("Authorization", "Bearer shop/ana/operator")
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Revoke", "yes")
		w.api.ServeHTTP(httptest.NewRecorder(), r)
		require.EqualValues(t, 4, asked.Load())
	}
}

// endless is a client that never comes to its end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, "a"), nil }
