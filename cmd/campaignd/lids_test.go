package main

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// Whose an anonymous address is outlives the daemon, and ends with the person's
// erasure.
func TestAnonymousAddressesOutliveTheDaemon(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.join()
	s.connect("vendas")
	_, reported, err := s.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: "5511900000002", Text: "SAIR", LID: true})
	require.NoError(t, err)
	require.True(t, reported)
	s.becomes("it has arrived", func() bool { return s.optedOut("5511900000002") })
	require.Equal(t, exitOK, s.daemon.stop().code)

	env := parseEnvironment(s.environ)
	h, err := openHouse(&world{ctx: t.Context(), env: env}, houseFlags{dataFlag: dataFlag{Data: env["CAMPAIGND_DATA"]}},
		newClock(), evolution.Server{}, "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, h.close()) }()
	kept, err := h.documents.List(t.Context(), document.Query{Kind: "line.lid"})
	require.NoError(t, err)
	require.Len(t, kept, 1)
	p, err := h.lids.Phone(t.Context(), "", kept[0].Key)
	require.NoError(t, err)
	require.Equal(t, contact.Phone("+5511900000002"), p)

	_, err = h.engine.As(campaign.Caller{Author: "ana", Role: campaign.Host}).Erase(t.Context(), p, "carta")
	require.NoError(t, err)
	p, err = h.lids.Phone(t.Context(), "", kept[0].Key)
	require.NoError(t, err)
	require.Empty(t, p)
}
