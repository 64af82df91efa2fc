// Package document keeps small records that need no table of their own:
// accounts, sessions, gateways, imports, webhook endpoints, idempotency keys.
//
// A [Document] is a name and a value. Its name is (tenant, kind, key); its
// value is bytes that mean something to its owner alone, JSON as a rule. It can
// be found by its name, listed by its kind, and listed by one second name, its
// Ref. There is no other query: whoever needs one needs a table.
//
// # Changes
//
// A change names the revision that it was made from, so two writers cannot
// overwrite each other without noticing: [ErrStale] sends the later one back to
// read again, which [Update] does by itself. Several changes are applied
// together or not at all:
//
//	_, err := store.Apply(ctx, document.Put(user), document.Delete(invitation))
//
// Of two people who open one invitation at the same moment, one gets an account
// and the other ErrNotFound.
//
// # Tenants
//
// Each name begins with a tenant, and no question sees two of them. What belongs to
// the installation as a whole (a session is looked up before anybody knows
// whose it is) stands in the tenant "" and says in its Ref or its value whose
// it is. Kinds are named by the package that owns them: "account.user".
//
// # Stores
//
// The stores of this module return theirs from a method Documents. Package
// documenttest has the suite that each of them passes.
package document
