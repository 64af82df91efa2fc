package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/contact"
)

const (
	wordsPath   = "/api/contacts/opt_out_words/"
	reviewsPath = "/api/contacts/opt_out_reviews/"
)

// OptOutWord is a word that people leave with, or come back with.
type OptOutWord struct {
	Word    string     `json:"word"`
	Wish    string     `json:"wish" enum:"out,in" doc:"out: no more messages; in: messages again, after out."`
	BuiltIn bool       `json:"built_in" doc:"Everybody's: it cannot be removed."`
	By      string     `json:"by" doc:"Who has added it."`
	At      *time.Time `json:"at" doc:"When; null for a built-in one."`
}

func wordView(w optout.Word) OptOutWord {
	return OptOutWord{Word: w.Text, Wish: string(w.Wish), BuiltIn: w.BuiltIn, By: w.By, At: moment(w.At)}
}

type addWordInput struct {
	Body struct {
		Word string `json:"word" minLength:"1" maxLength:"240" doc:"A word or a short sentence, at most 60 characters. How it is written does not matter: capitals, accents, marks, emoji."`
		Wish string `json:"wish,omitempty" enum:"out,in" default:"out"`
	}
}

type removeWordInput struct {
	Body struct {
		Word string `json:"word" minLength:"1" maxLength:"240"`
	}
}

// optedOut registers a route about what stands around opting out.
func optedOut[I, O any](a *api, o op, h func(context.Context, *optout.Desk, *I) (*O, error)) {
	o.tag = "contacts"
	route(a, o, func(ctx context.Context, s *campaign.Service, in *I) (*O, error) {
		role := campaign.Operator
		if o.method == http.MethodGet && o.path == wordsPath {
			role = campaign.Viewer
		}
		if err := s.Caller().May(role); err != nil {
			return nil, err
		}
		if a.OptOuts == nil {
			return nil, a.lacks(ctx, "opt-out words", "palavras de descadastro")
		}
		return h(ctx, a.OptOuts.As(s.Caller()), in)
	})
}

func (a *api) optOutWords() {
	optedOut(a, op{method: http.MethodGet, path: wordsPath, id: "listOptOutWords", summary: "The words that people leave and come back with: built-in ones and the tenant's own"},
		func(ctx context.Context, d *optout.Desk, in *struct{ ByNumber }) (*pageOf[OptOutWord], error) {
			all, err := d.Words(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]OptOutWord, len(all))
			for i, w := range all {
				out[i] = wordView(w)
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	optedOut(a, op{method: http.MethodPost, path: wordsPath, id: "addOptOutWord", status: http.StatusCreated,
		summary: "Add a word that counts from now on; a campaign's question should not have it among its answers"},
		func(ctx context.Context, d *optout.Desk, in *addWordInput) (*struct{ Body OptOutWord }, error) {
			wish := contact.WishOut
			if in.Body.Wish == string(contact.WishIn) {
				wish = contact.WishIn
			}
			w, err := d.AddWord(ctx, wish, in.Body.Word)
			if err != nil {
				return nil, err
			}
			return &struct{ Body OptOutWord }{wordView(w)}, nil
		})
	optedOut(a, op{method: http.MethodPost, path: wordsPath + "remove/", id: "removeOptOutWord", status: http.StatusNoContent,
		summary: "Take one of the tenant's own words back; who has left with it stays out"},
		func(ctx context.Context, d *optout.Desk, in *removeWordInput) (*struct{}, error) {
			return nil, d.RemoveWord(ctx, in.Body.Word)
		})
}

// OptOutReview is a message that looks like a wish to leave and was not taken as
// one.
type OptOutReview struct {
	ID         int64     `json:"id"`
	Phone      string    `json:"phone"`
	Text       string    `json:"text" doc:"The first 300 characters."`
	Unreadable bool      `json:"unreadable" doc:"The text cannot be read with this installation's secret."`
	Word       string    `json:"word" doc:"What made it look so."`
	At         time.Time `json:"at"`
	Instance   int64     `json:"instance" doc:"The number that was written to."`
	Campaign   *int64    `json:"campaign" doc:"The one that had written to the person last; null if none."`
	OptedOut   bool      `json:"opted_out" doc:"The person has left meanwhile."`
}

func reviewView(r optout.Review) OptOutReview {
	v := OptOutReview{ID: r.ID, Phone: string(r.From), Text: r.Text, Unreadable: r.Unreadable, Word: r.Word, At: r.At, Instance: int64(r.Instance), OptedOut: r.OptedOut}
	if r.Campaign != 0 {
		id := int64(r.Campaign)
		v.Campaign = &id
	}
	return v
}

// OneReview names a review in the path.
type OneReview struct {
	ID int64 `path:"id"`
}

type takeReviewInput struct {
	OneReview
	Body *struct {
		Evidence string `json:"evidence,omitempty" maxLength:"500" doc:"For the log, which is never erased: do not copy the message into it."`
	}
}

func (a *api) optOutReviews() {
	optedOut(a, op{method: http.MethodGet, path: reviewsPath, id: "listOptOutReviews",
		summary: "Messages that look like a wish to leave and were not taken as one, the oldest first; each waits 90 days for somebody to decide"},
		func(ctx context.Context, d *optout.Desk, in *struct{ ByCursor }) (*pageOf[OptOutReview], error) {
			all, err := d.Reviews(ctx, in.Cursor, a.size(in.PageSize)+1)
			if err != nil {
				return nil, err
			}
			n, err := d.Count(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]OptOutReview, len(all))
			for i, r := range all {
				out[i] = reviewView(r)
			}
			count := int64(n)
			return continued(a, ctx, in.ByCursor, &count, out, func(r OptOutReview) int64 { return r.ID }), nil
		})
	optedOut(a, op{method: http.MethodPost, path: reviewsPath + "{id}/take/", id: "takeOptOutReview",
		summary: "It was a wish to leave: the person gets nothing from now on, at the level of an operator's record"},
		func(ctx context.Context, d *optout.Desk, in *takeReviewInput) (*struct{ Body OptOutReview }, error) {
			evidence := ""
			if in.Body != nil {
				evidence = in.Body.Evidence
			}
			r, err := d.Take(ctx, in.ID, evidence)
			if err != nil {
				return nil, err
			}
			return &struct{ Body OptOutReview }{reviewView(r)}, nil
		})
	optedOut(a, op{method: http.MethodPost, path: reviewsPath + "{id}/dismiss/", id: "dismissOptOutReview", status: http.StatusNoContent,
		summary: "It was no wish to leave: take it off the list"},
		func(ctx context.Context, d *optout.Desk, in *OneReview) (*struct{}, error) {
			return nil, d.Dismiss(ctx, in.ID)
		})
}
