package control

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
)

// Bearer is the secret of a request, from its Authorization header; empty if
// it has none.
func Bearer(r *http.Request) account.Secret {
	kind, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return account.Secret(strings.TrimSpace(secret))
}

// Accounts authenticates requests by the sessions and API tokens of accounts:
// a Config.Authenticate.
func Accounts(a *account.Accounts) func(*http.Request) (campaign.Caller, error) {
	return func(r *http.Request) (campaign.Caller, error) {
		who, err := a.Authenticate(r.Context(), Bearer(r))
		if err != nil {
			return campaign.Caller{}, err
		}
		return who.Caller, nil
	}
}

// Tokens are what a login gives. Both are the session: it goes on while it is
// used, so there is nothing to renew in between.
type Tokens struct {
	Access    string    `json:"access" told:"once" doc:"For requests: Authorization: Bearer …"`
	Refresh   string    `json:"refresh" told:"once" doc:"For /api/auth/refresh/, which tells whether the session still stands."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it ends unless it is used before."`
	User      Me        `json:"user"`
}

// Me is who is calling.
type Me struct {
	ID     string `json:"id" doc:"Empty for an API token."`
	Email  string `json:"email"`
	Name   string `json:"name"`
	Role   string `json:"role" enum:"viewer,operator,admin,host"`
	Tenant string `json:"tenant"`
}

func meOf(i account.Identity) Me {
	return Me{ID: string(i.User), Email: i.Email, Name: i.Name, Role: string(i.Caller.Role), Tenant: string(i.Caller.Tenant)}
}

func tokensOf(g account.Grant) *struct{ Body Tokens } {
	return &struct{ Body Tokens }{Tokens{Access: string(g.Secret), Refresh: string(g.Secret), ExpiresAt: g.ExpiresAt, User: meOf(g.Identity)}}
}

// origin is where a sign-in comes from.
func (a *api) origin(ctx context.Context) account.Origin {
	r := visitOf(ctx).r
	return account.Origin{Agent: r.UserAgent(), Address: a.cameFrom(r)}
}

// cameFrom is where a request comes from; the zero Addr where that is unknown.
func (a *api) cameFrom(r *http.Request) netip.Addr {
	if a.Address != nil {
		return a.Address(r)
	}
	p, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr()
}

// accounts registers a route of accounts: without them it is answered 501.
func accounts[I, O any](a *api, o op, h func(context.Context, *account.Accounts, *campaign.Service, *I) (*O, error)) {
	route(a, o, func(ctx context.Context, s *campaign.Service, in *I) (*O, error) {
		if a.Accounts == nil {
			return nil, a.lacks(ctx, "accounts of its own", "contas próprias")
		}
		out, err := h(ctx, a.Accounts, s, in)
		if errors.Is(err, account.ErrUnrecorded) {
			// The change stands: what is missing is its line in the log.
			a.Logger.Error("an account was changed and its event is missing", "request", visitOf(ctx).id, "error", err.Error())
			err = nil
		}
		return out, err
	})
}

// signedIn is the session that a request came with.
func (a *api) signedIn(ctx context.Context, acc *account.Accounts) (account.Identity, error) {
	return acc.Authenticate(ctx, Bearer(visitOf(ctx).r))
}

type loginInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1024" writeOnly:"true"`
	}
}

type refreshInput struct {
	Body struct {
		Refresh string `json:"refresh" maxLength:"200" writeOnly:"true"`
	}
}

type passwordInput struct {
	Body struct {
		Old string `json:"old_password" maxLength:"1024" writeOnly:"true"`
		New string `json:"new_password" maxLength:"1024" writeOnly:"true"`
	}
}

