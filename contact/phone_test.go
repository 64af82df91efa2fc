package contact_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

var areaCodes = strings.Fields(`
	11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38
	41 42 43 44 45 46 47 48 49 51 53 54 55 61 62 63 64 65 66 67 68 69
	71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99`)

func TestParsePhone(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// every way to write one mobile number
		{"+5511900001234", "+5511900001234"},
		{"5511900001234", "+5511900001234"},
		{"11900001234", "+5511900001234"},
		{"011900001234", "+5511900001234"},
		{"(11) 90000-1234", "+5511900001234"},
		{"(11)90000.1234", "+5511900001234"},
		{"11 9 0000 1234", "+5511900001234"},
		{"[11] 9-0000-1234", "+5511900001234"},
		{"0 15 11 90000-1234", "+5511900001234"},
		{"(0xx11) 90000-1234", "+5511900001234"},
		{"0XX11 90000-1234", "+5511900001234"},
		{"+55 (011) 90000-1234", "+5511900001234"},
		{"+55 0 21 11 90000-1234", "+5511900001234"},
		{"(+55) 11 90000-1234", "+5511900001234"},
		{"00 55 11 90000-1234", "+5511900001234"},
		{"55 (0) 11 90000-1234", "+5511900001234"},
		{"\u202a+55\u00a011\u00a090000\u20111234\u202c", "+5511900001234"},
		{"+55\u200911\u2003900001234\ufeff", "+5511900001234"},
		{"＋５５（１１）９００００－１２３４", "+5511900001234"},
		{"١١٩٠٠٠٠١٢٣٤", "+5511900001234"},
		{"'11900001234", "+5511900001234"},
		{"11900001234.0", "+5511900001234"},
		{"5511900001234,00", "+5511900001234"},
		{"11.900.001.234", "+5511900001234"},
		{"  11900001234\t", "+5511900001234"},
		{"119000012.34", "+5511900001234"}, // too short before the dot for a float
		{"000 11 90000-1234", "+5511900001234"},
		// the ninth digit
		{"11 8765-4321", "+5511987654321"},
		{"+55 31 8765 4321", "+5531987654321"},
		{"553187654321", "+5531987654321"},
		{"031 8765 4321", "+5531987654321"},
		{"11 6000-1234", "+5511960001234"},
		{"11 9000-1234", "+5511990001234"},
		{"1190001234.0", "+5511990001234"},
		// landlines
		{"11 3000-1234", "+551130001234"},
		{"+55 11 2000-1234", "+551120001234"},
		{"0 15 11 5000-1234", "+551150001234"},
		{"551140001234", "+551140001234"},
		// other countries
		{"+1 212 555 0100", "+12125550100"},
		{"001 212 555 0100", "+12125550100"},
		{"+351 910 000 123", "+351910000123"},
		{"+39 06 1234 5678", "+390612345678"},
		{"+52 1 55 1234 5678", "+525512345678"},
		{"+54 9 11 1234-5678", "+541112345678"},
	} {
		p, err := contact.ParsePhone(c.in, "")
		require.NoError(t, err, c.in)
		require.Equal(t, c.want, string(p), c.in)
		require.True(t, p.Valid())
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	for _, c := range []struct {
		in   string
		want contact.Reason
	}{
		{"", contact.ReasonEmpty},
		{" - () ", contact.ReasonEmpty},
		{"+", contact.ReasonEmpty},
		{"0", contact.ReasonEmpty},
		{"900001234", contact.ReasonAreaMissing},
		{"3000-1234", contact.ReasonAreaMissing},
		{"+55 90000-1234", contact.ReasonAreaMissing},
		{"190", contact.ReasonTooShort},
		{"10 90000-1234", contact.ReasonArea},
		{"(20) 90000-1234", contact.ReasonArea},
		{"0800 000 1234", contact.ReasonArea},
		{"52 90000-1234", contact.ReasonArea},
		{"11 1000-1234", contact.ReasonSubscriber},
		{"11 30000-1234", contact.ReasonSubscriber},
		{"11 900001234 5", contact.ReasonTooLong},
		{"11 90000-1234 11 90000-1235", contact.ReasonTooLong},
		{"351 910 000 123", contact.ReasonTooLong},
		{"0 13 11 90000-1234", contact.ReasonTooLong}, // 13 is no carrier
		{strings.Repeat("1", 400), contact.ReasonTooLong},
		{strings.Repeat("١", 400), contact.ReasonTooLong},
		{"5,51199E+12", contact.ReasonScientific},
		{"5.51199E+12", contact.ReasonScientific},
		{"5,51199e12", contact.ReasonScientific},
		{"5E+12", contact.ReasonScientific},
		{" 5,51199E+12 ", contact.ReasonScientific},
		{"1190001234.5", contact.ReasonDecimal},
		{"5511900001234,25", contact.ReasonDecimal},
		{"Maria", contact.ReasonLetters},
		{"11 9000O-1234", contact.ReasonLetters},
		{"11 90000-1234 ramal 2", contact.ReasonLetters},
		{"1e", contact.ReasonLetters},
		{"x11900001234", contact.ReasonLetters},
		{"11 90000-1234 / 11 90000-1235", contact.ReasonSeveral},
		{"02/03/2026", contact.ReasonDate},
		{"2/3/1999 00:00", contact.ReasonDate},
		{"11900001234,11900001235", contact.ReasonSeveral},
		{"11900001234;11900001235", contact.ReasonSeveral},
		{"11900001234\n11900001235", contact.ReasonSeveral},
		{"/11900001234", contact.ReasonCharacters},
		{"11*900001234", contact.ReasonCharacters},
		{"55+11900001234", contact.ReasonCharacters},
		{"++5511900001234", contact.ReasonCharacters},
		{"11900001234\xff", contact.ReasonCharacters},
		{"+011 90000 1234", contact.ReasonCountry},
		{"+999 123 456 789", contact.ReasonCountry},
		{"+1 000 000 0000", contact.ReasonInvalid},
		{"+1 212 555 01000", contact.ReasonTooLong},
		{"+1 212", contact.ReasonTooShort},
		{"+1 555 0100", contact.ReasonAreaMissing},
		{"+5", contact.ReasonTooShort},
	} {
		_, err := contact.ParsePhone(c.in, "BR")
		require.ErrorIs(t, err, contact.ErrPhone, c.in)
		var pe *contact.PhoneError
		require.ErrorAs(t, err, &pe, c.in)
		require.Equal(t, c.want, pe.Reason, c.in)
		require.NotEqual(t, string(pe.Reason), pe.Text("en"))
		require.NotEqual(t, pe.Text("en"), pe.Text("pt-BR"))
	}
}

