package contact_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

func TestFirstName(t *testing.T) {
	for _, c := range []string{
		"Ana Souza=Ana", "=", "  =", "Maria=Maria", " João  da Silva =João", "Dra. Ana Souza=Ana",
		"Sr. J. Carlos=Carlos", "Dr.=", "MARIA\u00a0LUIZA=MARIA", "D'Ávila Santos=D'Ávila",
		"Sra=", "Dr=", "dr João=João", "DRA ANA=ANA", "Profa. Dra. Ana Reis=Ana", "J.=J", "J. P. Reis=Reis",
		"🌸=", "🌸 Ana=Ana", "🌸Ana🌸 Reis=Ana", "*Ana*=Ana", "(Ana)=Ana", "Ana, vizinha=Ana", ".=", "-=", "?=",
		"+55 11 90000-1005=", "5511900001006=", "11 90000-1234 Ana=Ana", "null=", "N/A=", "Sem Nome=", "NÃO INFORMADO=", "cliente=",
		"Cliente Ana=Cliente", "Jean-Luc Reis=Jean-Luc", "李明=李明", "João=João", "A=A", "Dona Maria=Dona",
	} {
		name, want, _ := strings.Cut(c, "=")
		require.Equal(t, want, contact.Contact{Name: name}.FirstName(), name)
	}
}

func TestCaseName(t *testing.T) {
	for _, c := range []string{
		"MARIA DAS DORES=Maria das Dores", "joão paulo=João Paulo", "JOSÉ DE SOUZA E SILVA=José de Souza e Silva",
		"Maria Das Dores=Maria Das Dores", "McArthur=McArthur", "D'ÁVILA=D'Ávila", "ana o'neil=Ana O'Neil", "JEAN-LUC=Jean-Luc",
		"ANA D.=Ana D.", "=", "🌸=🌸", "+55 11=+55 11", "DA SILVA=Da Silva", "MARIA DE=Maria De", "joa\u0303o=Joa\u0303o", "COPA D’ÁGUA=Copa D’Água",
	} {
		name, want, _ := strings.Cut(c, "=")
		require.Equal(t, want, contact.CaseName(name), name)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		require.Equal(t, contact.CaseName(s), contact.CaseName(contact.CaseName(s)))
	})
}

func TestNamed(t *testing.T) {
	require.Equal(t, "🌸 Ana", contact.Contact{Name: "🌸 Ana"}.Named())
	require.Empty(t, contact.Contact{Name: "+55 11 90000-1005"}.Named())
}

func TestFoldAndVarName(t *testing.T) {
	for _, c := range []struct{ in, fold, name string }{
		{"  JOSÉ  da Conceição ", "jose da conceicao", "jose_da_conceicao"},
		{"Código do Cliente (ERP)", "codigo do cliente (erp)", "codigo_do_cliente_erp"},
		{"Joa\u0303o", "joao", "joao"},
		{"e-mail", "e-mail", "e_mail"},
		{"Nº", "no", "no"},
		{"__a__b__", "__a__b__", "a_b"},
		{"\ufeffnome\u00a0x", "nome x", "nome_x"},
		{"$$", "$$", ""},
		{"2ª via", "2a via", "2a_via"},
		{strings.Repeat("é", 70), strings.Repeat("e", 70), strings.Repeat("e", 60)},
		{strings.Repeat("日", 70), strings.Repeat("日", 70), strings.Repeat("日", 20)},
	} {
		require.Equal(t, c.fold, contact.Fold(c.in))
		require.Equal(t, c.name, contact.VarName(c.in))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		require.Equal(t, contact.VarName(s), contact.VarName(contact.VarName(s)))
		require.Equal(t, contact.Fold(s), contact.Fold(contact.Fold(s)))
		require.LessOrEqual(t, len(contact.VarName(s)), 60)
	})
}

