package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
)

const (
	usersPath   = "/api/accounts/users/"
	linksPath   = "/api/accounts/links/"
	tokensPath  = "/api/accounts/tokens/"
	tenantsPath = "/api/accounts/tenants/"
)

// User is a person who may log in.
type User struct {
	ID         string     `json:"id"`
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Role       string     `json:"role" enum:"viewer,operator,admin"`
	IsActive   bool       `json:"is_active" doc:"Who is switched off cannot log in."`
	CreatedAt  time.Time  `json:"created_at"`
	SignedInAt *time.Time `json:"last_login"`
}

func userView(u account.User) User {
	return User{ID: string(u.ID), Email: u.Email, Name: u.Name, Role: string(u.Role), IsActive: !u.Disabled, CreatedAt: u.CreatedAt, SignedInAt: moment(u.SignedInAt)}
}

// UserEdit is what an administrator may write of a user.
type UserEdit struct {
	Name     Maybe[string] `json:"name,omitzero"`
	Role     Maybe[string] `json:"role,omitzero" doc:"viewer, operator or admin."`
	IsActive Maybe[bool]   `json:"is_active,omitzero"`
}

// OneUser names a user in the path.
type OneUser struct {
	ID string `path:"id" maxLength:"64"`
}

type inviteUserInput struct {
	Body struct {
		Email string `json:"email,omitempty" maxLength:"254" doc:"Whom it is for; empty lets whoever has the link say."`
		Name  string `json:"name,omitempty" maxLength:"200"`
		Role  string `json:"role" enum:"viewer,operator,admin"`
	}
}

