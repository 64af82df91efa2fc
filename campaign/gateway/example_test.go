package gateway_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/store/memory"
)

// An administrator sets a gateway; the sender finds it.
func Example() {
	ctx, secret := context.Background(), make([]byte, 32)
	rand.Read(secret)
	gateways, err := gateway.New(memory.New().Documents(), secret, &gateway.Options{AllowSetting: "CAMPAIGND_GATEWAY_ALLOW"})
	if err != nil {
		panic(err)
	}
	desk := gateways.As(campaign.Caller{Tenant: "acme", Author: "user:ana", Role: campaign.Admin})

	_, err = desk.Save(ctx, gateway.Settings{URL: "http://localhost:8080", Key: "s3cret"})
	fmt.Println(err)
	saved, err := desk.Save(ctx, gateway.Settings{URL: "https://Gateway.Example/", Key: "s3cret"})
	fmt.Println(saved.URL, err)

	server, err := gateways.Find(ctx, campaign.Route{Tenant: "acme", Instance: "loja"})
	fmt.Println(server.URL, server.Key, err)
	_, err = gateways.Find(ctx, campaign.Route{Tenant: "beta", Instance: "loja"})
	fmt.Println(errors.Is(err, gateway.ErrNone))
	// Output:
	// campaign: invalid url: this address is not one that is called for a customer: localhost:8080 is loopback; if the gateway is the operator's own, allow it with CAMPAIGND_GATEWAY_ALLOW=localhost:8080
	// https://gateway.example <nil>
	// https://gateway.example [secret] <nil>
	// true
}
