package account_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/store/memory"
)

// From an empty installation to a program that may call.
func Example() {
	ctx := context.Background()
	accounts := account.New(memory.New().Documents(), &account.Options{
		Now:  func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) },
		Cost: account.Cost{Passes: 1, MemoryKiB: 8}, // an example need not be safe
	})

	// The daemon prints the first link.
	host := accounts.As(account.HostCaller("acme", "root"))
	link, secret, err := host.FirstLink(ctx)
	fmt.Println(link.Role, link.ExpiresAt.Format(time.RFC3339), secret, err)

	// Its owner chooses an address and a password.
	_, err = accounts.Accept(ctx, secret, account.Acceptance{Email: "Ana@Example.com", Password: "correct horse"}, account.Origin{})
	fmt.Println(err)
	_, err = accounts.Login(ctx, "ana@example.com", "battery staple", account.Origin{})
	fmt.Println(errors.Is(err, account.ErrWrongPassword))
	ana, err := accounts.Login(ctx, "ana@example.com", "correct horse", account.Origin{})
	fmt.Println(ana.Caller.Tenant, ana.Caller.Role, err)

	// A program gets a token that may less.
	_, token, err := accounts.As(ana.Caller).AddToken(ctx, account.Token{Title: "shop", Role: campaign.Operator})
	fmt.Println(token, err)
	shop, err := accounts.Authenticate(ctx, token)
	fmt.Println(shop.Name, shop.Caller.Tenant, shop.Caller.Role, err)
	_, err = accounts.As(shop.Caller).Tokens(ctx)
	fmt.Println(errors.Is(err, campaign.ErrForbidden))
	// Output:
	// admin 2026-03-04T12:00:00Z [secret] <nil>
	// <nil>
	// true
	// acme admin <nil>
	// [secret] <nil>
	// shop acme operator <nil>
	// true
}
