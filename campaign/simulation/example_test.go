package simulation_test

import (
	"fmt"

	"github.com/alreasense/campaigns/campaign/simulation"
)

// One seed is one world: a day of crashes, and what came of it.
func Example() {
	r := simulation.Run(7, simulation.Config{Days: 1, Campaigns: 3, Audience: 40})
	fmt.Println("violations:", len(r.Violations))
	fmt.Println("false sent:", r.Figures.FalseSent)
	fmt.Println("days with faults:", r.Figures.Chaos.Hours()/24)
	// Output:
	// violations: 0
	// false sent: 0
	// days with faults: 1
}

// Figures of many seeds are added up. Missed names the crash points that none
// of them has reached.
func ExampleFigures_Add() {
	var sum simulation.Figures
	for seed := range uint64(5) {
		r := simulation.Run(seed, simulation.Config{Days: 2})
		sum.Add(r.Figures)
	}
	fmt.Println("not reached:", sum.Missed())
	// Output:
	// not reached: []
}
