package control

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

func newRoutes(t *testing.T) *api {
	t.Helper()
	e, err := campaign.New(memory.New(), &campaigntest.Recorder{}, nil)
	require.NoError(t, err)
	h, err := New(e, Config{Authenticate: func(*http.Request) (campaign.Caller, error) { return campaign.Caller{}, ErrNoCaller }})
	require.NoError(t, err)
	return h.(*api)
}

// undocumented are the routes that the document does not describe.
func (a *api) undocumented(t *testing.T) (found []string) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(a.document, &doc))
	described := 0
	for _, methods := range doc.Paths {
		described += len(methods)
	}
	for _, p := range a.mux.patterns {
		method, path, ok := strings.Cut(p, " ")
		require.True(t, ok, "%q takes every method", p)
		if _, ok := doc.Paths[path][strings.ToLower(method)]; !ok {
			found = append(found, p)
		}
	}
	require.Equal(t, described, len(a.mux.patterns)-len(found), "the document describes what is no route")
	return found
}

// Every route is in the document, but the document's own.
func TestEveryRouteIsInTheDocument(t *testing.T) {
	a := newRoutes(t)
	require.Greater(t, len(a.mux.patterns), 80)
	require.Equal(t, []string{"GET /api/openapi.json"}, a.undocumented(t))

	// The test finds one that is hidden.
	huma.Register(a.huma, huma.Operation{Method: http.MethodGet, Path: "/api/hidden/", OperationID: "hidden", Hidden: true},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	require.Contains(t, a.undocumented(t), "GET /api/hidden/")
}
