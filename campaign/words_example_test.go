package campaign_test

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func ExampleReason_TextIn() {
	why := campaign.Because(campaign.CodePerDay, "cap", "200", "until", "2026-11-24T12:00:00Z")
	zone := time.FixedZone("BRT", -3*60*60)
	fmt.Println(why)
	fmt.Println(why.TextIn(campaign.Portuguese, zone))
	fmt.Println(why.TextIn(campaign.English, zone))
	// Output:
	// cap_per_day cap=200 until=2026-11-24T12:00:00Z
	// o número já enviou o limite de hoje: 200; continua em 24/11 09:00
	// the number has sent its messages of today: 200; it goes on at Nov 24 09:00
}

func ExampleWords_With() {
	words := campaign.WordsIn(campaign.Portuguese).With(map[campaign.Code]string{
		"branch_closed": "a loja está fechada[ até {until}]",
	})
	fmt.Println(words.Text(campaign.Because("branch_closed"), time.UTC))
	fmt.Println(words.Text(campaign.Because("branch_closed", "until", "2026-11-24T12:00:00Z"), time.UTC))
	// Output:
	// a loja está fechada
	// a loja está fechada até 24/11 12:00
}
