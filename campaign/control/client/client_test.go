package client_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/control/client"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

func TestClientIsMadeFromTheDocument(t *testing.T) {
	doc, err := os.ReadFile("openapi-3.0.json")
	require.NoError(t, err)
	sum, err := os.ReadFile("openapi-3.0.json.sum")
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(doc)), strings.Fields(string(sum))[0], "go generate ./campaign/control/client")
}

func ref[T any](v T) *T { return &v }

// A whole campaign by the generated client, over real HTTP.
func TestClientRunsACampaign(t *testing.T) {
	clock := campaigntest.NewClock(time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC))
	sender := &campaigntest.Recorder{Now: clock.Now}
	engine, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now})
	require.NoError(t, err)
	api, err := control.New(engine, control.Config{Authenticate: func(r *http.Request) (campaign.Caller, error) {
		if control.Bearer(r) != "secret" {
			return campaign.Caller{}, control.ErrNoCaller
		}
		return campaign.Caller{Tenant: "shop", Author: "ana", Role: campaign.Admin}, nil
	}})
	require.NoError(t, err)
	srv := httptest.NewServer(http.StripPrefix("/app", api))
	defer srv.Close()
	ctx := t.Context()

	stranger, err := client.NewClientWithResponses(srv.URL + "/app")
	require.NoError(t, err)
	refused, err := stranger.ListCampaignsWithResponse(ctx, nil)
	require.NoError(t, err)
	require.Nil(t, refused.JSON200)
	require.Equal(t, "not_authenticated", refused.ApplicationproblemJSONDefault.Code)

	c, err := client.NewClientWithResponses(srv.URL+"/app", client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer secret")
		return nil
	}))
	require.NoError(t, err)
	number, err := c.CreateInstanceWithResponse(ctx, client.InstanceNew{InstanceName: ref("sales"), IsDefault: ref(true)})
	require.NoError(t, err)
	require.NotNil(t, number.JSON201, "%s", number.Body)
	var ids []int64
	for i := range 3 {
		p, err := c.CreateContactWithResponse(ctx, client.ContactEdit{Name: ref("Ana"), Phone: ref(fmt.Sprintf("11 90000-%04d", i))})
		require.NoError(t, err)
		require.NotNil(t, p.JSON201, "%s", p.Body)
		ids = append(ids, p.JSON201.Id)
	}
	made, err := c.CreateCampaignWithResponse(ctx, client.CampaignNew{Name: ref("Páscoa"), Description: ref("stays"), Contacts: &ids})
	require.NoError(t, err)
	require.NotNil(t, made.JSON201, "%s", made.Body)
	id := made.JSON201.Id

	start, err := c.StartCampaignWithResponse(ctx, id)
	require.NoError(t, err)
	require.Equal(t, 422, start.StatusCode())
	require.Equal(t, "no_messages", (*start.ApplicationproblemJSONDefault.Errors)[0].Code)

	edited, err := c.EditCampaignWithResponse(ctx, id, &client.EditCampaignParams{IfMatch: ref(made.HTTPResponse.Header.Get("ETag"))},
		client.CampaignEdit{Messages: &[]client.MessageEdit{{MessageText: ref("Oi, {{primeiro_nome}}!")}}})
	require.NoError(t, err)
	require.NotNil(t, edited.JSON200, "%s", edited.Body)
	require.Equal(t, "stays", edited.JSON200.Description, "what an edit does not name is not emptied")

	start, err = c.StartCampaignWithResponse(ctx, id)
	require.NoError(t, err)
	require.NotNil(t, start.JSON200, "%s", start.Body)
	campaigntest.Play(t, engine, clock, clock.Now().Add(time.Hour))
	require.Equal(t, []string{"Oi, Ana!", "Oi, Ana!", "Oi, Ana!"}, sender.Texts())

	people, err := c.ListCampaignContactsWithResponse(ctx, id, &client.ListCampaignContactsParams{PageSize: ref(int64(2)),
		Status: &[]client.ListCampaignContactsParamsStatus{"sent", "failed"}})
	require.NoError(t, err)
	require.NotNil(t, people.JSON200, "%s", people.Body)
	require.EqualValues(t, 3, *people.JSON200.Count)
	require.Len(t, *people.JSON200.Results, 2)
}