// Tags are a set, so no number of tags makes two of one contact.
func TestLesson_P4_TagsAreASet(t *testing.T) {
	require.Equal(t, []string{"cliente vip", "natal", "são joão"},
		contact.NormalizeTags([]string{" Natal", "NATAL ", "São  João", "cliente\tVIP", "", " ", "são joão"}))
	require.Nil(t, contact.NormalizeTags([]string{" "}))

	in := []string{"B", "a"}
	contact.NormalizeTags(in)
	require.Equal(t, []string{"B", "a"}, in, "the argument is left alone")

	shop := contact.Contact{Tags: []string{"a", "b"}}
	for _, c := range []struct {
		f    contact.Filter
		want bool
	}{
		{contact.Filter{TagsAny: []string{"A", "b", "b"}}, true},
		{contact.Filter{TagsAny: []string{"c", "B"}}, true},
		{contact.Filter{TagsAny: []string{"c"}}, false},
		{contact.Filter{TagsAny: []string{" "}}, true},
		{contact.Filter{TagsAll: []string{"b", " A"}}, true},
		{contact.Filter{TagsAll: []string{"a", "c"}}, false},
		{contact.Filter{TagsAny: []string{"a"}, TagsAll: []string{"c"}}, false},
	} {
		require.Equal(t, c.want, c.f.Matches(shop, false), "%+v", c.f)
	}
	rapid.Check(t, func(t *rapid.T) {
		tags := rapid.SliceOf(rapid.String()).Draw(t, "tags")
		once := contact.NormalizeTags(tags)
		require.Equal(t, once, contact.NormalizeTags(once))
		require.Equal(t, once, contact.NormalizeTags(append(once, tags...)))
	})
}

func TestFilterMatches(t *testing.T) {
	c := contact.Contact{Name: "João da Conceição", Email: "Joao@Example.com", Phone: "+5511900001234", Active: true}
	for _, f := range []contact.Filter{
		{}, {Search: "joao"}, {Search: "CONCEIÇÃO"}, {Search: " da  conc"}, {Search: "@example"},
		{Search: "(11) 90000"}, {Search: "1234"}, {Search: "+55 11"}, {Active: contact.OnlyActive}, {Group: 7},
	} {
		require.True(t, f.Matches(c, true), "%+v", f)
		require.Equal(t, f.Normal(), f.Normal().Normal())
		require.True(t, f.Normal().Matches(c, true), "%+v", f)
	}
	for _, f := range []contact.Filter{
		{Search: "maria"}, {Search: "9999"}, {Search: "com 5511"}, {Active: contact.OnlyInactive}, {Group: 7},
	} {
		require.False(t, f.Matches(c, false), "%+v", f)
	}
	require.Equal(t, []int{50, 50, 1, 5000, 5000}, []int{
		contact.Page{}.Size(), contact.Page{Limit: -1}.Size(), contact.Page{Limit: 1}.Size(),
		contact.Page{Limit: 5000}.Size(), contact.Page{Limit: 5001}.Size()})
}

// pages is a Finder that has n contacts and counts how it is asked.
type pages struct {
	contact.Finder
	n, asked int
	err      error
}

func (p *pages) Contacts(_ context.Context, _ contact.Filter, page contact.Page) ([]contact.Contact, error) {
	p.asked++
	if p.err != nil && p.asked > 1 {
		return nil, p.err
	}
	var cs []contact.Contact
	for i := page.After/3 + 1; i <= int64(p.n) && len(cs) < page.Size(); i++ {
		cs = append(cs, contact.Contact{ID: 3 * i}) // others were deleted
	}
	return cs, nil
}

