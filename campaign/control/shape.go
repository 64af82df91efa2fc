package control

import (
	"encoding/json"
	"errors"
	"reflect"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// shape reads a piece of JSON into v, by the same schema as a body of its own.
func (a *api) shape(at *visit, v any, text json.RawMessage) (faults []Fault) {
	var loose any
	if err := json.Unmarshal(text, &loose); err != nil {
		return []Fault{fault(at, "body", "", campaign.Because(codeNotJSON))}
	}
	registry := a.huma.OpenAPI().Components.Schemas
	schema := registry.Schema(reflect.TypeOf(v).Elem(), false, "")
	res := &huma.ValidateResult{}
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, loose, res)
	for _, err := range res.Errors {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			faults = append(faults, detail(at, &huma.ErrorDetail{Message: d.Message, Location: "body." + d.Location}))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	if err := json.Unmarshal(text, v); err != nil {
		return []Fault{fault(at, "body", "", campaign.Because(codeWrongType, "want", "JSON"))}
	}
	return nil
}
