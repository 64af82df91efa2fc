// Package account knows who may call: tenants, their users and roles,
// passwords, sessions, API tokens, and links that work once. Whoever is known is
// a campaign.Caller, which is all that the rest of the system asks for.
//
//	accounts := account.New(store.Documents(), &account.Options{Record: account.Log(engine)})
//	grant, err := accounts.Login(ctx, email, password, account.Origin{Address: client})
//	who, err := accounts.Authenticate(ctx, grant.Secret)
//	service := engine.As(who.Caller)
//
// # No default password
//
// A new installation has no user. [Desk.FirstLink] makes a link with which the
// first administrator chooses an address and a password; the daemon prints it
// at its first start, and makes another when it was lost. Everybody else is
// invited by a link ([Desk.Invite]), and a forgotten password is replaced by one
// ([Desk.ResetPassword]). A link works once, for 48 hours, and while the user or
// token that made it may make it. One for a password ends with the next one, and
// when the password is changed in another way.
//
// # Who may what
//
// A viewer reads, an operator runs campaigns, an administrator also changes
// numbers, settings and users of the own tenant. A caller with the role
// host is the operator of the installation ([HostCaller]): the system's user who
// can reach the daemon's socket. That one may do everything in every tenant, and
// alone makes tenants.
//
// # Passwords
//
// They are kept as argon2id and checked a few at a time, so that a flood of
// sign-ins cannot take the machine's memory: what has no room to wait is ErrBusy.
// When [Cost] changes, a password is stored anew at its next use. An address
// that has no account is answered after the same work and with the same error as
// a wrong password.
//
// Tries are counted before the password is looked at. After 5 for an account from
// one address (of IPv6, a network of 64 bits), 20 from one address, or 50 for one
// account, each further one has to wait: 30 s, then twice as long each time, at
// most 15 minutes. What all addresses have tried holds up only those that the
// account's user has not signed in from before (the last 10 are known), so that a
// stranger who goes on trying does not lock the owner out. An hour without a try
// forgets them, a right password those of the account, and a link for a new
// password too.
//
// # Secrets
//
// Sessions, API tokens and links are random and stored as their SHA-256. They
// are told once, and their type [Secret] does not print. A session ends when it
// was not used for 12 hours, after 30 days, and with every change of the
// password; the last use is kept to the minute. An API token has a tenant and a
// role of its own and goes on when its maker leaves.
//
// # History
//
// Every command leaves an event with its author ([Options].Record), after the
// change: ErrUnrecorded says that the change stands and its event does not.
// Events name users by their ID, which says nothing about the person, so a user
// can be erased and the history stays.
//
// # Limits
//
// One address has one user in one tenant. Addresses are ASCII. Everything is in
// documents (package document), of which the host removes the expired ones with
// the store's Purge. Lists are read whole: tenants have users and tokens by the
// hundred, not by the million.
package account
