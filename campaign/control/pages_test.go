package control_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/control"
)

// Who walks through the campaigns meets each once, whatever is made or deleted
// meanwhile.
func TestPagesOfCampaignsLoseNobody(t *testing.T) {
	for _, ordering := range []string{"-created_at", "created_at"} {
		w := newWorld(t)
		made := func(name string) int64 {
			return into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": name}).is(201)).ID
		}
		var ids []int64
		for i := range 9 {
			ids = append(ids, made(fmt.Sprint("c", i)))
		}
		var seen []int64
		next := "/api/campaigns/campaigns/?page_size=3&page=1&ordering=" + ordering
		for next != "" {
			p := into[control.Page[control.Campaign]](w.do("GET", next, nil).is(200))
			require.NotNil(t, p.Count)
			for _, c := range p.Results {
				seen = append(seen, c.ID)
			}
			if next = ""; p.Next != nil {
				u, err := url.Parse(*p.Next)
				require.NoError(t, err)
				next = u.RequestURI()
			}
			if len(seen) == 3 { // one comes and one of those that were seen goes
				made("new")
				w.do("DELETE", fmt.Sprintf("/api/campaigns/campaigns/%d/", seen[1]), nil).is(204)
			}
		}
		count := map[int64]int{}
		for _, id := range seen {
			count[id]++
		}
		for _, id := range ids {
			require.Equal(t, 1, count[id], "%s: campaign %d", ordering, id)
		}
	}
}
