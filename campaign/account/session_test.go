package account

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

func TestASessionSlidesAndEnds(t *testing.T) {
	w := newWorld(t)
	g := w.admin("acme", "ana@example.com")
	auth := func() (Identity, error) { return w.Authenticate(t.Context(), g.Secret) }
	w.now = noon.Add(12*time.Hour - 1)
	who, err := auth()
	require.NoError(t, err)
	require.Equal(t, w.now.Add(12*time.Hour).Truncate(time.Microsecond), who.ExpiresAt.Truncate(time.Microsecond), "use extends it")
	w.now = w.now.Add(12 * time.Hour)
	_, err = auth()
	require.ErrorIs(t, err, ErrExpired)
	require.ErrorIs(t, err, ErrInvalidSecret)

	w = newWorld(t)
	g = w.admin("acme", "ana@example.com")
	for w.now = noon; w.now.Before(noon.Add(30 * 24 * time.Hour)); w.now = w.now.Add(6 * time.Hour) {
		_, err := w.Authenticate(t.Context(), g.Secret)
		require.NoError(t, err, w.now)
	}
	_, err = w.Authenticate(t.Context(), g.Secret)
	require.ErrorIs(t, err, ErrExpired, "however much it is used")
	n, err := w.docs.Purge(t.Context(), w.now, 100)
	require.NoError(t, err)
	require.NotZero(t, n)
	_, err = w.Authenticate(t.Context(), g.Secret)
	require.Equal(t, ErrInvalidSecret, err)
}

// Reading a hundred pages writes the last use once a minute.
func TestTheLastUseIsWrittenOnceAMinute(t *testing.T) {
	w := newWorld(t)
	g := w.admin("acme", "ana@example.com")
	_, token, err := w.As(g.Caller).AddToken(t.Context(), Token{Title: "shop", Role: campaign.Viewer})
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), token)
	require.NoError(t, err)
	c := &counting{Store: w.docs}
	w.store = c
	for i := range 60 {
		w.now = noon.Add(time.Duration(i) * time.Second)
		for _, s := range []Secret{g.Secret, token} {
			_, err := w.Authenticate(t.Context(), s)
			require.NoError(t, err)
		}
	}
	require.Zero(t, c.applies)
	w.now = noon.Add(time.Minute)
	for range 3 {
		for _, s := range []Secret{g.Secret, token} {
			_, err := w.Authenticate(t.Context(), s)
			require.NoError(t, err)
		}
	}
	require.Equal(t, 2, c.applies)
	w.store = broken{w.docs, kindSession}
	w.now = noon.Add(time.Hour)
	_, err = w.Authenticate(t.Context(), g.Secret)
	require.NoError(t, err, "a full disk does not sign anybody out")
	tokens, err := w.As(g.Caller).Tokens(t.Context())
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Minute), tokens[0].UsedAt)
}

