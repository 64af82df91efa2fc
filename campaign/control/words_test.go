package control

import (
	"maps"
	"regexp"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/stretchr/testify/require"
)

var argument = regexp.MustCompile(`\{(\w+)\}`)

func TestEverySentenceHasTwoLanguages(t *testing.T) {
	all := maps.Clone(ownWords)
	maps.Copy(all, queryWords)
	for code, p := range all {
		require.NotEmpty(t, p.en, code)
		require.NotEmpty(t, p.pt, code)
		require.NotEqual(t, p.en, p.pt, code)
		require.Equal(t, argument.FindAllString(p.en, -1), argument.FindAllString(p.pt, -1), code)
		for _, l := range []campaign.Language{campaign.English, campaign.Portuguese} {
			require.NotContains(t, (&visit{language: l}).say(campaign.Because(code, "part", "x", "command", "pause", "status", "draft", "field", "f", "want", "w", "allowed", "a")), "?", code)
		}
	}
}

// What huma says about requests has a code of ours.
func TestHumasSentencesHaveCodes(t *testing.T) {
	v := &visit{language: campaign.Portuguese}
	for message, code := range map[string]campaign.Code{
		validation.MsgUnexpectedProperty:                  codeUnknownField,
		validation.MsgExpectedString:                      codeWrongType,
		validation.MsgExpectedBoolean:                     codeWrongType,
		validation.MsgExpectedInteger:                     codeWrongType,
		validation.MsgExpectedNumber:                      codeWrongType,
		validation.MsgExpectedArray:                       codeWrongType,
		validation.MsgExpectedObject:                      codeWrongType,
		"expected number >= 1":                            codeTooSmall,
		"expected number <= 5":                            campaign.CodeTooLarge,
		"expected length >= 1":                            codeTooShort,
		"expected length <= 5":                            campaign.CodeTooLong,
		"expected array length >= 1":                      codeTooShort,
		"expected array length <= 5":                      campaign.CodeTooMany,
		`expected value to be one of "a, b"`:              codeNotOneOf,
		"expected required property phones to be present": campaign.CodeMissing,
		"required path parameter is missing":              campaign.CodeMissing,
		"invalid integer":                                 codeWrongType,
		"date/time out of range: the year 12":             codeNotATime,
		validation.MsgExpectedRFC3339DateTime:             codeNotATime,
		validation.MsgExpectedRFC3339Date:                 codeNotADate,
	} {
		f := detail(v, &huma.ErrorDetail{Message: message, Location: "body.a.b"})
		require.Equal(t, string(code), f.Code, message)
		require.NotContains(t, f.Detail, "?", message)
		require.NotContains(t, f.Detail, "expected", message)
	}
	f := detail(v, &huma.ErrorDetail{Message: "expected required property phones to be present", Location: "body"})
	require.Equal(t, "phones", f.Field)
	require.Equal(t, "body", f.In)
}

func TestInert(t *testing.T) {
	for cell, want := range map[string]string{"": "", "Ana": "Ana", "=1": "'=1", " =1": "' =1", "+55": "'+55", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1",
		"\r\n=1": "'\r\n=1", "a=1": "a=1", "＝1": "'＝1"} {
		require.Equal(t, want, inert(cell), "%q", cell)
	}
}
