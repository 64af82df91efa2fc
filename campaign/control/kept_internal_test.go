package control

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/store/memory"
)

// A new route whose answer has a secret must be known to have one.
func TestARouteThatTellsASecretIsMarked(t *testing.T) {
	e, err := campaign.New(memory.New(), &campaigntest.Recorder{}, nil)
	require.NoError(t, err)
	h, err := New(e, Config{Authenticate: func(*http.Request) (campaign.Caller, error) { return campaign.Caller{}, ErrNoCaller }})
	require.NoError(t, err)
	schemas := h.(*api).huma.OpenAPI().Components.Schemas
	var secret func(s *huma.Schema) bool
	secret = func(s *huma.Schema) bool {
		if s.Ref != "" {
			s = schemas.SchemaFromRef(s.Ref)
		}
		for name, p := range s.Properties {
			named := p.Format == "" && p.Type == "string" && (strings.Contains(name, "secret") || strings.Contains(name, "token") || name == "access")
			if named || secret(p) {
				return true
			}
		}
		return s.Items != nil && secret(s.Items)
	}
	marked := 0
	for path, item := range h.(*api).huma.OpenAPI().Paths {
		if item.Post == nil {
			continue
		}
		for _, r := range item.Post.Responses {
			for _, m := range r.Content {
				if m.Schema != nil && secret(m.Schema) {
					marked++
					require.Equal(t, true, item.Post.Metadata[telling], path)
				}
			}
		}
	}
	require.Greater(t, marked, 5)
	require.False(t, tells(reflect.TypeFor[struct{ Body Campaign }]()))
}