func (a *api) users() {
	tag := "accounts"
	accounts(a, op{method: http.MethodGet, path: usersPath, id: "listUsers", tag: tag, summary: "The users of the tenant"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct{ ByNumber }) (*pageOf[User], error) {
			all, err := acc.As(s.Caller()).Users(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]User, len(all))
			for i, u := range all {
				out[i] = userView(u)
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	accounts(a, op{method: http.MethodPost, path: usersPath + "invite/", id: "inviteUser", tag: tag, status: http.StatusCreated, summary: "Invite somebody by a link that works once"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *inviteUserInput) (*struct{ Body Link }, error) {
			l, secret, err := acc.As(s.Caller()).Invite(ctx, account.Invitation{Email: in.Body.Email, Name: in.Body.Name, Role: campaign.Role(in.Body.Role)})
			return a.madeLink(l, secret), err
		})
	accounts(a, op{method: http.MethodGet, path: usersPath + "{id}/", id: "getUser", tag: tag, summary: "Read a user"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneUser) (*struct{ Body User }, error) {
			u, err := acc.As(s.Caller()).User(ctx, account.UserID(in.ID))
			if err != nil {
				return nil, err
			}
			return &struct{ Body User }{userView(u)}, nil
		})
	accounts(a, op{method: http.MethodPatch, path: usersPath + "{id}/", id: "editUser", tag: tag, summary: "Change a user's name or role, or switch the user off"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct {
			OneUser
			Body UserEdit
		}) (*struct{ Body User }, error) {
			u, err := acc.As(s.Caller()).EditUser(ctx, account.UserID(in.ID), func(u *account.User) error {
				in.Body.Name.put(&u.Name)
				if in.Body.Role.Given {
					u.Role = campaign.Role(in.Body.Role.Value)
				}
				if in.Body.IsActive.Given {
					u.Disabled = !in.Body.IsActive.Value
				}
				return nil
			})
			return &struct{ Body User }{userView(u)}, err
		})
	accounts(a, op{method: http.MethodDelete, path: usersPath + "{id}/", id: "deleteUser", tag: tag, status: http.StatusNoContent, summary: "Remove a user"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneUser) (*struct{}, error) {
			return nil, acc.As(s.Caller()).RemoveUser(ctx, account.UserID(in.ID))
		})
	accounts(a, op{method: http.MethodPost, path: usersPath + "{id}/reset_password/", id: "resetPassword", tag: tag, status: http.StatusCreated, summary: "A link with which a user chooses another password"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneUser) (*struct{ Body Link }, error) {
			l, secret, err := acc.As(s.Caller()).ResetPassword(ctx, account.UserID(in.ID))
			return a.madeLink(l, secret), err
		})
	accounts(a, op{method: http.MethodPost, path: usersPath + "{id}/end_sessions/", id: "endSessions", tag: tag, status: http.StatusNoContent, summary: "End every session of a user"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneUser) (*struct{}, error) {
			return nil, acc.As(s.Caller()).EndSessions(ctx, account.UserID(in.ID))
		})
	a.openLinks()
}

func (a *api) madeLink(l account.Link, s account.Secret) *struct{ Body Link } {
	out := linkView(l, s)
	out.Page = a.JoinPage
	return &struct{ Body Link }{out}
}

func (a *api) openLinks() {
	tag := "accounts"
	accounts(a, op{method: http.MethodGet, path: linksPath, id: "listLinks", tag: tag, summary: "Links that were not used yet"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct{ ByNumber }) (*pageOf[Link], error) {
			all, err := acc.As(s.Caller()).Links(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Link, len(all))
			for i, l := range all {
				out[i] = linkView(l, "")
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	accounts(a, op{method: http.MethodPost, path: linksPath + "first/", id: "firstLink", tag: tag, status: http.StatusCreated,
		summary: "The link with which the first administrator of a tenant joins; for the operator of the installation"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, _ *struct{}) (*struct{ Body Link }, error) {
			l, secret, err := acc.As(s.Caller()).FirstLink(ctx)
			return a.madeLink(l, secret), err
		})
	accounts(a, op{method: http.MethodDelete, path: linksPath + "{name}/", id: "revokeLink", tag: tag, status: http.StatusNoContent, summary: "Make a link useless"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneName) (*struct{}, error) {
			return nil, acc.As(s.Caller()).RevokeLink(ctx, in.Name)
		})
}

// Token is an API token.
type Token struct {
	Name      string     `json:"name" doc:"A part of its secret that opens nothing."`
	Title     string     `json:"title"`
	Role      string     `json:"role" enum:"viewer,operator,admin"`
	By        string     `json:"by"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"last_used_at" doc:"To the minute."`
	ExpiresAt *time.Time `json:"expires_at" doc:"Null: never."`
	Secret    string     `json:"secret,omitempty" told:"once" doc:"Told once, to who made it: Authorization: Bearer …"`
}

func tokenView(t account.Token, s account.Secret) Token {
	return Token{Name: t.Name, Title: t.Title, Role: string(t.Role), By: t.By, CreatedAt: t.CreatedAt, UsedAt: moment(t.UsedAt), ExpiresAt: moment(t.ExpiresAt), Secret: string(s)}
}

type addTokenInput struct {
	Body struct {
		Title     string     `json:"title" maxLength:"200" doc:"What it is for."`
		Role      string     `json:"role" enum:"viewer,operator,admin"`
		ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Left out: never."`
	}
}

func (a *api) tokens() {
	tag := "accounts"
	accounts(a, op{method: http.MethodGet, path: tokensPath, id: "listTokens", tag: tag, summary: "The API tokens of the tenant"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct{ ByNumber }) (*pageOf[Token], error) {
			all, err := acc.As(s.Caller()).Tokens(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Token, len(all))
			for i, t := range all {
				out[i] = tokenView(t, "")
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	accounts(a, op{method: http.MethodPost, path: tokensPath, id: "createToken", tag: tag, status: http.StatusCreated, summary: "Make an API token; its secret is told once"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *addTokenInput) (*struct{ Body Token }, error) {
			want := account.Token{Title: in.Body.Title, Role: campaign.Role(in.Body.Role)}
			if in.Body.ExpiresAt != nil {
				want.ExpiresAt = in.Body.ExpiresAt.UTC()
			}
			t, secret, err := acc.As(s.Caller()).AddToken(ctx, want)
			return &struct{ Body Token }{tokenView(t, secret)}, err
		})
	accounts(a, op{method: http.MethodDelete, path: tokensPath + "{name}/", id: "revokeToken", tag: tag, status: http.StatusNoContent, summary: "End an API token at once"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneName) (*struct{}, error) {
			return nil, acc.As(s.Caller()).RevokeToken(ctx, in.Name)
		})
}

// Tenant is a customer of the installation.
type Tenant struct {
	Name      string    `json:"name"`
	Title     string    `json:"title"`
	IsActive  bool      `json:"is_active" doc:"Nobody of a tenant that is switched off can log in."`
	CreatedAt time.Time `json:"created_at"`
}

func tenantView(t account.Tenant) Tenant {
	return Tenant{Name: string(t.Name), Title: t.Title, IsActive: !t.Disabled, CreatedAt: t.CreatedAt}
}

// OneTenant names a tenant in the path.
type OneTenant struct {
	Tenant string `path:"tenant" maxLength:"40" doc:"Its name; - is the one without a name."`
}

// desk administers one tenant for the operator of the installation. Anybody
// else has a tenant already, and another one's name changes nothing.
func (o OneTenant) desk(acc *account.Accounts, s *campaign.Service) (*account.Desk, error) {
	c, name := s.Caller(), campaign.Tenant(o.Tenant)
	if name == account.Nameless {
		name = ""
	}
	if c.May(campaign.Host) != nil && c.Tenant != name {
		return nil, campaign.ErrNotFound
	}
	c.Tenant = name
	return acc.As(c), nil
}

// known is desk of a tenant that is there. The operator of the installation is
// told which are.
func (o OneTenant) known(ctx context.Context, acc *account.Accounts, s *campaign.Service) (*account.Desk, error) {
	d, err := o.desk(acc, s)
	if err == nil && s.Caller().May(campaign.Host) == nil {
		_, err = d.Which(ctx, o.Tenant)
	}
	return d, err
}

func (a *api) tenants() {
	tag := "accounts"
	accounts(a, op{method: http.MethodGet, path: tenantsPath, id: "listTenants", tag: tag, summary: "All tenants; for the operator of the installation"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct{ ByNumber }) (*pageOf[Tenant], error) {
			all, err := acc.As(s.Caller()).Tenants(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Tenant, len(all))
			for i, t := range all {
				out[i] = tenantView(t)
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	accounts(a, op{method: http.MethodPost, path: tenantsPath, id: "createTenant", tag: tag, status: http.StatusCreated, summary: "Make a tenant; for the operator of the installation"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct {
			Body struct {
				Name  string `json:"name" maxLength:"40" doc:"Lower case letters, digits and hyphens."`
				Title string `json:"title,omitempty" maxLength:"200"`
			}
		}) (*struct{ Body Tenant }, error) {
			d, err := OneTenant{in.Body.Name}.desk(acc, s)
			if err != nil {
				return nil, campaign.ErrForbidden
			}
			t, err := d.AddTenant(ctx, in.Body.Title)
			return &struct{ Body Tenant }{tenantView(t)}, err
		})
	accounts(a, op{method: http.MethodGet, path: tenantsPath + "{tenant}/", id: "getTenant", tag: tag, summary: "Read a tenant"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *OneTenant) (*struct{ Body Tenant }, error) {
			d, err := in.known(ctx, acc, s)
			if err != nil {
				return nil, err
			}
			t, err := d.Tenant(ctx)
			return &struct{ Body Tenant }{tenantView(t)}, err
		})
	accounts(a, op{method: http.MethodPatch, path: tenantsPath + "{tenant}/", id: "editTenant", tag: tag, summary: "Change a tenant's title, or switch it off; for the operator of the installation"},
		func(ctx context.Context, acc *account.Accounts, s *campaign.Service, in *struct {
			OneTenant
			Body struct {
				Title    Maybe[string] `json:"title,omitzero"`
				IsActive Maybe[bool]   `json:"is_active,omitzero"`
			}
		}) (*struct{ Body Tenant }, error) {
			d, err := in.known(ctx, acc, s)
			if err != nil {
				return nil, err
			}
			t, err := d.EditTenant(ctx, func(t *account.Tenant) error {
				in.Body.Title.put(&t.Title)
				if in.Body.IsActive.Given {
					t.Disabled = !in.Body.IsActive.Value
				}
				return nil
			})
			return &struct{ Body Tenant }{tenantView(t)}, err
		})
}