func (a *api) auth() {
	public := []string{public, guessable}
	accounts(a, op{method: http.MethodPost, path: "/api/auth/login/", id: "login", tag: "auth", marks: public, summary: "Log in"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *loginInput) (*struct{ Body Tokens }, error) {
			g, err := acc.Login(ctx, in.Body.Email, in.Body.Password, a.origin(ctx))
			if err != nil {
				return nil, err
			}
			return tokensOf(g), nil
		})
	accounts(a, op{method: http.MethodPost, path: "/api/auth/refresh/", id: "refresh", tag: "auth", marks: public, summary: "Whether a session still stands, and until when"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *refreshInput) (*struct{ Body Tokens }, error) {
			who, err := acc.Authenticate(ctx, account.Secret(in.Body.Refresh))
			if err != nil {
				return nil, err
			}
			return tokensOf(account.Grant{Secret: account.Secret(in.Body.Refresh), Identity: who}), nil
		})
	accounts(a, op{method: http.MethodPost, path: "/api/auth/logout/", id: "logout", tag: "auth", status: http.StatusNoContent, summary: "End the session"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, _ *struct{}) (*struct{}, error) {
			return nil, acc.Logout(ctx, Bearer(visitOf(ctx).r))
		})
	route(a, op{method: http.MethodGet, path: "/api/auth/me/", id: "me", tag: "auth", summary: "Who is calling"},
		func(ctx context.Context, s *campaign.Service, _ *struct{}) (*struct{ Body Me }, error) {
			c := s.Caller()
			me := Me{Name: c.Author, Role: string(c.Role), Tenant: string(c.Tenant)}
			if a.Accounts != nil && Bearer(visitOf(ctx).r) != "" {
				if who, err := a.signedIn(ctx, a.Accounts); err == nil {
					me = meOf(who)
				}
			}
			return &struct{ Body Me }{me}, nil
		})
	accounts(a, op{method: http.MethodPost, path: "/api/auth/password/", id: "changePassword", tag: "auth", summary: "Change the password; other sessions end"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *passwordInput) (*struct{ Body Tokens }, error) {
			who, err := a.signedIn(ctx, acc)
			if err != nil {
				return nil, err
			}
			g, err := acc.ChangePassword(ctx, who, in.Body.Old, in.Body.New, a.origin(ctx))
			if err != nil {
				return nil, err
			}
			return tokensOf(g), nil
		})
	a.sessions()
	a.links()
}

// Session is a sign-in that still stands.
type Session struct {
	Name      string    `json:"name"`
	Current   bool      `json:"current" doc:"Whether this request came with it."`
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
}

// OneName names a session, a link or a token in the path.
type OneName struct {
	Name string `path:"name" maxLength:"64"`
}

