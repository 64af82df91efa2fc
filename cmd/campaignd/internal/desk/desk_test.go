package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at makes a desk before a handler, over pipes.
func at(t *testing.T, h http.Handler) (*Desk, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	via, end := Serve(&http.Server{Handler: h})
	t.Cleanup(func() { require.NoError(t, end()) })
	var out, errs bytes.Buffer
	return &Desk{API: &Client{Via: via, Tenant: "shop", Language: "en"}, In: strings.NewReader(""), Out: &out, Err: &errs, Zone: time.UTC}, &out, &errs
}

func TestTheAPIIsReachedOverAPipe(t *testing.T) {
	d, _, _ := at(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"path": r.URL.Path, "q": r.URL.RawQuery,
			"tenant": r.Header.Get(TenantHeader), "language": r.Header.Get("Accept-Language"), "type": r.Header.Get("Content-Type")})
	}))
	var got map[string]string
	err := d.API.Do(t.Context(), Request{Method: http.MethodPost, Path: "/api/x/", Query: url.Values{"a": {"b c"}}, Body: map[string]int{"n": 1}}, &got)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"path": "/api/x/", "q": "a=b+c", "tenant": "shop", "language": "en", "type": "application/json"}, got)
}

// A text is not sent in another spelling than it was typed in.
func TestDamagedTextIsNotSent(t *testing.T) {
	d, _, _ := at(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for text, bad := range map[string]bool{"Ol\xe1": true, "\\\xe1": true, "Olá": false, `\ufffd`: false, `\\ufffd`: false, "\ufffd": false, `\"`: false} {
		err := d.API.Do(t.Context(), Request{Method: http.MethodPost, Path: "/", Body: map[string]string{"name": text}}, nil)
		if require.Equal(t, bad, err != nil, "%q: %v", text, err); bad {
			require.ErrorContains(t, err, "UTF-8")
		}
	}
}

func TestARefusalNamesEverythingThatTheAPINamed(t *testing.T) {
	d, _, _ := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"status":409,"code":"obstacles","title":"Conflict","detail":"The campaign cannot start.","errors":[
			{"field":"messages","code":"missing","detail":"It has no message."},{"code":"busy","detail":"The number is busy."}]}`)
	}))
	err := d.API.Do(t.Context(), Request{Method: http.MethodPost, Path: "/"}, nil)
	require.EqualError(t, err, "The campaign cannot start.\n  messages: It has no message.\n  The number is busy.")
	require.True(t, refusedWith(err, http.StatusConflict))
	require.False(t, refusedWith(err, http.StatusNotFound))
}

func TestAnAnswerThatIsNoProblemIsStillAnError(t *testing.T) {
	d, _, _ := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }))
	require.EqualError(t, d.API.Do(t.Context(), Request{Method: http.MethodGet, Path: "/"}, nil), "502 Bad Gateway")
}

func TestListsAreReadPageByPage(t *testing.T) {
	asked := 0
	d, _, _ := at(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Query().Get("page") {
		case "":
			fmt.Fprint(w, `{"count":3,"next":"http://elsewhere/prefix/api/?page=2&status=sent","results":[1,2]}`)
		case "all":
			fmt.Fprint(w, `{"count":3,"next":null,"results":[1,2,3]}`)
		case "2":
			require.Equal(t, "sent", r.URL.Query().Get("status"))
			fmt.Fprint(w, `{"count":3,"next":null,"results":[3]}`)
		}
	}))
	all, more, err := list[int](t.Context(), d.API, "/api/", url.Values{"status": {"sent"}}, 0)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, all)
	require.False(t, more)
	require.Equal(t, 2, asked)

	some, more, err := list[int](t.Context(), d.API, "/api/", nil, 1)
	require.NoError(t, err)
	require.Equal(t, []int{1}, some)
	require.True(t, more)

	for max, want := range map[int]bool{2: true, 3: false, 4: false} {
		some, more, err := list[int](t.Context(), d.API, "/api/", url.Values{"status": {"sent"}}, max)
		require.NoError(t, err)
		require.Len(t, some, min(max, 3))
		require.Equal(t, want, more, max)
	}
	some, more, err = list[int](t.Context(), d.API, "/api/", url.Values{"page": {"all"}}, 2)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, some, "the only page has more than was asked for")
	require.True(t, more)
}

func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		name, typed          string
		sure, person, pt     bool
		want                 bool
		wantErr, wantOut     string
		otherwiseNothingDone bool
	}{
		{name: "yes beforehand", sure: true, want: true},
		{name: "y", typed: "y\n", person: true, want: true, wantOut: "Go? [y/N] "},
		{name: "sim", typed: "Sim\n", person: true, pt: true, want: true, wantOut: "Vai? [s/N] "},
		{name: "no", typed: "n\n", person: true, wantOut: "Go? [y/N] Nothing was done.\n"},
		{name: "just enter", typed: "\n", person: true, wantOut: "Go? [y/N] Nothing was done.\n"},
		{name: "nobody there", wantErr: "Go? Nobody can answer here: say it again with --yes."},
		{name: "left without a word", person: true, wantErr: errNobody.Error(), wantOut: "Go? [y/N] "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var errs bytes.Buffer
			d := &Desk{In: strings.NewReader(c.typed), Err: &errs, Person: c.person, Portuguese: c.pt}
			yes, err := d.ask(t.Context(), c.sure, "Vai?", "Go?")
			if c.wantErr != "" {
				require.EqualError(t, err, c.wantErr)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, c.want, yes)
			require.Equal(t, c.wantOut, errs.String())
		})
	}
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("Ctrl-C")
	cancel(gone)
	r, w := newBlocked()
	defer w()
	d := &Desk{In: r, Err: &bytes.Buffer{}, Person: true}
	_, err := d.ask(ctx, false, "Vai?", "Go?")
	require.ErrorIs(t, err, gone)
}

// newBlocked is a reader on which nobody types, until it is released.
func newBlocked() (readFunc, func()) {
	c := make(chan struct{})
	return func([]byte) (int, error) { <-c; return 0, errors.New("released") }, func() { close(c) }
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

func TestTables(t *testing.T) {
	tb := table{head: []string{"#", "SENT", "NAME"}, right: map[int]bool{1: true}}
	tb.add("#1", 5, "Páscoa")
	tb.add("#12", 1200, "with\nlines\x1b[31m")
	var out bytes.Buffer
	tb.print(&out, 0)
	require.Equal(t, "#    SENT  NAME\n#1      5  Páscoa\n#12  1200  with lines\ufffd[31m\n", out.String())
	out.Reset()
	tb.print(&out, 13)
	require.Equal(t, "#    SENT  NAME\n#1      5  Páscoa\n#12  1200  with\n           lines\ufffd[31m\n", out.String())
}

func TestNumbersOfCampaigns(t *testing.T) {
	for typed, want := range map[string]string{"12": campaignsPath + "12/start/", "#12": campaignsPath + "12/start/", "0": "", "-1": "", "x": "", "": "", "12/../1": ""} {
		got, err := number(typed).path("start")
		require.Equal(t, want, got, typed)
		require.Equal(t, want == "", err != nil, typed)
	}
	got, err := person("#12/345").path("decide")
	require.NoError(t, err)
	require.Equal(t, campaignsPath+"12/contacts/345/decide/", got)
	for _, bad := range []string{"12", "12/", "12/x", "/3", "12/0"} {
		_, err := person(bad).path()
		require.Error(t, err, bad)
	}
}

func TestTimesAreReadInTheirZone(t *testing.T) {
	for _, text := range []string{"2026-12-31 09:00", "2026-12-31T09:00", "31/12/2026 09:00", "2026-12-31T12:00:00Z"} {
		at, err := (&Desk{}).instant(text, "America/Sao_Paulo")
		require.NoError(t, err, text)
		require.True(t, at.Equal(time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)), text)
	}
	_, err := (&Desk{}).instant("tomorrow", "America/Sao_Paulo")
	require.ErrorContains(t, err, "2026-12-31 09:00")
	_, err = (&Desk{}).instant("2026-12-31 09:00", "Brazil/Nowhere")
	require.ErrorContains(t, err, "America/Sao_Paulo")
}

func TestProgressIsFollowedToTheEnd(t *testing.T) {
	d, out, _ := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, ": still here\n\nevent: campaign\ndata: {\"id\":12,\"status_text\":\"active\",\"progress_percentage\":50,\"sent_messages\":1,\"total_contacts\":2,\"unknown_messages\":1}\n\n")
		fmt.Fprint(w, "event: campaign\ndata: {\"id\":12,\"status_text\":\"completed\",\"progress_percentage\":100,\"sent_messages\":2,\"total_contacts\":2}\n\nevent: end\ndata: {}\n\n")
	}))
	c := &campaignWatch{one{Number: "12"}}
	require.NoError(t, c.Run(t.Context(), d))
	require.Equal(t, "#12 active   50.0 %  1/2  1 unknown\n#12 completed  100.0 %  2/2\n", out.String())
}
