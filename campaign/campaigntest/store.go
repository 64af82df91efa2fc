package campaigntest

import (
	"context"
	"testing"

	"github.com/alreasense/campaigns/campaign"
)

// Store checks that a store keeps the contract of campaign.Store. It runs one
// subtest for each rule, and opens a fresh, empty store for each. A broken rule
// is printed with the reason why it must hold.
//
// A store that has a method Close() error is closed by one rule; open has to
// close the stores of the others, with t.Cleanup, and must bear a second Close.
func Store(t *testing.T, open func(t *testing.T) campaign.Store) {
	StoreCase{Open: open}.Run(t)
}

// StoreCase is a store under test with the powers that only some have.
type StoreCase struct {
	// Open returns a fresh, empty store.
	Open func(t *testing.T) campaign.Store
	// Reopen, for stores that outlive a process, closes the store as a process
	// that ends does, and opens the same data again. Nil leaves the rules of
	// durability out.
	Reopen func(t *testing.T, s campaign.Store) campaign.Store
	// Exclusive tells that only one process can have the store open, which adds
	// a rule about what the last one left in flight.
	Exclusive bool
}

// Run runs the rules.
func (c StoreCase) Run(t *testing.T) {
	for _, r := range storeRules() {
		t.Run(r.name, func(t *testing.T) {
			r.check(newEnv(t, r.why, c.Open(t)))
		})
	}
	if c.Reopen == nil {
		return
	}
	rules := durableRules()
	if c.Exclusive {
		rules = append(rules, exclusiveRule())
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			e := newEnv(t, r.why, c.Open(t))
			e.reopen = func() { e.store = c.Reopen(t, e.store) }
			r.check(e)
		})
	}
}

// env is one rule with its store.
type env struct {
	judge
	ctx    context.Context
	store  campaign.Store
	reopen func()
}

func newEnv(tb testing.TB, why string, s campaign.Store) *env {
	return &env{judge: judge{TB: tb, why: why}, ctx: context.Background(), store: s}
}

func storeRules() []rule[*env] {
	var all []rule[*env]
	for _, room := range [][]rule[*env]{
		campaignRules(), audienceRules(), instanceRules(), tenantRules(), transactionRules(),
		takeRules(), guardRules(), settleRules(), sweepRules(), agendaRules(), inboxRules(), returnRules(), replyRules(), crowdRules(), personRules(), warmRules(), laneRules(),
	} {
		all = append(all, room...)
	}
	return all
}
