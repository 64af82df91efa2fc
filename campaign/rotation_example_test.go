package campaign_test

import (
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func ExampleWeighted() {
	messages := []campaign.Message{{ID: 1, Weight: 5}, {ID: 2, Weight: 3}, {ID: 3, Weight: 2}}
	used := make([]int64, len(messages))
	for position := range int64(100) {
		to := campaign.Recipient{ID: campaign.RecipientID{Campaign: 1, Position: position + 1}}
		i := campaign.Weighted{}.Pick(messages, campaign.Choice{Used: used, Recipient: to, Seed: 42})
		used[i]++
	}
	fmt.Println(used)
	// Output: [50 30 20]
}

func ExampleBalanced() {
	messages := []campaign.Message{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5}}
	used := make([]int64, len(messages))
	for position := range int64(500) {
		to := campaign.Recipient{ID: campaign.RecipientID{Campaign: 1, Position: position + 1}}
		i := campaign.Balanced{}.Pick(messages, campaign.Choice{Used: used, Recipient: to, Seed: 42})
		used[i]++
	}
	fmt.Println(used)
	// Output: [100 100 100 100 100]
}

// byRegion is a host's own rotation: people of one area code get one message.
type byRegion struct{}

func (byRegion) Pick(ms []campaign.Message, c campaign.Choice) int {
	if c.Recipient.Contact.Phone.AreaCode() == "11" {
		return 0
	}
	return len(ms) - 1
}

func ExampleRotation() {
	var own campaign.Rotation = byRegion{}
	messages := []campaign.Message{{ID: 1}, {ID: 2}}
	for _, phone := range []contact.Phone{"+5511900001234", "+5571900001234"} {
		var to campaign.Recipient
		to.Contact.Phone = phone
		fmt.Println(phone.AreaCode(), own.Pick(messages, campaign.Choice{Recipient: to}))
	}
	// Output:
	// 11 0
	// 71 1
}