func TestParsePhoneRegion(t *testing.T) {
	for _, c := range []struct{ in, region, want string }{
		{"910 000 123", "PT", "+351910000123"},
		{"910000123", "pt", "+351910000123"},
		{"00351 910000123", "PT", "+351910000123"},
		{"+5511900001234", "PT", "+5511900001234"},
		{"00 55 11 8765 4321", "PT", "+5511987654321"},
		{"(212) 555-0100", "US", "+12125550100"},
		{"011 55 11 90000 1234", "US", "+5511900001234"},
		{"11900001234", "br", "+5511900001234"},
	} {
		p, err := contact.ParsePhone(c.in, c.region)
		require.NoError(t, err, c.in)
		require.Equal(t, c.want, string(p), c.in)
	}
	for _, c := range []struct {
		in, region string
		want       contact.Reason
	}{
		{"910000123", "XX", contact.ReasonRegion},
		{"910000123", "Portugal", contact.ReasonRegion},
		{"5511900001234", "PT", contact.ReasonTooLong},
	} {
		_, err := contact.ParsePhone(c.in, c.region)
		var pe *contact.PhoneError
		require.ErrorAs(t, err, &pe)
		require.Equal(t, c.want, pe.Reason, "%s in %s", c.in, c.region)
	}
}

// The area code 55 (Santa Maria) begins like the country code.
func TestLesson_P1_AreaCode55(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"55990001234", "+5555990001234"},
		{"5590001234", "+5555990001234"},
		{"5530001234", "+555530001234"},
		{"055990001234", "+5555990001234"},
		{"(55) 99000-1234", "+5555990001234"},
		{"5555990001234", "+5555990001234"},
		{"555590001234", "+5555990001234"},
		{"555530001234", "+555530001234"},
		{"+55 55 99000-1234", "+5555990001234"},
		{"0 55 55 99000-1234", "+5555990001234"},
		{"5511990001234", "+5511990001234"},
		// formatted input is normalised before it is judged
		{"+55 (55) 9.9000-1234", "+5555990001234"},
	} {
		p, err := contact.ParsePhone(c.in, "BR")
		require.NoError(t, err, c.in)
		require.Equal(t, c.want, string(p), c.in)
	}
}

