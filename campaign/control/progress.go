package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// streamed is an answer that is written piece by piece.
type streamed struct {
	Body func(huma.Context)
}

func (a *api) progress() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/watch/", id: "watchCampaign", tag: "campaigns", marks: []string{stream},
		answers: []string{"text/event-stream"},
		summary: "Live progress as server-sent events: each \"campaign\" event is the campaign; \"end\" when it has ended"}, a.watch)
}

func (a *api) watch(ctx context.Context, s *campaign.Service, in *OneCampaign) (*streamed, error) {
	id := campaign.ID(in.ID)
	if _, err := s.Campaign(ctx, id); err != nil { // so that what is not there is a 404 and no stream
		return nil, err
	}
	return &streamed{Body: func(hc huma.Context) {
		v := visitOf(ctx)
		ctx, stop := context.WithTimeout(ctx, a.Limits.StreamTime)
		defer stop()
		out := &events{w: v.w, c: http.NewResponseController(v.w), patience: a.Limits.WriteTime}
		out.begin()

		news := make(chan campaign.Progress)
		ended := make(chan error, 1)
		go func() {
			var last error
			for p, err := range s.Watch(ctx, id) {
				if last = err; err != nil {
					break
				}
				select {
				case news <- p:
				case <-ctx.Done():
				}
			}
			ended <- last
		}()
		beat := time.NewTicker(a.Limits.Beat)
		defer beat.Stop()
		for ok := true; ok; {
			select {
			case p := <-news:
				c, err := s.Campaign(ctx, id)
				if err != nil {
					stop()
					continue
				}
				ok = out.send("campaign", v.campaign(campaign.Standing{Campaign: c, Progress: p, Warnings: s.Warnings(c)}))
			case <-beat.C:
				ok = out.comment()
			case <-a.Done:
				ok = false
			case err := <-ended:
				if err == nil {
					out.send("end", struct{}{})
				}
				return
			}
		}
		stop()
		<-ended // the watcher has ended when we return
	}}, nil
}

// events writes server-sent events.
type events struct {
	w        http.ResponseWriter
	c        *http.ResponseController
	patience time.Duration
}

func (e *events) begin() {
	h := e.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	e.w.WriteHeader(http.StatusOK)
	_ = e.flush()
}

func (e *events) send(name string, data any) bool {
	text, err := json.Marshal(data)
	if err != nil {
		return false
	}
	return e.put(fmt.Sprintf("event: %s\ndata: %s\n\n", name, text))
}

func (e *events) comment() bool { return e.put(": still here\n\n") }

// put reports whether the client still takes what is written.
func (e *events) put(text string) bool {
	_ = e.c.SetWriteDeadline(soon(e.patience))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return false
	}
	return e.flush() == nil
}

func (e *events) flush() error { return e.c.Flush() }