// An audience is everyone, not the first page.
func TestLesson_P3_AllGoesBeyondThePage(t *testing.T) {
	for _, n := range []int{0, 1, 999, 1000, 1001, 12_345} {
		want := int64(0)
		for c, err := range contact.All(t.Context(), &pages{n: n}, contact.Filter{TagsAny: []string{"vip"}}) {
			require.NoError(t, err)
			want++
			require.Equal(t, 3*want, c.ID)
		}
		require.EqualValues(t, n, want)
	}
	broken := errors.New("broken")
	seen := 0
	var got error
	for _, err := range contact.All(t.Context(), &pages{n: 5000, err: broken}, contact.Filter{}) {
		if err != nil {
			got = err
			continue
		}
		seen++
	}
	require.ErrorIs(t, got, broken, "half an audience says so")
	require.Equal(t, 1000, seen)

	p := &pages{n: 5000}
	for range contact.All(t.Context(), p, contact.Filter{}) {
		break
	}
	require.Equal(t, 1, p.asked)
}

func TestMerge(t *testing.T) {
	old := contact.Contact{
		ID: 1, Name: "Maria", Phone: "+5511900000001", Email: "m@example.com", Tags: []string{"a"},
		Vars: map[string]string{"cidade": "Rio", "cpf": "1"}, Active: false, Consent: "site",
	}
	before := old.Clone()
	got := old.Merge(contact.Contact{
		ID: 9, Name: "Maria Silva", Phone: "+5511900000002", Tags: []string{"B", "a"},
		Vars: map[string]string{"cidade": "Natal", "cpf": "", "loja": "2"}, Active: true, Notes: "n",
	})
	require.Equal(t, contact.Contact{
		ID: 1, Name: "Maria Silva", Phone: "+5511900000001", Email: "m@example.com", Tags: []string{"a", "b"},
		Vars: map[string]string{"cidade": "Natal", "cpf": "1", "loja": "2"}, Active: false, Consent: "site", Notes: "n",
	}, got)
	require.Equal(t, before, old, "what was stored is left alone")
	require.True(t, old.Merge(contact.Contact{Active: true}).Same(old))
	require.False(t, got.Same(old))
	require.True(t, contact.Contact{Vars: map[string]string{}}.Same(contact.Contact{}))
	require.Equal(t, map[string]string{"a": "b"}, contact.Contact{}.Merge(contact.Contact{Vars: map[string]string{"a": "b"}}).Vars)
}

