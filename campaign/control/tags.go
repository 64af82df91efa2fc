package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
)

// Tag is a tag and how many contacts have it.
type Tag struct {
	Tag   string `json:"tag"`
	Count int64  `json:"count"`
}

func (a *api) tags() {
	route(a, op{method: http.MethodGet, path: "/api/contacts/tags/", id: "listTags", tag: "contacts", summary: "The tags in use, in alphabetical order"},
		func(ctx context.Context, s *campaign.Service, in *struct{ ByNumber }) (*pageOf[Tag], error) {
			ts, err := s.Contacts().Tags(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Tag, len(ts))
			for i, t := range ts {
				out[i] = Tag{t.Tag, t.Count}
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
}
