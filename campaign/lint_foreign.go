package campaign

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/alreasense/campaigns/contact"
)

// warn adds a warning about what spans from begin to end.
func warn(found []Problem, text string, begin, end int, code Code, name string) []Problem {
	s := scanner{text: text}
	at := s.place(begin, end)
	pairs := []string{"near", snippet(text[begin:end])}
	if name != "" {
		pairs = append(pairs, "name", name)
	}
	return append(found, Problem{Place: at, Name: name, Suggest: name, Warning: true, Why: at.because(code, pairs...)})
}

// singles finds what stands between single braces and was hardly meant so: a known
// name, {nome}, and a choice, {Oi|Olá}.
func singles(text string, names []string) []Problem {
	var found []Problem
	for i := 0; i < len(text); {
		n := run(text, i)
		if n != 1 || text[i] != '{' {
			i += max(n, 1)
			continue
		}
		body := i + 1
		end := body + strings.IndexAny(text[body:], "{}\n")
		if end < body {
			break
		}
		i = end
		if text[end] != '}' || run(text, end) != 1 {
			continue
		}
		raw, _, choice := strings.Cut(text[body:end], "|")
		name := meant(raw, names)
		switch {
		case name != "":
			found = warn(found, text, body-1, end+1, CodeOneBrace, name)
		case choice:
			found = warn(found, text, body-1, end+1, CodeSpintax, "")
		case otherNames[contact.VarName(raw)] != "":
			found = warn(found, text, body-1, end+1, CodeForeign, otherNames[contact.VarName(raw)])
		}
	}
	return found
}

// meant is the known name that raw spells; empty if there is none.
func meant(raw string, names []string) string {
	if strings.IndexFunc(strings.TrimFunc(raw, unicode.IsSpace), notInName) >= 0 {
		return ""
	}
	if name := contact.VarName(raw); name != "" && slices.Contains(names, name) {
		return name
	}
	return ""
}

// otherNames are how other tools call what we have, in the form of contact.VarName.
var otherNames = map[string]string{
	"fname": "primeiro_nome", "firstname": "primeiro_nome", "first": "primeiro_nome", "primeironome": "primeiro_nome",
	"nome_cliente": "nome", "nome_do_cliente": "nome", "nomecliente": "nome", "cliente": "nome", "contato": "nome",
	"nome_completo": "nome", "seu_nome": "nome", "nome_contato": "nome", "nome_do_contato": "nome",
	"fullname": "nome", "full_name": "nome", "customer": "nome", "customer_name": "nome", "your_name": "nome",
	"celular": "telefone", "whatsapp": "telefone", "numero": "telefone", "mobile": "telefone",
	"saudacoes": "saudacao", "cumprimento": "saudacao",
}

// otherSigns is a variable as other tools write it: [nome], [[nome]], #NOME#,
// %nome%, %%nome%%, <nome>, $nome$, *|FNAME|*. Only a name that is known here or
// there makes it one: a price list has brackets and percent signs too.
var otherSigns = regexp.MustCompile(`\[{1,2}([^][\n]{1,60})]{1,2}|#([^#\n]{1,60})#|%{1,2}([^%\n]{1,60})%{1,2}|<{1,2}([^<>\n]{1,60})>{1,2}|\$([^$\n]{1,60})\$|\*\|([^|\n]{1,60})\|\*`)

// foreign finds variables as other tools write them.
func foreign(text string, names []string) []Problem {
	var found []Problem
	for i := 0; ; {
		m := otherSigns.FindStringSubmatchIndex(text[i:])
		if m == nil {
			return found
		}
		begin, end := i+m[0], i+m[1]
		for g := 2; g < len(m); g += 2 {
			if m[g] < 0 {
				continue
			}
			raw, _, _ := strings.Cut(text[i+m[g]:i+m[g+1]], "|")
			name := meant(raw, names)
			if name == "" && strings.IndexFunc(strings.TrimFunc(raw, unicode.IsSpace), notInName) < 0 {
				name = otherNames[contact.VarName(raw)]
			}
			if name == "" {
				end = begin + 1 // the closing sign of one may open another
			} else {
				found = warn(found, text, begin, end, CodeForeign, name)
			}
		}
		i = end
	}
}

// escape is a line break or tab that was typed as in a program, or as in HTML.
var escape = regexp.MustCompile(`(?i)\\[nrt]|<br ?/?>`)

// escapes finds line breaks and tabs that go out as characters, and characters that
// were lost on the way here. Of several alike the first counts.
func escapes(text string) []Problem {
	var found []Problem
	if m := escape.FindStringIndex(text); m != nil {
		found = warn(found, text, m[0], m[1], CodeTypedEscape, "")
	}
	if i := strings.Index(text, "\ufffd"); i >= 0 {
		found = warn(found, text, i, i+len("\ufffd"), CodeDamaged, "")
	}
	return found
}

// always are the built-in variables that no person lacks.
var always = []string{"saudacao", "greeting", "dia_semana", "weekday", "data", "hora", "telefone", "phone"}

// filters are what other template languages write behind a bar.
var filters = strings.Fields("upper lower title capitalize capitalise trim safe escape raw titlecase upcase downcase maiuscula maiusculas minuscula minusculas")

// defaults finds defaults that are never used, and those that are written as in
// another language.
func defaults(text string, uses []Use) []Problem {
	var found []Problem
	for _, u := range uses {
		switch {
		case !u.HasDefault:
		case slices.Contains(always, u.Name):
			found = warn(found, text, u.Offset, u.Offset+u.Length, CodeDefaultIdle, u.Name)
		case quoted(u.Default) || slices.Contains(filters, contact.Fold(u.Default)):
			found = warn(found, text, u.Offset, u.Offset+u.Length, CodeDefaultOdd, "")
		}
	}
	return found
}

// quoted reports whether a text stands in quotes.
func quoted(s string) bool {
	r := []rune(s)
	if len(r) < 2 {
		return false
	}
	for _, q := range []string{`""`, `''`, "“”", "‘’", "``"} {
		if ends := []rune(q); r[0] == ends[0] && r[len(r)-1] == ends[1] {
			return true
		}
	}
	return false
}
