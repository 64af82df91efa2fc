package control

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// attend asks again, now and then, who calls, while the client paces a request: a
// stream or a body that takes its time ends soon after the token or session that
// it began with.
func (a *api) attend(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	if v.as == nil || !marked(ctx, stream) && !marked(ctx, ownBody) {
		next(ctx)
		return
	}
	in, end := context.WithCancel(ctx.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(a.Limits.Recheck)
		defer t.Stop()
		for {
			select {
			case <-in.Done():
				return
			case <-t.C:
			}
			now, err := a.Authenticate(v.r.WithContext(in))
			gone := errors.Is(err, ErrNoCaller) || errors.Is(err, campaign.ErrForbidden)
			if gone || err == nil && now != v.as.Caller() { // a database that does not answer ends nothing
				end()
				return
			}
		}
	}()
	defer func() {
		end()
		<-ended // v.r is the server's again when we return
	}()
	next(huma.WithContext(ctx, in))
}