// However a number is spelled of those that WhatsApp takes for one, it is one
// Phone, which is valid and stays what it is.
func TestPropertyOnePersonIsOnePhone(t *testing.T) {
	areas := map[string][]string{"54": {"11", "221", "341", "351", "261", "3541", "2966"}, "52": {"55", "33", "81", "656", "999"}, "55": {"11", "31", "55", "92"}}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"54", "52", "55"}).Draw(t, "country")
		national := rapid.SampledFrom(areas[code]).Draw(t, "area")
		national += rapid.SampledFrom([]string{"4", "5", "6"}).Draw(t, "first")
		national += rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", 10-len(national))).Draw(t, "subscriber")
		p, err := contact.ParsePhone("+"+code+national, "")
		if err != nil {
			t.Skip("nobody has this number")
		}
		require.True(t, p.Valid(), string(p))
		require.Equal(t, p, p.Canonical())
		require.Equal(t, p, p.Stored()[0])
		for _, v := range p.Variants() {
			require.Equal(t, p, contact.Phone("+"+v).Canonical(), v)
			require.Equal(t, p.Variants(), contact.Phone("+"+v).Variants(), v)
			require.Equal(t, p.Stored(), contact.Phone("+"+v).Stored(), v)
			q, err := contact.ParsePhone("+"+v, "")
			require.NoError(t, err, v)
			require.Equal(t, p, q, v)
			q, err = contact.FromAddress(v + "@s.whatsapp.net")
			require.NoError(t, err, v)
			require.Equal(t, p, q, v)
		}
	})
	for _, odd := range []contact.Phone{"", "+", "+54", "erased:1/5491155550101", "5491155550101", "+12125550100", "+351910000123"} {
		require.Equal(t, odd, odd.Canonical())
	}
}

// However the ninth digit was written, a person is one Phone.
func TestLesson_P2_NinthDigit(t *testing.T) {
	spellings := []string{"31 8765-4321", "31 98765-4321", "553187654321", "+5531987654321", "0 31 8765 4321"}
	seen := map[contact.Phone]bool{}
	for _, s := range spellings {
		p, err := contact.ParsePhone(s, "BR")
		require.NoError(t, err)
		seen[p] = true
	}
	require.Equal(t, map[contact.Phone]bool{"+5531987654321": true}, seen)
}

