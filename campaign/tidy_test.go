package campaign_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// Texts of Windows editors have other line ends, and a mark before them that nobody
// is to get; what is as long as it may be is so in characters.
func TestTextsAreTidied(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c, err := w.s.Create(ctx, campaign.Draft{Name: strings.Repeat("é", 200), Description: "um\r\ndois\rtrês",
		Messages: []campaign.Message{{Text: "\ufeffOlá\r\n{{nome}}"}, {Text: strings.Repeat("ç", campaign.MaxText)}}})
	require.NoError(t, err)
	require.Equal(t, "Olá\n{{nome}}", c.Messages[0].Text)
	require.Equal(t, "um\ndois\ntrês", c.Description)
	c, err = w.s.Edit(ctx, c.ID, c.Rev, func(d *campaign.Draft) error {
		d.Messages[0].Text = "\ufeffa\rb"
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "a\nb", c.Messages[0].Text)
	_, err = w.s.Edit(ctx, c.ID, c.Rev, func(d *campaign.Draft) error {
		d.Name += "é"
		d.Messages[1].Text += "ç"
		return nil
	})
	require.ErrorContains(t, err, "name: ")
	require.ErrorContains(t, err, "messages[1].text: the text is too long: it has 4097 characters")
}
