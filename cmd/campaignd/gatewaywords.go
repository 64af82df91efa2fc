package main

import (
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// gatewayWords says what is wrong with the gateway and which setting to look
// at. It holds neither key nor text nor whole number.
func gatewayWords(err error) string {
	var e *evolution.Error
	if !errors.As(err, &e) {
		return "the gateway could not be asked: " + err.Error()
	}
	switch e.Code {
	case evolution.CodeWrongKey:
		return "the gateway refuses the key: check EVOLUTION_API_KEY"
	case evolution.CodeUnreachable, evolution.CodeNoAnswer:
		cause := ""
		if e.Err != nil {
			cause = fmt.Sprintf(" (%v)", e.Err)
		}
		return "the gateway cannot be reached: check that it runs, and EVOLUTION_API_URL" + cause
	case evolution.CodeMisconfigured:
		return "the gateway's address cannot be used: check EVOLUTION_API_URL: " + e.Error()
	}
	words := campaign.Because(e.Code).Text(campaign.English)
	if words == string(e.Code) {
		return e.Error()
	}
	return words
}