func TestValidate(t *testing.T) {
	good := contact.Contact{Phone: "+5511900000001", Name: strings.Repeat("é", 200), Email: "a@b", Tags: []string{"a", "são"}, Vars: map[string]string{"a_1": "x"}}
	require.NoError(t, good.Validate())
	for _, c := range []struct {
		field  string
		reason contact.Reason
		spoil  func(*contact.Contact)
	}{
		{"phone", contact.ReasonNotPhone, func(c *contact.Contact) { c.Phone = "11900000001" }},
		{"phone", contact.ReasonNotPhone, func(c *contact.Contact) { c.Phone = "" }},
		{"name", contact.ReasonFieldLong, func(c *contact.Contact) { c.Name += "x" }},
		{"name", contact.ReasonText, func(c *contact.Contact) { c.Name = "\xff" }},
		{"notes", contact.ReasonText, func(c *contact.Contact) { c.Notes = "a\x00b" }},
		{"notes", contact.ReasonFieldLong, func(c *contact.Contact) { c.Notes = strings.Repeat("n", 10_001) }},
		{"quem_indicou", contact.ReasonFieldLong, func(c *contact.Contact) { c.ReferredBy = strings.Repeat("n", 201) }},
		{"consent", contact.ReasonFieldLong, func(c *contact.Contact) { c.Consent = strings.Repeat("n", 501) }},
		{"email", contact.ReasonEmail, func(c *contact.Contact) { c.Email = "a b@c" }},
		{"email", contact.ReasonEmail, func(c *contact.Contact) { c.Email = "@c" }},
		{"email", contact.ReasonEmail, func(c *contact.Contact) { c.Email = "a@b@c" }},
		{"email", contact.ReasonFieldLong, func(c *contact.Contact) { c.Email = strings.Repeat("a", 254) + "@b" }},
		{"tags", contact.ReasonTag, func(c *contact.Contact) { c.Tags = []string{"b", "a"} }},
		{"tags", contact.ReasonTag, func(c *contact.Contact) { c.Tags = []string{"VIP"} }},
		{"tags", contact.ReasonTag, func(c *contact.Contact) { c.Tags = []string{"a", "a"} }},
		{"tags", contact.ReasonTag, func(c *contact.Contact) { c.Tags = []string{""} }},
		{"tags", contact.ReasonFieldLong, func(c *contact.Contact) { c.Tags = []string{strings.Repeat("a", 61)} }},
		{"tags", contact.ReasonFieldMany, func(c *contact.Contact) {
			c.Tags = nil
			for i := range 101 {
				c.Tags = append(c.Tags, fmt.Sprintf("%03d", i))
			}
		}},
		{"custom_vars.A", contact.ReasonVar, func(c *contact.Contact) { c.Vars = map[string]string{"A": "x"} }},
		{"custom_vars.a__b", contact.ReasonVar, func(c *contact.Contact) { c.Vars = map[string]string{"a__b": "x"} }},
		{"custom_vars.", contact.ReasonVar, func(c *contact.Contact) { c.Vars = map[string]string{"": "x"} }},
		{"custom_vars.a", contact.ReasonFieldLong, func(c *contact.Contact) { c.Vars = map[string]string{"a": strings.Repeat("x", 4097)} }},
		{"custom_vars", contact.ReasonFieldMany, func(c *contact.Contact) {
			c.Vars = map[string]string{}
			for i := range 101 {
				c.Vars[fmt.Sprintf("v%d", i)] = "x"
			}
		}},
	} {
		bad := good.Clone()
		c.spoil(&bad)
		err := bad.Validate()
		require.ErrorIs(t, err, contact.ErrInvalid, "%s %s", c.field, c.reason)
		var fe *contact.FieldError
		require.ErrorAs(t, err, &fe)
		require.Equal(t, c.field, fe.Field)
		require.Equal(t, c.reason, fe.Reason)
	}
	bad := contact.Contact{Email: "x"}
	require.Equal(t, "contact: phone: "+contact.ReasonNotPhone.Text("en")+"\ncontact: email: "+contact.ReasonEmail.Text("en"), bad.Validate().Error())

	require.NoError(t, contact.Group{Name: "Natal"}.Validate())
	for _, g := range []contact.Group{{}, {Name: " a"}, {Name: "a\nb"}, {Name: "a\u00a0 b"}, {Name: strings.Repeat("a", 201)}, {Name: "\xff"}, {Name: "a", Description: "\x00"}} {
		require.ErrorIs(t, g.Validate(), contact.ErrInvalid, "%+v", g)
	}
}

func TestErrors(t *testing.T) {
	var err error = &contact.DuplicateError{Field: "phone", ID: 3}
	require.ErrorIs(t, err, contact.ErrDuplicate)
	require.Contains(t, err.Error(), "3")
	require.Equal(t, "of_another_version", contact.Reason("of_another_version").Text("pt"))
	require.Empty(t, contact.FieldNames(contact.FieldVar))
	require.Contains(t, contact.FieldNames(contact.FieldPhone), "celular")
}

// Every reason has words, and other ones in each language.
func TestReasonsHaveWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	require.NoError(t, err)
	n := 0
	codes := map[contact.Reason]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		r := contact.Reason(code)
		require.Regexp(t, `^[a-z]+(_[a-z]+)+$`, code)
		require.NotEqual(t, code, r.Text("en"), code)
		require.NotEqual(t, r.Text("en"), r.Text("pt-BR"), code)
		codes[r] = true
		n++
		return true
	})
	require.Greater(t, n, 40)
	require.Len(t, codes, n, "codes are unique")
}
