package protocol_test

import (
	"fmt"

	"github.com/alreasense/campaigns/campaign/protocol"
)

// What happens if the sweep frees the phone of a lost send at once?
func ExampleCheck() {
	res, err := protocol.Check(protocol.Config{
		Campaigns: []protocol.Campaign{
			{Numbers: []int{0}, Phones: []int{0}},
			{Numbers: []int{1}, Phones: []int{0}},
		},
		Weak: protocol.SweepFreesPhone,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Broken)
	for _, line := range res.Trace {
		fmt.Println(line)
	}
	// Output:
	// [I4]
	// campaign A is started or resumed
	// campaign B is started or resumed
	// number 1 takes A1 (phone X)
	// the send to A1 begins
	// the process that took A1 is killed
	// the sweep gives up the send to A1
	// number 2 takes B1 (phone X)
}

// With every rule in force the smallest scene closes.
func ExampleScenes() {
	cfg := protocol.Scenes()[0]
	res, err := protocol.Check(cfg)
	fmt.Println(cfg.Name, res.Closed, res.Broken, err)
	// Output: one recipient true [] <nil>
}
