package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
)

type loginInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1024" writeOnly:"true"`
	}
}

// Tokens are what a login gives.
type Tokens struct {
	Access  string `json:"access" doc:"For requests: Authorization: Bearer …"`
	Refresh string `json:"refresh" doc:"For new tokens."`
}

func (a *api) login() {
	route(a, op{method: http.MethodPost, path: "/api/auth/login/", id: "login", tag: "auth", marks: []string{public}, summary: "Log in"},
		func(ctx context.Context, _ *campaign.Service, in *loginInput) (*struct{ Body Tokens }, error) {
			if a.Login == nil {
				return nil, a.lacks(ctx, "login of its own", "login próprio")
			}
			access, refresh, err := a.Login.Login(ctx, in.Body.Email, in.Body.Password)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Tokens }{Tokens{access, refresh}}, nil
		})
}
