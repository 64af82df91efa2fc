package main

import (
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/evolution"
)

// gatewayWords says what is wrong with the gateway and which setting to look
// at. It holds neither key nor text nor whole number.
func gatewayWords(err error) error {
	var e *evolution.Error
	if !errors.As(err, &e) {
		return locale.Errorf("não foi possível perguntar ao gateway: %w", "the gateway could not be asked: %w", err)
	}
	switch e.Code {
	case evolution.CodeWrongKey:
		return locale.Errorf("o gateway recusa a chave: confira EVOLUTION_API_KEY", "the gateway refuses the key: check EVOLUTION_API_KEY")
	case evolution.CodeUnreachable, evolution.CodeNoAnswer:
		cause := ""
		if e.Err != nil {
			cause = fmt.Sprintf(" (%v)", e.Err)
		}
		return locale.Errorf("não é possível alcançar o gateway: confira se está no ar, e EVOLUTION_API_URL%s", "the gateway cannot be reached: check that it runs, and EVOLUTION_API_URL%s", cause)
	case evolution.CodeMisconfigured:
		return locale.Errorf("o endereço do gateway não pode ser usado: confira EVOLUTION_API_URL: %w", "the gateway's address cannot be used: check EVOLUTION_API_URL: %w", e)
	}
	why := campaign.Because(e.Code)
	if why.Text(campaign.English) == string(e.Code) {
		return e
	}
	return locale.Errorf("%s", "%s", locale.Both(why.Text))
}
