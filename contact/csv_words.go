package contact

import "strings"

// Ranks of a column that is recognised. Among the columns of one field the
// lowest rank wins. A name on line i of knownNames has 10·i; one that is made
// of known words stands 5 behind the names that say the same, and "fixo",
// "residencial" and the like 3 more.
const (
	rankLine     = 10
	rankWords    = 5
	rankLandline = 3
	rankAreaTwin = 1 // "ddd celular", beside a column "celular"
)

// Words of which the names of columns are made, without accents and in the
// singular and plural that people use. A name is recognised when each of its
// words is known and one of them names the field, so that "WhatsApp do
// responsável" is a phone and "Aceita receber WhatsApp?" is not.
const (
	whatsAppWords = " whatsapp whats wpp zap zapzap whatsap watsapp whatszap "
	mobileWords   = " celular celulares cel movel mobile cell cellphone smartphone "
	phoneWords    = " telefone telefones fone fones tel phone phones telephone telefono "
	landlineWords = " fixo residencial comercial recado recados trabalho casa home work business landline "
	numberWords   = " numero numeros number num nro nr no n "
	contactWords  = " contato contatos contacto contact "
	personWords   = " cliente clientes aluno aluna paciente responsavel titular comprador compradora lead pessoa associado " +
		"hospede convidado usuario customer client student patient member user guest "
	nameWords  = " nome nomes name names "
	emailWords = " email emails mail "
	areaWords  = " ddd ddi "
	linkWords  = " o a os as e ou de do da dos das com para p seu sua qual informe digite your the of or and " +
		"principal primario pessoal particular main primary personal outro other alternativo secundario " +
		"valor value completo full default address cobranca entrega billing shipping "
)

func among(word, words string) bool { return strings.Contains(words, " "+word+" ") }

// byWords recognises a column by the words of its name, in the form of VarName;
// FieldVar if they say nothing.
func byWords(name string) (Field, int) {
	words := strings.Split(name, "_")
	if rank, ok := phoneByWords(words); ok {
		return FieldPhone, rank
	}
	switch {
	case madeOf(words, nameWords, personWords+contactWords+linkWords):
		return FieldName, lineOf(FieldName, "nome_do_cliente") + rankWords
	case madeOf(words, emailWords, personWords+contactWords+linkWords+" 1 "):
		return FieldEmail, lineOf(FieldEmail, "email") + rankWords
	}
	return FieldVar, 0
}

// phoneByWords recognises a phone, the better the surer it reaches a WhatsApp,
// and the first of several that are numbered before the others.
func phoneByWords(words []string) (rank int, ok bool) {
	var kind string
	landline, number, contact, area, with, place := false, false, false, false, false, 1
	better := func(k string) {
		if kind == "" || k == "whatsapp" || k == "celular" && kind == "telefone" {
			kind = k
		}
	}
	for _, w := range words {
		switch {
		case among(w, whatsAppWords):
			better("whatsapp")
		case among(w, mobileWords):
			better("celular")
		case among(w, phoneWords):
			better("telefone")
		case among(w, landlineWords):
			landline = true
		case among(w, numberWords):
			number = true
		case among(w, contactWords):
			contact = true
		case among(w, areaWords):
			area = true
		case len(w) == 1 && w[0] >= '1' && w[0] <= '9':
			place = int(w[0] - '0')
		case among(w, linkWords) || among(w, personWords):
			with = with || w == "com"
		default:
			return 0, false
		}
	}
	if kind == "" && number && contact {
		kind = "numero" // "número de contato", "número para contato"
	}
	if kind == "" {
		return 0, false
	}
	rank = lineOf(FieldPhone, kind) + rankWords
	if place > 1 {
		rank++
	}
	if landline && kind == "telefone" {
		rank += rankLandline
	}
	if area && !with && words[0] == "ddd" {
		rank += rankAreaTwin
	}
	return rank, true
}

// madeOf reports whether one of the words is of the core and each of the others
// of the core or the rest.
func madeOf(words []string, core, rest string) bool {
	found := false
	for _, w := range words {
		switch {
		case among(w, core):
			found = true
		case !among(w, rest):
			return false
		}
	}
	return found
}

// lineOf is the rank of a name in knownNames.
func lineOf(f Field, name string) int {
	for i, k := range knownNames {
		if k.field == f && among(name, " "+k.names+" ") {
			return i * rankLine
		}
	}
	panic("contact: no known name " + name)
}
