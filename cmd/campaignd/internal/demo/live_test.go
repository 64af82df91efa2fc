package demo

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// quick is a run that ends in a second or two.
func quick(t *testing.T, out *bytes.Buffer) Options {
	lo, hi := 5*time.Millisecond, 15*time.Millisecond
	return Options{Out: out, MinGap: &lo, MaxGap: &hi, Dir: t.TempDir() + "/run", Now: time.Now}
}

// short is a run with twelve people.
func short(t *testing.T, out *bytes.Buffer) Options {
	o := quick(t, out)
	var list strings.Builder
	list.WriteString("nome;telefone\n")
	for i := range 12 {
		fmt.Fprintf(&list, "Pessoa %d;11 90000-%04d\n", i+1, i+1)
	}
	o.Contacts, o.In = "-", strings.NewReader(list.String())
	return o
}

func TestLesson_G2_TheDemoEndsInAConfirmedReportOfDeliveredAndRead(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, Live(t.Context(), quick(t, &out)))
	text := out.String()
	for _, want := range []string{
		"60 people from the shipped sample",
		`windows-1252, ";" between cells; 65 rows read, 5 refused`,
		"audience      60\n",
		"sent          60  100 % of the audience\n",
		"delivered     60  100 % of sent\n",
		"unknown        0\n",
		"20 times in all",
		"line 10, Telefone: the spreadsheet has shortened the number",
		"60 messages at the gateway, 60 people in the audience: 60 have exactly one.",
		"Nobody twice, nobody lost.",
	} {
		require.Contains(t, text, want)
	}
}

func TestAFinishedCampaignIsReportedAgain(t *testing.T) {
	t.Parallel()
	var first, second bytes.Buffer
	o := quick(t, &first)
	require.NoError(t, Live(t.Context(), o))
	o.Out = &second
	require.NoError(t, Live(t.Context(), o))
	require.Contains(t, second.String(), "Its report once more")
	require.Contains(t, second.String(), "60 messages at the gateway, 60 people in the audience: 60 have exactly one.")
	require.Contains(t, second.String(), "line 10, Telefone: the spreadsheet has shortened the number")
	require.Contains(t, second.String(), "begin anew")
}

// Ctrl-C keeps the run, and the same directory goes on with it.
func TestAnInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()
	var first, second bytes.Buffer
	o := short(t, &first)
	lo, hi := 20*time.Millisecond, 40*time.Millisecond
	o.MinGap, o.MaxGap = &lo, &hi
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Out = writerFunc(func(b []byte) (int, error) {
		if bytes.Contains(b, []byte("/12 sent")) {
			cancel()
		}
		return first.Write(b)
	})
	err := Live(ctx, o)
	require.ErrorIs(t, err, ErrStopped)
	require.ErrorContains(t, err, "campaignd demo --data "+o.Dir)
	require.NotContains(t, first.String(), "Proof")

	o.Out = &second
	require.NoError(t, Live(t.Context(), o))
	require.Contains(t, second.String(), "it goes on as it was begun")
	require.Contains(t, second.String(), "12 messages at the gateway, 12 people in the audience: 12 have exactly one.")
}

// A draft is what a run leaves that was killed before its start: nobody has
// got anything, so it is made anew.
func TestAHalfMadeCampaignIsMadeAnew(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := short(t, &out)
	require.NoError(t, os.Mkdir(o.Dir, 0o700))
	s, err := openStage(t.Context(), o.Dir, &o)
	require.NoError(t, err)
	_, err = s.service.Create(t.Context(), campaign.Draft{Name: "half", Messages: []campaign.Message{{Text: "x"}}})
	require.NoError(t, err)
	require.NoError(t, s.close())

	require.NoError(t, Live(t.Context(), o))
	require.Contains(t, out.String(), "12 people in the audience: 12 have exactly one.")
	require.NotContains(t, out.String(), "goes on")
}

func TestOneWhoIsNotOnWhatsAppIsListedByName(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := quick(t, &out)
	o.Contacts, o.In = "-", strings.NewReader("nome;celular\nAna;11 90000-0001\nNinguém;11 90000-0404\n")
	require.NoError(t, Live(t.Context(), o))
	require.Contains(t, out.String(), "2 people from the standard input")
	require.Contains(t, out.String(), "1 messages at the gateway, 2 people in the audience: 1 have exactly one.")
	require.Contains(t, out.String(), "  failed, ")
	require.Contains(t, out.String(), "    Ninguém (+5511900000404), in the ledger: 0\n")
	require.Contains(t, out.String(), "everybody else is named above")
}

// The window of the run is shut: it says until when, and how to see it now.
func TestAShutWindowIsSaid(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := quick(t, &out)
	o.Schedule = "mon-fri 09:00-18:00"
	o.Now = func() time.Time { return time.Date(2026, 2, 14, 15, 0, 0, 0, time.UTC) } // a Saturday
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Out = writerFunc(func(b []byte) (int, error) {
		if bytes.Contains(b, []byte("0/60 sent")) {
			cancel()
		}
		return out.Write(b)
	})
	require.ErrorIs(t, Live(ctx, o), ErrStopped)
	require.Contains(t, out.String(), "Nothing goes out before Mon 2026-02-16 09:00.")
	require.Contains(t, out.String(), "nothing is sent on the weekend")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// sendRequest asks a gateway to send a text.
func sendRequest(t *testing.T, instance, number string) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://gateway.internal/message/sendText/"+instance,
		strings.NewReader(`{"number":"`+number+`","text":"Oi"}`))
	require.NoError(t, err)
	r.Header.Set("apikey", evolutiontest.DefaultKey)
	r.Header.Set("Content-Type", "application/json")
	return r
}
