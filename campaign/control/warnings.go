package control

import "github.com/alreasense/campaigns/campaign"

// Warning is one thing that the author of a message should look at.
type Warning struct {
	Field   string `json:"field" doc:"Where it stands." example:"messages[0].message_text"`
	Message int    `json:"message" doc:"The message's number in its campaign."`
	Reason
	Variable string `json:"variable,omitempty" doc:"The variable in question."`
	Suggest  string `json:"suggest,omitempty" doc:"A variable that was probably meant."`
	Line     int    `json:"line" doc:"From 1."`
	Column   int    `json:"column" doc:"From 1, in characters."`
	Offset   int    `json:"offset" doc:"Of its first byte in the text in UTF-8, from 0."`
	Length   int    `json:"length" doc:"In bytes."`
	Blocks   bool   `json:"blocks" doc:"The campaign cannot start before it is put right."`
}

func (v *visit) warnings(all []campaign.Warning) []Warning {
	out := make([]Warning, len(all))
	for i, w := range all {
		out[i] = Warning{Field: apiField(w.Field), Message: int(w.Message), Reason: *v.reason(w.Why, nil), Variable: w.Name, Suggest: w.Suggest,
			Line: w.Line, Column: w.Column, Offset: w.Offset, Length: w.Length, Blocks: !w.Warning}
	}
	return out
}