func TestSecretsThatOpenNothing(t *testing.T) {
	w := newWorld(t)
	g := w.admin("acme", "ana@example.com")
	_, token, err := w.As(g.Caller).AddToken(t.Context(), Token{Title: "shop", Role: campaign.Viewer})
	require.NoError(t, err)
	_, link, err := w.As(g.Caller).Invite(t.Context(), Invitation{Role: campaign.Viewer})
	require.NoError(t, err)
	s, k := string(g.Secret), string(token)
	for _, bad := range []string{
		"", "x", "Bearer " + s, s[:len(s)-1], s + "A", strings.ToLower(s), s[:len(s)-1] + "!", tokenPrefix + s[4:], sessionPrefix + k[4:], string(link),
		s[:17] + k[17:], sessionPrefix + strings.Repeat("A", 12) + "_" + strings.Repeat("A", 26), sessionPrefix + strings.Repeat("../", 4) + "_" + strings.Repeat("A", 26),
	} {
		_, err := w.Authenticate(t.Context(), Secret(bad))
		require.Equal(t, ErrInvalidSecret, err, "%q", bad)
	}
	// What stands in the database opens nothing.
	for _, d := range append(append(w.kind(kindSession), w.kind(kindToken)...), w.kind(kindLink)...) {
		for _, s := range []Secret{g.Secret, token, link} {
			require.NotContains(t, string(d.Data), string(s)[17:])
		}
	}
	_, err = w.Accept(t.Context(), g.Secret, Acceptance{Email: "x@y.z", Password: password}, here)
	require.Equal(t, ErrInvalidSecret, err, "a session is no link")
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	g := w.admin("acme", "ana@example.com")
	other, err := w.Login(t.Context(), "ana@example.com", password, here)
	require.NoError(t, err)
	require.NoError(t, w.Logout(t.Context(), g.Secret))
	require.NoError(t, w.Logout(t.Context(), g.Secret))
	require.NoError(t, w.Logout(t.Context(), "nonsense"))
	_, err = w.Authenticate(t.Context(), g.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
	_, err = w.Authenticate(t.Context(), other.Secret)
	require.NoError(t, err)
	require.NoError(t, w.EndSessions(t.Context(), other.Identity))
	_, err = w.Authenticate(t.Context(), other.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	ana := w.admin("acme", "ana@example.com")
	bia := w.join("acme", "bia@example.com", campaign.Viewer)
	w.now = noon.Add(time.Minute)
	from := here
	from.Agent = "curl\r\nevil\x00" + strings.Repeat("x", 500)
	second, err := w.Login(t.Context(), "ana@example.com", password, from)
	require.NoError(t, err)
	all, err := w.Sessions(t.Context(), ana.Identity)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, second.Session, all[0].Name, "the last one used comes first")
	require.Equal(t, "192.0.2.7", all[0].Address)
	require.Len(t, all[0].Agent, 120)
	require.NotContains(t, all[0].Agent, "\n")
	require.ErrorIs(t, w.EndSession(t.Context(), bia.Identity, second.Session), campaign.ErrNotFound, "a stranger's session")
	require.ErrorIs(t, w.EndSession(t.Context(), Identity{}, second.Session), campaign.ErrNotFound)
	require.NoError(t, w.EndSession(t.Context(), ana.Identity, second.Session))
	_, err = w.Authenticate(t.Context(), second.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
	require.NoError(t, w.EndSessions(t.Context(), ana.Identity))
	all, err = w.Sessions(t.Context(), ana.Identity)
	require.NoError(t, err)
	require.Empty(t, all)
	_, err = w.Authenticate(t.Context(), bia.Secret)
	require.NoError(t, err)
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	ana := w.admin("acme", "ana@example.com")
	desk := w.As(ana.Caller)
	ctx := t.Context()
	tok, secret, err := desk.AddToken(ctx, Token{Title: "shop", Role: campaign.Operator, ExpiresAt: noon.Add(time.Hour), Name: "mine", By: "me"})
	require.NoError(t, err)
	require.NotEqual(t, "mine", tok.Name)
	require.Equal(t, ana.Caller.Author, tok.By)
	who, err := w.Authenticate(ctx, secret)
	require.NoError(t, err)
	require.Equal(t, Identity{Caller: campaign.Caller{Tenant: "acme", Author: "token:" + tok.Name, Role: campaign.Operator},
		Name: "shop", Token: tok.Name, ExpiresAt: noon.Add(time.Hour)}, who)
	w.now = noon.Add(time.Hour)
	_, err = w.Authenticate(ctx, secret)
	require.ErrorIs(t, err, ErrExpired)
	w.now = noon

	for _, bad := range []Token{{Role: campaign.Viewer}, {Title: " ", Role: campaign.Viewer}, {Title: "x"}, {Title: "x", Role: "root"}, {Title: "x", Role: campaign.Viewer, ExpiresAt: noon},
		{Title: strings.Repeat("x", MaxName+1), Role: campaign.Viewer}} {
		_, _, err := desk.AddToken(ctx, bad)
		var invalid campaign.Invalid
		require.ErrorAs(t, err, &invalid, "%+v", bad)
	}
	w.admin("beta", "bia@example.com")
	require.ErrorIs(t, w.As(campaign.Caller{Tenant: "beta", Role: campaign.Admin}).RevokeToken(ctx, tok.Name), campaign.ErrNotFound)
	_, err = w.Authenticate(ctx, secret)
	require.NoError(t, err)
	theirs, err := w.As(campaign.Caller{Tenant: "beta", Role: campaign.Admin}).Tokens(ctx)
	require.NoError(t, err)
	require.Empty(t, theirs)
	require.NoError(t, desk.RevokeToken(ctx, tok.Name))
	_, err = w.Authenticate(ctx, secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
	require.ErrorIs(t, desk.RevokeToken(ctx, tok.Name), campaign.ErrNotFound)
	for _, e := range w.events {
		require.NotContains(t, e, string(secret)[17:])
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	w := newWorld(t)
	g := w.admin("acme", "ana@example.com")
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{g, g.Secret, &g, []Secret{g.Secret}, map[string]Secret{"x": g.Secret}, w.kind(kindUser)[0], w.kind(kindSession)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		log.Info("x", "v", v)
	}
	require.NoError(t, json.NewEncoder(&out).Encode(g))
	for _, leak := range []string{string(g.Secret)[17:], fmt.Sprintf("%x", string(g.Secret)[17:]), password, "argon2id$v"} {
		require.NotContains(t, out.String(), leak)
	}
	require.Equal(t, "[secret]", g.Secret.String())
	require.Empty(t, Secret("").String())
}
