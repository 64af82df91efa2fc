// Package gateway keeps where each tenant's messages go through: the address of
// an Evolution API, its key, and what is known of it.
//
//	gateways, err := gateway.New(store.Documents(), secret, &gateway.Options{
//		Default: operators, Allow: []string{"evolution:8080"}, AllowSetting: "CAMPAIGND_GATEWAY_ALLOW",
//	})
//	err = gateways.CheckSecret(ctx)
//	engine, err := campaign.New(store, evolution.NewRouter(gateways.Find), nil)
//
// # Keys
//
// A key goes in and never comes out: no method returns one, and its type does
// not print. It is stored sealed with AES-256-GCM, under a key derived from the
// installation's secret, and its tenant, name and address are part of the seal:
// a row that somebody copies to another tenant, or whose address somebody
// changes in the database, does not open. For the same reason an address can
// only be changed together with the key. CheckSecret refuses to work with
// another secret than the store was begun with.
//
// # Addresses
//
// A tenant may name any address, and the daemon stands inside a network, so
// every connection is looked at before it is made ([Guard]): loopback, private,
// link-local, shared, reserved and multicast addresses and the places where
// clouds keep a machine's secrets are refused, in IPv4, in IPv6, and in IPv6
// addresses that hold an IPv4 one. What counts is the address that a name has
// just resolved to, so a name that changes it gains nothing. Ports below 1024
// are refused but for 80 and 443. The error is an [AddressError].
//
// The usual set-up of one machine, with the gateway beside the daemon, needs one
// word of the operator: Options.Default, which is the operator's own gateway, or
// Options.Allow.
//
// # Limits
//
// The operator's gateway serves every tenant that has none of its own, with one
// key, which opens all its instances: whoever makes instances there for tenants
// has to give them names that no two tenants share. Another process sees a
// change after Options.Fresh.
package gateway
