package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	usersPath   = "/api/accounts/users/"
	linksPath   = "/api/accounts/links/"
	tokensPath  = "/api/accounts/tokens/"
	tenantsPath = "/api/accounts/tenants/"
)

// Tenants are the commands about the customers of an installation.
type Tenants struct {
	List    tenantList    `cmd:"" help:"List tenants."`
	Create  tenantCreate  `cmd:"" help:"Make a tenant, and the link of its first administrator."`
	Disable tenantDisable `cmd:"" help:"Let nobody of a tenant log in."`
	Enable  tenantEnable  `cmd:"" help:"Let the users of a tenant log in again."`
}

type tenant struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Active bool   `json:"is_active"`
}

type tenantList struct {
	JSON bool `help:"Print JSON for scripts instead of a table." name:"json"`
}

// Run lists the tenants.
func (c *tenantList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[tenant](ctx, d.API, tenantsPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if c.JSON {
		return d.print(all)
	}
	t := table{head: []string{d.say("NOME", "NAME"), d.say("TÍTULO", "TITLE"), ""}}
	for _, x := range all {
		name, mark := x.Name, ""
		if name == "" {
			name = d.say("- (sem nome)", "- (no name)")
		}
		if !x.Active {
			mark = d.say("desligado", "switched off")
		}
		t.add(name, x.Title, mark)
	}
	t.print(d.Out, d.Width)
	return nil
}

type tenantCreate struct {
	Name  string `arg:"" help:"Lower case letters, digits and hyphens."`
	Title string `help:"What people call it." placeholder:"TEXT"`
}

// Begins marks what an installation begins with.
func (*tenantCreate) Begins() {}

// Run makes a tenant.
func (c *tenantCreate) Run(ctx context.Context, d *Desk) error {
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: tenantsPath, Body: map[string]string{"name": c.Name, "title": c.Title}}, nil); err != nil {
		return err
	}
	d.API.Tenant = c.Name
	return (&userFirst{}).Run(ctx, d)
}

// oneTenant is a command about one tenant.
type oneTenant struct {
	Name string `arg:"" help:"The tenant's name."`
}

func (c *oneTenant) set(ctx context.Context, d *Desk, active bool) error {
	r := Request{Method: http.MethodPatch, Path: tenantsPath + url.PathEscape(c.Name) + "/", Body: map[string]bool{"is_active": active}}
	return d.API.Do(ctx, r, nil)
}

type tenantDisable struct{ oneTenant }

// Run switches a tenant off.
func (c *tenantDisable) Run(ctx context.Context, d *Desk) error { return c.set(ctx, d, false) }

type tenantEnable struct{ oneTenant }

// Run switches a tenant on.
func (c *tenantEnable) Run(ctx context.Context, d *Desk) error { return c.set(ctx, d, true) }

// Users are the commands about who may log in.
type Users struct {
	List   userList   `cmd:"" help:"List users."`
	First  userFirst  `cmd:"" help:"Make the link of the first administrator anew, when it was lost."`
	Invite userInvite `cmd:"" help:"Make a link with which somebody joins."`
	Reset  userReset  `cmd:"" help:"Make a link with which a user chooses another password."`
	Remove userRemove `cmd:"" help:"Remove a user."`
}

type user struct {
	ID     string    `json:"id"`
	Email  string    `json:"email"`
	Name   string    `json:"name"`
	Role   string    `json:"role"`
	Active bool      `json:"is_active"`
	Last   time.Time `json:"last_login"`
}

// link is a link that works once.
type link struct {
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Role      string    `json:"role"`
	ExpiresAt time.Time `json:"expires_at"`
	Secret    string    `json:"secret"`
	Page      string    `json:"page"`
}

// madeLink prints a link's secret: there is no other moment to see it.
func (d *Desk) madeLink(l link) error {
	if d.JSON {
		return d.print(l)
	}
	if l.Page != "" {
		l.Page += "#"
	}
	fmt.Fprintln(d.Out, l.Page+l.Secret)
	d.note("Vale uma vez, até %s.", "It works once, until %s.", d.at(l.ExpiresAt))
	return nil
}

type userFirst struct{ Flags }

// Begins marks what an installation begins with.
func (*userFirst) Begins() {}

// Run makes the first link anew.
func (*userFirst) Run(ctx context.Context, d *Desk) error {
	var l link
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: linksPath + "first/"}, &l); err != nil {
		return err
	}
	return d.madeLink(l)
}

type userList struct{ Flags }

// Run lists the users.
func (*userList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[user](ctx, d.API, usersPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{"E-MAIL", d.say("NOME", "NAME"), d.say("PERFIL", "ROLE"), d.say("ÚLTIMA ENTRADA", "LAST LOGIN"), ""}}
	for _, u := range all {
		mark := ""
		if !u.Active {
			mark = d.say("desligado", "switched off")
		}
		t.add(u.Email, u.Name, u.Role, d.at(u.Last), mark)
	}
	t.print(d.Out, d.Width)
	return nil
}

