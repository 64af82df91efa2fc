package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/contact"
)

func TestWordsOfATenant(t *testing.T) {
	w := newWorld(t)
	const path = "/api/contacts/opt_out_words/"
	list := func(as string) (own []control.OptOutWord, built int) {
		for _, x := range into[struct{ Results []control.OptOutWord }](w.do("GET", path+"?page_size=100", nil, "Authorization", "Bearer "+as).is(200)).Results {
			if x.BuiltIn {
				built++
			} else {
				own = append(own, x)
			}
		}
		return own, built
	}
	own, built := list("shop/eve/viewer")
	require.Empty(t, own)
	k := contact.DefaultKeywords()
	require.Equal(t, len(k.Out)+len(k.In), built)

	w.do("POST", path, m{"word": "  Não  QUERO "}, "Authorization", "Bearer shop/bia/operator").is(201)
	w.do("POST", path, m{"word": "quero de volta", "wish": "in"}).is(201)
	own, _ = list("shop/eve/viewer")
	now := monday
	require.Equal(t, []control.OptOutWord{{Word: "Não QUERO", Wish: "out", By: "bia", At: &now}, {Word: "quero de volta", Wish: "in", By: "ana", At: &now}}, own)
	rival, _ := list("rival/bob/admin")
	require.Empty(t, rival, "a word is one tenant's")

	for word, code := range map[string]string{"sair": "word_taken", "nao quero!": "word_taken", "obrigado": "word_is_polite", "vaza?": "word_is_question",
		"🛑": "missing", strings.Repeat("vaza ", 20): "too_long"} {
		p := w.do("POST", path, m{"word": word}).refused(422, "invalid")
		require.Equal(t, code, p.Errors[0].Code, word)
		require.Equal(t, "word", p.Errors[0].Field)
	}
	words, err := w.optouts.Keywords(t.Context(), "shop")
	require.NoError(t, err)
	wish, _ := words.Read("NÃO QUERO!!")
	require.Equal(t, contact.WishOut, wish)

	w.do("POST", path+"remove/", m{"word": "SAIR"}).refused(409, "word_built_in")
	w.do("POST", path+"remove/", m{"word": "vaza"}).refused(404, "not_found")
	w.do("POST", path+"remove/", m{"word": "nao quero."}).is(204)
	own, _ = list("shop/eve/viewer")
	require.Len(t, own, 1)
	es, err := w.engine.As(campaign.Caller{Tenant: "shop", Role: campaign.Host}).Events(t.Context(), campaign.EventQuery{Types: []campaign.EventType{campaign.EventWordAdded, campaign.EventWordRemoved}})
	require.NoError(t, err)
	require.Len(t, es, 3)
	require.Equal(t, "bia", es[0].Author)
}

func TestReviewsOverREST(t *testing.T) {
	w := newWorld(t)
	const path = "/api/contacts/opt_out_reviews/"
	for i, text := range []string{"vou sair", "chega", "não quero isso", "cancelar o pedido"} {
		require.NoError(t, w.optouts.Keep(t.Context(), "shop", optout.Doubt{From: contact.Phone("+551190000000" + string(rune('1'+i))), Text: text, Word: "x",
			Message: "3EB0", At: monday.Add(time.Duration(i) * time.Minute), Instance: 7}))
	}
	type page struct {
		Count   *int64
		Next    *string
		Results []control.OptOutReview
	}
	first := into[page](w.do("GET", path+"?page_size=3", nil).is(200))
	require.EqualValues(t, 4, *first.Count)
	require.Equal(t, []string{"vou sair", "chega", "não quero isso"}, []string{first.Results[0].Text, first.Results[1].Text, first.Results[2].Text})
	require.Equal(t, "+5511900000001", first.Results[0].Phone)
	require.EqualValues(t, 7, first.Results[0].Instance)
	second := into[page](w.do("GET", *first.Next, nil).is(200))
	require.Len(t, second.Results, 1)
	require.Nil(t, second.Next)
	w.do("GET", path, nil, "Authorization", "Bearer shop/eve/viewer").refused(403, "forbidden")

	at := func(i int, what string) string { return path + fmt.Sprint(first.Results[i].ID) + "/" + what + "/" }
	got := into[control.OptOutReview](w.do("POST", at(0, "take"), m{"evidence": "lido por Ana"}).is(200))
	require.True(t, got.OptedOut)
	w.do("POST", at(0, "take"), nil).refused(404, "not_found")
	w.do("POST", at(1, "dismiss"), nil).is(204)
	w.do("POST", at(1, "dismiss"), nil).refused(404, "not_found")
	w.do("POST", "/api/contacts/contacts/opt_out/", m{"phones": []string{"11 90000-0003"}, "evidence": "by phone"}).is(200)
	left := into[page](w.do("GET", path, nil).is(200))
	require.EqualValues(t, 1, *left.Count, "who has left in another way waits no more")
	levels, err := w.engine.As(campaign.Caller{Tenant: "shop", Role: campaign.Host}).OptOutLevels(t.Context(), "+5511900000001", "+5511900000002")
	require.NoError(t, err)
	require.Equal(t, []campaign.Level{campaign.OutByOperator, campaign.NotOut}, levels)

	file := w.do("POST", "/api/contacts/contacts/export_person/", m{"phone": "11 90000-0004"}).is(200)
	require.Contains(t, string(file.body), "cancelar o pedido", "it is held about the person")
	w.do("POST", "/api/contacts/contacts/erase_person/", m{"phone": "11 90000-0004"}).is(200)
	require.Empty(t, into[page](w.do("GET", path, nil).is(200)).Results)
}

// The list of opt-outs goes by cursor to its end, and a cursor of one's own making
// is refused.
func TestTheListOfOptOutsGoesByCursor(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.do("POST", "/api/contacts/contacts/opt_out/", m{"phones": []string{fmt.Sprintf("+551190000000%d", n)}, "evidence": "letter"}).is(200)
	}
	seen := map[string]bool{}
	for next := "/api/contacts/opt_outs/?page_size=2"; next != ""; {
		p := into[control.Page[control.OptOut]](w.do("GET", next, nil).is(200))
		require.LessOrEqual(t, len(p.Results), 2)
		for _, o := range p.Results {
			require.Equal(t, "operator", o.Level)
			require.Equal(t, "letter", o.Reason.Args["reason"])
			require.Empty(t, o.Phone)
			seen[o.Key] = true
		}
		next = ""
		if p.Next != nil {
			next = *p.Next
			next = next[strings.Index(next, "/api/"):]
		}
	}
	require.Len(t, seen, 5)
	for _, bad := range []string{"x", "1", "1.00", "1." + strings.Repeat("z", 64)} {
		p := w.do("GET", "/api/contacts/opt_outs/?cursor="+bad, nil).refused(422, "invalid")
		require.Equal(t, "not_understood", p.Errors[0].Code)
	}
}
