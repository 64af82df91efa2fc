package control_test

import (
	"testing"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

// Every answer about a campaign tells what its texts give to look at.
func TestWarningsReachEverybody(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	seen := func(ws []control.Warning) {
		t.Helper()
		require.Len(t, ws, 1)
		require.Equal(t, "messages[0].message_text", ws[0].Field)
		require.Equal(t, "template_one_brace", ws[0].Code)
		require.Contains(t, ws[0].Text, "one brace on each side")
		require.Equal(t, []any{1, "nome", 1, 4, 3, 6, false}, []any{ws[0].Message, ws[0].Variable, ws[0].Line, ws[0].Column, ws[0].Offset, ws[0].Length, ws[0].Blocks})
	}
	made := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "messages": []m{{"message_text": "Oi {nome}"}},
		"instances": []int64{e.instance}, "contacts": []int64{e.contact}}, "Accept-Language", "en").is(201))
	seen(made.Warnings)
	path := "/api/campaigns/campaigns/2/"
	require.EqualValues(t, 2, made.ID)
	seen(into[control.Campaign](w.do("PATCH", path, m{"name": "y"}, "Accept-Language", "en").is(200)).Warnings)
	seen(into[control.Forecast](w.do("GET", path+"forecast/", nil, "Accept-Language", "en").is(200)).Warnings)
	page := into[control.Page[control.Preview]](w.do("GET", path+"messages/1/preview/", nil, "Accept-Language", "en").is(200))
	seen(page.Results[0].Warnings)
	require.Empty(t, page.Results[0].Defaults)
	w.do("PATCH", path, m{"messages": []m{{"id": 1, "message_text": "Oi {nome} {{quem_indicou|amigo}}"}}}).is(200)
	page = into[control.Page[control.Preview]](w.do("POST", path+"messages/1/preview/", m{"phones": []string{"(11) 90000-0001"}}, "Accept-Language", "en").is(200))
	seen(page.Results[0].Warnings)
	require.Equal(t, "Oi {nome} amigo", page.Results[0].Text)
	require.Equal(t, []string{"quem_indicou"}, page.Results[0].Defaults)
	w.do("POST", path+"messages/1/preview/", m{"phones": []string{"11 90000-0077"}}).is(404)
	w.do("POST", path+"messages/1/preview/", m{"phones": []string{"12"}}).is(422)
	seen(into[control.Campaign](w.do("POST", path+"start/", nil, "Accept-Language", "en").is(200)).Warnings)
}