func TestLesson_G6_GatewaySpelling(t *testing.T) {
	for _, c := range []struct{ jid, want string }{
		{"5511900001234@s.whatsapp.net", "+5511900001234"},
		{"553187654321@s.whatsapp.net", "+5531987654321"},
		{"5531987654321@s.whatsapp.net", "+5531987654321"},
		{"551187654321@s.whatsapp.net", "+5511987654321"},
		{"551130001234@s.whatsapp.net", "+551130001234"},
		{"5511900001234:12@s.whatsapp.net", "+5511900001234"},
		{"5511900001234_1:12@s.whatsapp.net", "+5511900001234"},
		{"5511900001234@c.us", "+5511900001234"},
		{"5511900001234@S.WhatsApp.net", "+5511900001234"},
		{"5215512345678@s.whatsapp.net", "+525512345678"},
		{"5491112345678@s.whatsapp.net", "+541112345678"},
		{"541112345678@s.whatsapp.net", "+541112345678"},
		{"12125550100@s.whatsapp.net", "+12125550100"},
	} {
		p, err := contact.FromAddress(c.jid)
		require.NoError(t, err, c.jid)
		require.Equal(t, c.want, string(p), c.jid)
	}
	for _, c := range []struct {
		jid  string
		want contact.Reason
	}{
		{"123456789012345@lid", contact.ReasonLID},
		{"123456789012345:3@hosted.lid", contact.ReasonLID},
		{"120363000000000000@g.us", contact.ReasonGroup},
		{"status@broadcast", contact.ReasonBroadcast},
		{"120363000000000000@newsletter", contact.ReasonBroadcast},
		{"5511900001234", contact.ReasonAddress},
		{"@s.whatsapp.net", contact.ReasonAddress},
		{"+5511900001234@s.whatsapp.net", contact.ReasonAddress},
		{"5511900001234@example.com", contact.ReasonAddress},
		{"5511900001234@g.us@s.whatsapp.net", contact.ReasonAddress},
		{"5520900001234@s.whatsapp.net", contact.ReasonArea},
		{"0@s.whatsapp.net", contact.ReasonCountry},
		{"", contact.ReasonAddress},
	} {
		_, err := contact.FromAddress(c.jid)
		var pe *contact.PhoneError
		require.ErrorAs(t, err, &pe, c.jid)
		require.Equal(t, c.want, pe.Reason, c.jid)
	}
	for _, c := range []struct {
		p    contact.Phone
		want string
	}{
		{"+5531987654321", "5531987654321 553187654321"},
		{"+5511987654321", "5511987654321 551187654321"},
		{"+5531960001234", "5531960001234 553160001234"},
		{"+5531930001234", "5531930001234"}, // 31 3000-1234 is a landline of somebody else
		{"+5511900001234", "5511900001234"},
		{"+551130001234", "551130001234"},
		{"+5491112345678", "541112345678 5491112345678"},
		{"+541112345678", "541112345678 5491112345678"},
		{"+525512345678", "525512345678 5215512345678"},
		{"+12125550100", "12125550100"},
	} {
		require.Equal(t, strings.Fields(c.want), c.p.Variants(), string(c.p))
	}
}

func TestPhoneParts(t *testing.T) {
	for _, c := range []struct {
		p                            contact.Phone
		digits, redacted, region, aa string
		mobile                       bool
	}{
		{"+5511900001234", "5511900001234", "+55119****1234", "BR", "11", true},
		{"+551130001234", "551130001234", "+5511****1234", "BR", "11", false},
		{"+5555990001234", "5555990001234", "+55559****1234", "BR", "55", true},
		{"+351910000123", "351910000123", "+3519****0123", "PT", "", true},
		{"+390612345678", "390612345678", "+3906****5678", "IT", "", false},
		{"+12125550100", "12125550100", "+121****0100", "US", "", true},
		{"+123", "123", "****", "", "", false},
		{"", "", "****", "", "", false},
	} {
		require.Equal(t, string(c.p), c.p.String())
		require.Equal(t, c.digits, c.p.Digits())
		require.Equal(t, c.redacted, c.p.Redacted(), string(c.p))
		require.Equal(t, c.region, c.p.Region(), string(c.p))
		require.Equal(t, c.aa, c.p.AreaCode())
		require.Equal(t, c.mobile, c.p.IsMobile(), string(c.p))
	}
	for _, p := range []contact.Phone{"", "5511900001234", "+5511 900001234", "+551187654321", "+5520900001234", "Maria"} {
		require.False(t, p.Valid(), string(p))
	}
}

