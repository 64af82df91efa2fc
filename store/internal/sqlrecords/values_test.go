package sqlrecords

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMicros_RoundTrips(t *testing.T) {
	require.True(t, Instant(Micros(time.Time{})).IsZero())
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(-1<<50, 1<<52).Filter(func(n int64) bool { return n != 0 }).Draw(t, "µs")).
			In(time.FixedZone("x", 3600*rapid.IntRange(-12, 14).Draw(t, "zone")))
		got := Instant(Micros(at))
		require.True(t, got.Equal(at))
		require.Equal(t, time.UTC, got.Location())
	})
}

func TestReason_RoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := campaign.Reason{Code: campaign.Code(rapid.String().Draw(t, "code"))}
		if args := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "args"); len(args) > 0 {
			r.Args = args
		}
		r.Code = campaign.Code(strings.ToValidUTF8(string(r.Code), ""))
		got, err := ParseReason(Reason(r))
		require.NoError(t, err)
		require.Equal(t, r, got)
	})
	for _, s := range []string{"{", "x", `{"code":"a`, `{"code":1}`} {
		_, err := ParseReason(s)
		require.ErrorContains(t, err, "not readable", s)
	}
}

func TestCounts_RoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := campaign.Counts(rapid.MapOfN(rapid.Custom(func(t *rapid.T) campaign.MessageID {
			return campaign.MessageID(rapid.IntRange(1, 1000).Draw(t, "id"))
		}), rapid.Int64(), 1, 5).Draw(t, "counts"))
		got, err := ParseCounts(Counts(c))
		require.NoError(t, err)
		require.Equal(t, c, got)
	})
	none, err := ParseCounts(Counts(nil))
	require.NoError(t, err)
	require.Nil(t, none)
	_, err = ParseCounts("[]")
	require.ErrorContains(t, err, "not readable")
}

// A field that is added to a contact must be stored too: this fails until it
// is.
func TestPerson_KeepsEveryField(t *testing.T) {
	var c contact.Contact
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case string, contact.Phone, contact.Basis:
			f.SetString("+5511900001234")
		case int64:
			f.SetInt(7)
		case bool:
			f.SetBool(true)
		case []string:
			f.Set(reflect.ValueOf([]string{"a", "é"}))
		case map[string]string:
			f.Set(reflect.ValueOf(map[string]string{"cidade": "Belém"}))
		case time.Time:
			f.Set(reflect.ValueOf(time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)))
		default:
			t.Fatalf("say here how a field of type %s is filled in", f.Type())
		}
	}
	got, err := ParsePerson(Person(c), string(c.Phone))
	require.NoError(t, err)
	require.Equal(t, c, got)
	require.NotContains(t, strings.ReplaceAll(Person(contact.Contact{Phone: "+5511900001234"}), "{}", ""), "55", "the phone has a column of its own")
	_, err = ParsePerson("", "")
	require.ErrorContains(t, err, "not readable")
}

func TestDialect_Bind(t *testing.T) {
	lite := &Dialect{Numbered: true, Ints: "IN (SELECT value FROM json_each(%s))", Texts: "IN (SELECT value FROM json_each(%s))"}
	big := &Dialect{Ints: "= ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text(%s::jsonb) v))", Texts: "IN (SELECT v FROM jsonb_array_elements_text(%s::jsonb) v)"}
	const q = `SELECT 1 FROM t WHERE a = $1 AND b IN (INTS($12)) AND c IN (TEXTS($3))`
	for range 2 { // the second time from memory
		require.Equal(t, `SELECT 1 FROM t WHERE a = ?1 AND b IN (SELECT value FROM json_each(?12)) AND c IN (SELECT value FROM json_each(?3))`, lite.Bind(q))
		require.Equal(t, `SELECT 1 FROM t WHERE a = $1 AND b = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($12::jsonb) v))`+
			` AND c IN (SELECT v FROM jsonb_array_elements_text($3::jsonb) v)`, big.Bind(q))
	}
}

func TestContains_Escapes(t *testing.T) {
	require.Equal(t, `%50!% !_!!%`, contains(`50% _!`))
}

func TestLists_AreJSON(t *testing.T) {
	require.Equal(t, `[]`, IDs[campaign.ID](nil))
	require.Equal(t, `[1,-2]`, IDs([]campaign.ID{1, -2}))
	require.Equal(t, `[]`, Texts[string](nil))
	require.Equal(t, `["a\"","é"]`, Texts([]campaign.Status{`a"`, "é"}))
}

// What is derived is not stored.
func TestResultValues_StoreNoDerivedState(t *testing.T) {
	for _, s := range campaign.States() {
		stored := ResultValues(nil, &campaign.Recipient{State: s})[2]
		switch s {
		case campaign.Pending, campaign.Sending, campaign.Unknown:
			require.Equal(t, "", stored)
		default:
			require.Equal(t, string(s), stored)
		}
	}
}