type userInvite struct {
	Flags
	Email string `arg:"" help:"Whom it is for."`
	Role  string `help:"viewer reads, operator runs campaigns, admin also changes numbers and users." enum:"viewer,operator,admin" default:"operator"`
	Name  string `help:"The person's name." placeholder:"TEXT"`
}

// Run makes a link with which somebody joins.
func (c *userInvite) Run(ctx context.Context, d *Desk) error {
	var l link
	b := map[string]string{"email": c.Email, "role": c.Role, "name": c.Name}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: usersPath + "invite/", Body: b}, &l); err != nil {
		return err
	}
	return d.madeLink(l)
}

// oneUser is a command about one user.
type oneUser struct {
	Flags
	Email string `arg:"" help:"The user's e-mail address."`
}

func (c *oneUser) path(ctx context.Context, d *Desk, rest string) (string, error) {
	all, _, err := list[user](ctx, d.API, usersPath, url.Values{}, 0)
	if err != nil {
		return "", err
	}
	for _, u := range all {
		if u.Email == c.Email || u.ID == c.Email {
			return usersPath + u.ID + "/" + rest, nil
		}
	}
	return "", d.fail("não há usuário %q (campaignd user list)", "there is no user %q (campaignd user list)", c.Email)
}

type userReset struct{ oneUser }

// Run makes a link for another password.
func (c *userReset) Run(ctx context.Context, d *Desk) error {
	p, err := c.path(ctx, d, "reset_password/")
	if err != nil {
		return err
	}
	var l link
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p}, &l); err != nil {
		return err
	}
	return d.madeLink(l)
}

type userRemove struct {
	oneUser
	Yes bool `help:"Do not ask." short:"y"`
}

// Run asks, and removes a user.
func (c *userRemove) Run(ctx context.Context, d *Desk) error {
	p, err := c.path(ctx, d, "")
	if err != nil {
		return err
	}
	yes, err := d.ask(ctx, c.Yes, "Remover %s?", "Remove %s?", c.Email)
	if err != nil || !yes {
		return err
	}
	return d.API.Do(ctx, Request{Method: http.MethodDelete, Path: p}, nil)
}

// Tokens are the commands about programs that may call.
type Tokens struct {
	List   tokenList   `cmd:"" help:"List API tokens."`
	Create tokenCreate `cmd:"" help:"Make an API token and show it, once."`
	Revoke tokenRevoke `cmd:"" help:"End an API token at once."`
}

type token struct {
	Name      string    `json:"name"`
	Title     string    `json:"title"`
	Role      string    `json:"role"`
	UsedAt    time.Time `json:"last_used_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Secret    string    `json:"secret,omitempty"`
}

type tokenList struct{ Flags }

// Run lists the tokens.
func (*tokenList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[token](ctx, d.API, tokensPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{d.say("NOME", "NAME"), d.say("PERFIL", "ROLE"), d.say("ÚLTIMO USO", "LAST USE"), d.say("ATÉ", "UNTIL"), d.say("PARA QUÊ", "WHAT FOR")}}
	for _, x := range all {
		t.add(x.Name, x.Role, d.at(x.UsedAt), d.at(x.ExpiresAt), x.Title)
	}
	t.print(d.Out, d.Width)
	return nil
}

type tokenCreate struct {
	Flags
	Title string `arg:"" help:"What it is for."`
	Role  string `help:"viewer, operator or admin." enum:"viewer,operator,admin" default:"operator"`
	Days  int    `help:"How many days it works; 0 is for ever." default:"365"`
}

// Run makes a token.
func (c *tokenCreate) Run(ctx context.Context, d *Desk) error {
	b := map[string]any{"title": c.Title, "role": c.Role}
	if c.Days > 0 {
		b["expires_at"] = time.Now().AddDate(0, 0, c.Days).UTC().Truncate(time.Second)
	}
	var t token
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: tokensPath, Body: b}, &t); err != nil {
		return err
	}
	if d.JSON {
		return d.print(t)
	}
	fmt.Fprintln(d.Out, t.Secret)
	d.note("Não será mostrado de novo: Authorization: Bearer …", "It is not shown again: Authorization: Bearer …")
	return nil
}

type tokenRevoke struct {
	Flags
	Name string `arg:"" help:"The token's name (campaignd token list)."`
}

// Run ends a token.
func (c *tokenRevoke) Run(ctx context.Context, d *Desk) error {
	return d.API.Do(ctx, Request{Method: http.MethodDelete, Path: tokensPath + url.PathEscape(c.Name) + "/"}, nil)
}
