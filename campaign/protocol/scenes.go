package protocol

// Scenes are the worlds that the tests close, smallest first. Each puts one
// thing in the middle and leaves out what the others show.
func Scenes() []Config {
	return []Config{
		{
			Name:      "one recipient",
			Campaigns: []Campaign{{Numbers: []int{0}, Phones: []int{0}, Retries: 2, Resends: 1}},
		},
		{
			Name:      "one number for two campaigns",
			Campaigns: []Campaign{{Numbers: []int{0}, Phones: []int{0}}, {Numbers: []int{0}, Phones: []int{1}}},
			Calm:      NoOptOuts | NoRefusals,
		},
		{
			Name:      "two numbers for one campaign",
			Campaigns: []Campaign{{Numbers: []int{0, 1}, Phones: []int{0, 1}, Later: 1}},
			Calm:      NoOptOuts | NoDoubledIDs,
		},
		{
			Name:      "a standing order",
			Campaigns: []Campaign{{Numbers: []int{0}, Phones: []int{0}, Retries: 1, Resends: 2, AtLeastOnce: true}},
			Calm:      NoOptOuts | NoDoubledIDs,
		},
		{
			Name: "one phone in two campaigns",
			Campaigns: []Campaign{
				{Numbers: []int{0}, Phones: []int{0}, Resends: 1},
				{Numbers: []int{1}, Phones: []int{0}},
			},
			Calm: NoOptOuts | NoDoubledIDs | NoRefusals,
		},
	}
}