func TestZone(t *testing.T) {
	for _, c := range []string{
		"11 America/Sao_Paulo", "21 America/Sao_Paulo", "55 America/Sao_Paulo", "61 America/Sao_Paulo",
		"92 America/Manaus", "97 America/Manaus", "68 America/Rio_Branco", "65 America/Cuiaba", "66 America/Cuiaba",
		"67 America/Campo_Grande", "69 America/Porto_Velho", "95 America/Boa_Vista", "81 America/Recife",
		"87 America/Recife", "85 America/Fortaleza", "88 America/Fortaleza", "83 America/Fortaleza",
		"84 America/Fortaleza", "86 America/Fortaleza", "98 America/Fortaleza", "71 America/Bahia", "79 America/Maceio",
		"82 America/Maceio", "91 America/Belem", "93 America/Santarem", "94 America/Belem", "96 America/Belem", "63 America/Araguaina",
	} {
		area, want, _ := strings.Cut(c, " ")
		got, ok := contact.Phone("+55" + area + "900001234").Zone()
		require.True(t, ok)
		require.Equal(t, want, got, area)
	}
	for _, area := range areaCodes {
		name, ok := contact.Phone("+55" + area + "30001234").Zone()
		require.True(t, ok, area)
		_, err := time.LoadLocation(name)
		require.NoError(t, err, area)
	}
	for _, p := range []contact.Phone{"+12125550100", "", "+5520900001234", "+55xx900001234"} {
		_, ok := p.Zone()
		require.False(t, ok, string(p))
	}
}

// All two-digit area codes, with a mobile and a landline number, against the
// metadata of libphonenumber.
func TestBrazilAgreesWithMetadata(t *testing.T) {
	n := 0
	for area := 10; area < 100; area++ {
		for _, subscriber := range []string{"900001234", "999991234", "20001234", "55551234"} {
			s := fmt.Sprintf("+55%02d%s", area, subscriber)
			p, err := contact.ParsePhone(s, "BR")
			country, national := int32(55), uint64(0)
			_, serr := fmt.Sscan(s[3:], &national)
			require.NoError(t, serr)
			// Parse would take 90 for the prefix of collect calls.
			num := &phonenumbers.PhoneNumber{CountryCode: &country, NationalNumber: &national}
			valid := phonenumbers.IsValidNumber(num)
			require.Equal(t, valid, err == nil, s)
			if valid {
				n++
				require.Equal(t, phonenumbers.Format(num, phonenumbers.E164), string(p))
				require.Equal(t, phonenumbers.GetNumberType(num) == phonenumbers.MOBILE, p.IsMobile())
			}
		}
	}
	require.Equal(t, 67*4, n)
}

// brazilianPhone draws a canonical number: a mobile or a landline.
func brazilianPhone(t *rapid.T) contact.Phone {
	area := rapid.SampledFrom(areaCodes).Draw(t, "area")
	subscriber := rapid.StringMatching(`9[0-9]{8}|[2-5][0-9]{7}`).Draw(t, "subscriber")
	return contact.Phone("+55" + area + subscriber)
}

// writeDown draws one of the ways in which people write a Brazilian number.
func writeDown(t *rapid.T, p contact.Phone) string {
	area, subscriber := p.AreaCode(), string(p[5:])
	if p.IsMobile() && subscriber[1] >= '6' && rapid.Bool().Draw(t, "old") {
		subscriber = subscriber[1:]
	}
	prefix := rapid.SampledFrom([]string{"", "+55", "55", "0055", "0", "0xx", "015", "041", "+550", "+55021"}).Draw(t, "prefix")
	blanks := []rune(" -.()\u00a0\u2009\u2011\u200e\t")
	wide := rapid.Bool().Draw(t, "wide")
	var w strings.Builder
	for _, r := range prefix + area + subscriber {
		if rapid.IntRange(0, 3).Draw(t, "gap") == 0 {
			w.WriteRune(rapid.SampledFrom(blanks).Draw(t, "blank"))
		}
		if wide && r >= '0' && r <= '9' {
			r += '０' - '0'
		}
		w.WriteRune(r)
	}
	// A dot behind ten digits and before the last two would be a fraction.
	return strings.ReplaceAll(w.String(), ".", " ")
}