func (a *api) sessions() {
	const path = "/api/auth/sessions/"
	accounts(a, op{method: http.MethodGet, path: path, id: "listSessions", tag: "auth", summary: "The sessions of who is calling"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *struct{ ByNumber }) (*pageOf[Session], error) {
			who, err := a.signedIn(ctx, acc)
			if err != nil {
				return nil, err
			}
			all, err := acc.Sessions(ctx, who)
			if err != nil {
				return nil, err
			}
			out := make([]Session, len(all))
			for i, s := range all {
				out[i] = Session{Name: s.Name, Current: s.Name == who.Session, CreatedAt: s.CreatedAt, UsedAt: s.UsedAt, ExpiresAt: s.ExpiresAt, Address: s.Address, Agent: s.Agent}
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	accounts(a, op{method: http.MethodDelete, path: path + "{name}/", id: "endSession", tag: "auth", status: http.StatusNoContent, summary: "End one session of who is calling"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *OneName) (*struct{}, error) {
			who, err := a.signedIn(ctx, acc)
			if err != nil {
				return nil, err
			}
			return nil, acc.EndSession(ctx, who, in.Name)
		})
}

// Link is a link that works once.
type Link struct {
	Name      string    `json:"name"`
	Purpose   string    `json:"purpose" enum:"join,password"`
	Email     string    `json:"email" doc:"Whom it is for; empty if whoever joins may say."`
	FullName  string    `json:"full_name"`
	Role      string    `json:"role"`
	By        string    `json:"by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Tenant    string    `json:"tenant" doc:"The customer whom it lets somebody join; empty for the one without a name."`
	Secret    string    `json:"secret,omitempty" told:"once" doc:"Told once, to who made it: what /api/auth/accept/ takes."`
	Page      string    `json:"page,omitempty" doc:"Where people use it, if this installation has such a page: this address, a # and the secret."`
}

func linkView(l account.Link, s account.Secret) Link {
	return Link{Name: l.Name, Purpose: string(l.Purpose), Email: l.Email, FullName: l.FullName, Role: string(l.Role), By: l.By,
		CreatedAt: l.CreatedAt, ExpiresAt: l.ExpiresAt, Tenant: string(l.Tenant), Secret: string(s)}
}

type acceptInput struct {
	Body struct {
		Secret   string `json:"secret" maxLength:"200" writeOnly:"true"`
		Email    string `json:"email,omitempty" maxLength:"254" doc:"Needed if the link names none."`
		Name     string `json:"name,omitempty" maxLength:"200"`
		Password string `json:"password" maxLength:"1024" writeOnly:"true"`
	}
}

func (a *api) links() {
	public := []string{public, guessable}
	accounts(a, op{method: http.MethodPost, path: "/api/auth/link/", id: "readLink", tag: "auth", marks: public, summary: "What a link is for"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *struct {
			Body struct {
				Secret string `json:"secret" maxLength:"200" writeOnly:"true"`
			}
		}) (*struct{ Body Link }, error) {
			l, err := acc.Link(ctx, account.Secret(in.Body.Secret))
			if err != nil {
				return nil, a.linkProblem(ctx, err)
			}
			return &struct{ Body Link }{linkView(l, "")}, nil
		})
	accounts(a, op{method: http.MethodPost, path: "/api/auth/accept/", id: "acceptLink", tag: "auth", marks: public, summary: "Use a link: make the account, or set the password, and log in"},
		func(ctx context.Context, acc *account.Accounts, _ *campaign.Service, in *acceptInput) (*struct{ Body Tokens }, error) {
			g, err := acc.Accept(ctx, account.Secret(in.Body.Secret), account.Acceptance{Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password}, a.origin(ctx))
			if err != nil {
				return nil, a.linkProblem(ctx, err)
			}
			return tokensOf(g), nil
		})
}

// linkProblem says of a link that opens nothing that it is the link.
func (a *api) linkProblem(ctx context.Context, err error) error {
	if !errors.Is(err, account.ErrInvalidSecret) && !errors.Is(err, account.ErrExpired) {
		return err
	}
	p := a.problem(visitOf(ctx), http.StatusUnauthorized, codeLinkSpent)
	p.headers = http.Header{"Www-Authenticate": {a.Challenge}}
	return p
}

// accountProblem is the problem of an error of accounts; nil if it is none.
func (a *api) accountProblem(v *visit, err error) *Problem {
	var (
		locked *account.LockedError
		tenant *account.TenantError
	)
	unknown := func(code campaign.Code) *Problem {
		p := a.problem(v, http.StatusUnauthorized, code)
		p.headers = http.Header{"Www-Authenticate": {a.Challenge}}
		return p
	}
	switch {
	case errors.As(err, &locked):
		p := a.problem(v, http.StatusTooManyRequests, codeLocked, "until", locked.Until.UTC().Format(time.RFC3339))
		p.headers = http.Header{"Retry-After": {retryAfter(locked.Until.Sub(a.Now()))}}
		return p
	case errors.As(err, &tenant):
		return a.tenantProblem(v, tenant)
	case errors.Is(err, account.ErrWrongPassword):
		return unknown(codeWrongPassword)
	case errors.Is(err, account.ErrExpired):
		return unknown(codeExpired)
	case errors.Is(err, account.ErrInvalidSecret), errors.Is(err, account.ErrDisabled):
		return unknown(codeNoCaller)
	case errors.Is(err, account.ErrBusy):
		p := a.problem(v, http.StatusServiceUnavailable, codeCrowded)
		p.headers = http.Header{"Retry-After": {"2"}}
		return p
	case errors.Is(err, account.ErrTaken):
		return a.problem(v, http.StatusConflict, codeDuplicate, "field", "email")
	case errors.Is(err, account.ErrLastAdmin):
		return a.problem(v, http.StatusConflict, codeLastAdmin)
	case errors.Is(err, account.ErrBegun):
		return a.problem(v, http.StatusConflict, codeBegun)
	}
	return nil
}

// shownTenants is how many tenants a refusal names.
const shownTenants = 20

// tenantProblem names the tenants that there are, to their operator.
func (a *api) tenantProblem(v *visit, err *account.TenantError) *Problem {
	known := strings.Join(err.Known[:min(len(err.Known), shownTenants)], ", ")
	if len(err.Known) > shownTenants {
		known += ", …"
	}
	if err.Named == "" {
		return a.problem(v, http.StatusUnprocessableEntity, codeWhichTenant, "known", known)
	}
	args := []string{"name", err.Named}
	if near := campaign.Nearest(err.Named, err.Known); near != "" {
		args = append(args, "near", near)
	}
	if known != "" {
		args = append(args, "known", known)
	}
	return a.problem(v, http.StatusNotFound, codeNoTenant, args...)
}

// retryAfter is a wait in whole seconds, at least one.
func retryAfter(d time.Duration) string {
	return itoa(max(int64((d+time.Second-1)/time.Second), 1))
}
