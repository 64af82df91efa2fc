// Package client is a Go client of the REST surface, generated from its
// document. It needs the standard library alone.
//
//	c, err := client.NewClientWithResponses("https://app.example", client.WithRequestEditorFn(
//		func(_ context.Context, r *http.Request) error {
//			r.Header.Set("Authorization", "Bearer "+token)
//			return nil
//		}))
//	answer, err := c.StartCampaignWithResponse(ctx, 12)
//	if answer.JSON200 == nil {
//		return errors.New(answer.ApplicationproblemJSONDefault.Detail)
//	}
//
// After a change of routes: go test ./campaign/control -run Document -update,
// then go generate ./campaign/control/client.
package client

//go:generate go tool -modfile=../../../tools/go.mod oapi-codegen -config config.yaml openapi-3.0.json
//go:generate sh -c "sha256sum openapi-3.0.json >openapi-3.0.json.sum"