func TestPropertyEveryFormattingIsOnePhone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := brazilianPhone(t)
		s := writeDown(t, p)
		got, err := contact.ParsePhone(s, rapid.SampledFrom([]string{"", "BR", "br"}).Draw(t, "region"))
		require.NoError(t, err, "%q", s)
		require.Equal(t, p, got, "%q", s)
	})
}

func TestPropertyCanonicalIsValidAndStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := brazilianPhone(t)
		for _, region := range []string{"BR", "PT", "US"} {
			got, err := contact.ParsePhone(string(p), region)
			require.NoError(t, err)
			require.Equal(t, p, got)
		}
		num, err := phonenumbers.Parse(string(p), "ZZ")
		require.NoError(t, err)
		require.True(t, phonenumbers.IsValidNumber(num), string(p))
		require.Equal(t, string(p), phonenumbers.Format(num, phonenumbers.E164))
		for _, v := range p.Variants() {
			back, err := contact.FromAddress(v + "@s.whatsapp.net")
			require.NoError(t, err)
			require.Equal(t, p, back)
			back, err = contact.FromDigits(v)
			require.NoError(t, err)
			require.Equal(t, p, back)
			_, err = contact.FromAddress(v)
			require.ErrorIs(t, err, contact.ErrPhone, "bare digits are no address")
		}
		shown := len(p.Redacted()) - len("****")
		require.GreaterOrEqual(t, len(p)-shown, 4)
	})
}

func TestPhonesStayOutOfLogs(t *testing.T) {
	var log bytes.Buffer
	l := slog.New(slog.NewTextHandler(&log, nil))
	const number, bad = "+5511900001234", "11900001234999"
	_, err := contact.ParsePhone(bad, "BR")
	var pe *contact.PhoneError
	require.ErrorAs(t, err, &pe)
	require.Equal(t, bad, pe.Input)
	l.Info("x", "phone", contact.Phone(number), "err", err, "pe", pe,
		"contact", contact.Contact{Name: "Maria", Phone: number, Vars: map[string]string{"cpf": "1"}},
		"refusal", contact.Refusal{Line: 2, Cells: []string{number, "Maria"}},
		"report", contact.Report{Refusals: []contact.Refusal{{Cells: []string{number, "Maria"}}}})
	out := log.String() + err.Error() + fmt.Sprintf("%v %+v %#v %s", err, err, err, pe)
	require.NotContains(t, out, "1190000")
	require.NotContains(t, out, "Maria")
	require.Contains(t, out, "+55119****1234")

	_, err = contact.ParsePhone(strings.Repeat("é", 200), "BR")
	require.True(t, errors.As(err, &pe))
	require.LessOrEqual(t, len(pe.Input), 64)
}

// What a spreadsheet shows is neither a formula nor a figure, and is read back.
func TestPropertySpelledIsReadBack(t *testing.T) {
	for p, want := range map[contact.Phone]string{
		"+5511900001234": "(11) 90000-1234", "+551130001234": "(11) 3000-1234", "+541155550100": "(+54) 11 5555-0100", "+351912345678": "(+351) 912 345 678",
		"+12125550100": "(+1) 212-555-0100", "erased:1/2": "erased:1/2", "": "",
	} {
		require.Equal(t, want, p.Spelled())
		if strings.HasPrefix(string(p), "+") {
			back, err := contact.ParsePhone(p.Spelled(), contact.DefaultRegion)
			require.NoError(t, err)
			require.Equal(t, p, back)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := brazilianPhone(t)
		back, err := contact.ParsePhone(p.Spelled(), "")
		require.NoError(t, err)
		require.Equal(t, p, back)
		require.Equal(t, "(", p.Spelled()[:1])
	})
}
