package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func codes(ws []campaign.Warning) (found []string) {
	for _, w := range ws {
		s := w.Field + " " + string(w.Why.Code)
		if !w.Warning {
			s += " blocks"
		}
		found = append(found, s)
	}
	return found
}

// What a text gives to look at is told wherever the campaign is read.
func TestWarnings(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c, err := w.s.Create(ctx, campaign.Draft{Name: "x", Instances: w.numbers(1, fast()), Messages: []campaign.Message{
		{Text: "Oi {nome} {{primero_nome|amigo}} {{cidade}}"}, {Text: "[nome]", Off: true}, {Text: `{Oi|Olá}\nfim {{`}}})
	require.NoError(t, err)
	want := []string{"messages[0].text template_one_brace", "messages[0].text variable_unknown blocks",
		"messages[2].text template_spintax", "messages[2].text template_typed_escape", "messages[2].text template_syntax blocks"}
	require.Equal(t, want, codes(w.s.Warnings(c)), "cidade may come with the audience")
	st, err := w.s.Standing(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, want, codes(st.Warnings))

	ana := contact.Contact{Phone: "+5511900000001", Name: "Ana", Vars: map[string]string{"cidade": "Santos"}}
	nobody := contact.Contact{Phone: "+5511900000002", Name: "🌸"}
	_, err = w.s.Add(ctx, c.ID, campaign.Everyone(ana, nobody))
	require.NoError(t, err)
	c, err = w.s.Campaign(ctx, c.ID)
	require.NoError(t, err)
	c, err = w.s.Edit(ctx, c.ID, c.Rev, func(d *campaign.Draft) error {
		d.Messages = d.Messages[:1]
		d.Messages[0].Text = "Oi {nome} {{primeiro_nome|amigo}} {{cidade}} {{bairro|x}}"
		return nil
	})
	require.NoError(t, err)
	want = []string{"messages[0].text template_one_brace", "messages[0].text variable_unknown blocks", "messages[0].text variable_missing blocks"}
	f, err := w.s.Forecast(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, want, codes(f.Warnings))

	// A preview is for whom one wants, and says where the default was used.
	ps, err := w.s.Preview(ctx, c.ID, campaign.PreviewQuery{Message: 1, Phones: []contact.Phone{ana.Phone}})
	require.NoError(t, err)
	require.Len(t, ps, 1)
	require.Equal(t, "Oi {nome} Ana Santos x", ps[0].Text)
	require.Equal(t, []string{"bairro"}, ps[0].Defaults)
	require.Equal(t, want, codes(ps[0].Warnings))
	_, err = w.s.Preview(ctx, c.ID, campaign.PreviewQuery{Message: 1, Phones: []contact.Phone{"+5511900000077"}})
	require.ErrorIs(t, err, contact.ErrNotFound)
	known, err := w.s.Contacts().CreateContact(ctx, w.clock.Now(), contact.Contact{Phone: "+5511900000077", Name: "Bia", Active: true})
	require.NoError(t, err)
	ps, err = w.s.Preview(ctx, c.ID, campaign.PreviewQuery{Message: 1, Contacts: []int64{known.ID}, Phones: []contact.Phone{known.Phone, nobody.Phone}})
	require.NoError(t, err)
	require.Len(t, ps, 3)
	require.Equal(t, "Bia", ps[1].Contact.Name)
	require.Equal(t, campaign.CodeVariableMissing, ps[2].Why.Code)

	// What has ended is nobody's to mend.
	c.Status = campaign.Completed
	require.Empty(t, w.s.Warnings(c))
}
