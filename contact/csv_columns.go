package contact

import (
	"slices"
	"strconv"
	"strings"
)

// Field is what a column of a file means.
type Field string

// Fields, with the names by which their columns are recognised (compared by
// VarName; the list is [FieldNames]).
const (
	// FieldPhone is the number. If several columns are known as one, WhatsApp
	// goes before mobile (celular), mobile before telephone (telefone, fone),
	// and these before a mere "número"; the others become FieldOtherPhone. Two
	// of the same rank are an error, since the file does not say which one is
	// meant, unless they are numbered.
	FieldPhone Field = "phone"
	// FieldOtherPhone is another phone. It is used for the rows in which
	// FieldPhone has no digit, the one of the best rank that has, and is a
	// variable besides.
	FieldOtherPhone Field = "other_phone"
	// FieldAreaCode is a DDD in a column of its own, put before phones of eight
	// or nine digits. A phone that has another one is refused.
	FieldAreaCode Field = "area_code"
	// FieldCountryCode is a DDI in a column of its own: 55, +351.
	FieldCountryCode Field = "country_code"
	FieldName        Field = "name"
	FieldEmail       Field = "email"
	FieldReferredBy  Field = "quem_indicou"
	// FieldTags holds tags that are separated by , ; or |. Several columns are
	// joined.
	FieldTags  Field = "tags"
	FieldNotes Field = "notes"
	// FieldConsent is text; a row that says no (não, no, n, 0, false) is
	// refused.
	FieldConsent Field = "consent"
	// FieldActive is sim, s, yes, y, true, 1, x or ativo, or não, no, n, false,
	// 0 or inativo; an empty cell means active.
	FieldActive Field = "active"
	// FieldVar is a variable of the contact, named after the column; see
	// Column.Var.
	FieldVar Field = "var"
	// FieldIgnore is not read: the columns that Report.WriteRefused adds, and
	// what CSVOptions.Mapping says.
	FieldIgnore Field = "ignore"
)

// knownNames lists the names of each field by falling precedence: of two
// columns whose names stand on different lines, the upper is the field.
var knownNames = []struct {
	field Field
	names string
}{
	{FieldPhone, "whatsapp whats wpp zap zapzap numero_whatsapp numero_de_whatsapp numero_do_whatsapp whatsapp_number telefone_whatsapp celular_whatsapp fone_whatsapp whatsapp_phone"},
	{FieldPhone, "celular cel telefone_celular fone_celular numero_celular numero_do_celular numero_de_celular tel_celular telefone_movel movel mobile mobile_phone mobile_number cell cellphone cell_phone"},
	{FieldPhone, "telefone fone tel telefone_1 fone_1 telefone_principal numero_de_telefone numero_do_telefone numero_telefone phone phone_number telephone phone_1 phone_1_value"},
	{FieldPhone, "numero number"},
	{FieldAreaCode, "ddd area area_code codigo_de_area codigo_area cod_area"},
	{FieldCountryCode, "ddi country_code codigo_do_pais codigo_de_pais codigo_pais cod_pais"},
	{FieldName, "nome name"},
	{FieldName, "nome_completo full_name fullname nome_e_sobrenome"},
	{FieldName, "nome_do_cliente nome_cliente nome_do_contato nome_contato contact_name customer_name cliente contato contact customer"},
	{FieldName, "primeiro_nome first_name"},
	{FieldEmail, "email e_mail email_address e_mail_address endereco_de_email endereco_de_e_mail correio_eletronico mail"},
	{FieldReferredBy, "quem_indicou indicado_por indicada_por indicacao indicou referred_by referrer referral"},
	{FieldTags, "tags tag etiquetas etiqueta marcadores marcador labels label"},
	{FieldNotes, "observacoes observacao obs notas notes note anotacoes anotacao comentarios comentario comments"},
	{FieldConsent, "consentimento consent opt_in optin aceite lgpd"},
	{FieldActive, "ativo ativa active is_active"},
	{FieldIgnore, "linha_recusa codigo_recusa motivo_recusa refusal_line refusal_code refusal_reason"},
}

// FieldNames lists the names by which a column is recognised as a field, in the
// order of their precedence.
func FieldNames(f Field) []string {
	var names []string
	for _, k := range knownNames {
		if k.field == f {
			names = append(names, strings.Fields(k.names)...)
		}
	}
	return names
}

// recognise returns the field that a column's name stands for and its rank, the
// lower the better; FieldVar if the name is nobody's. Whole names go before
// names that are made of known words.
func recognise(name string) (Field, int) {
	if name == "" {
		return FieldVar, 0
	}
	for rank, k := range knownNames {
		for known := range strings.FieldsSeq(k.names) {
			if known == name {
				return k.field, rank * rankLine
			}
		}
	}
	return byWords(name)
}

// Column is a column of a file and what it means.
type Column struct {
	Name  string `json:"name"`  // as in the header, trimmed
	Field Field  `json:"field"` //
	// Var is the variable's name, if Field is FieldVar or FieldOtherPhone: the column's by VarName,
	// "coluna_5" of a fifth column without a name, and with a number behind it
	// ("cidade_2") if another column or a built-in variable has the name.
	Var string `json:"var,omitempty"`
}

type column struct {
	Column
	rank int // among those of its field, the lower the better
	leaving
}

// title is what a reader calls the column: its name, or what stands for it.
func (c Column) title() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Var
}

// forced returns what the caller's mapping says about a column.
func forced(name string, o *CSVOptions) (Field, bool) {
	for key, f := range o.Mapping {
		if VarName(key) == name {
			return f, true
		}
	}
	return "", false
}

// namesPhone reports whether a header has a column for the phone.
func namesPhone(header []string, o *CSVOptions) bool {
	return slices.ContainsFunc(header, func(h string) bool {
		name := VarName(h)
		if f, ok := forced(name, o); ok {
			return f == FieldPhone
		}
		f, _ := recognise(name)
		return f == FieldPhone
	})
}

// mapColumns decides what each column means.
func mapColumns(header []string, o *CSVOptions) ([]column, error) {
	cols := make([]column, len(header))
	names := make([]string, len(header))
	used := map[string]bool{}
	for i, h := range header {
		h = cleanLine(strings.ToValidUTF8(strings.ReplaceAll(h, "\x00", ""), ""))
		names[i] = VarName(h)
		cols[i].Name = h
		if f, ok := forced(names[i], o); ok {
			cols[i].Field, cols[i].rank = f, -1
			used[names[i]] = true
		} else {
			cols[i].Field, cols[i].rank = recognise(names[i])
			if k := leavingOf(names[i]); k != leavesNot {
				cols[i].Field, cols[i].rank, cols[i].leaving = FieldVar, 0, k
			}
		}
	}
	for key, f := range o.Mapping {
		if !used[VarName(key)] || !isField(f) {
			return nil, &FileError{Reason: ReasonMapping, Columns: titles(cols)}
		}
	}
	if err := settle(cols, names); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(cols, func(c column) bool { return c.Field == FieldPhone }) {
		return nil, noPhone(header, cols, o)
	}
	nameVars(cols, names)
	return cols, nil
}

// settle leaves each field, tags apart, to one column: the first of the best
// rank. The others become variables, other phones and area codes. Two phones of
// the same rank are an error.
func settle(cols []column, names []string) error {
	best := map[Field]int{} // the column that has the field so far
	tied := false           // another phone has the rank of the best one
	for i, c := range cols {
		if c.Field == FieldVar || c.Field == FieldIgnore || c.Field == FieldTags || c.Field == FieldOtherPhone {
			continue
		}
		j, taken := best[c.Field]
		switch {
		case !taken:
			best[c.Field] = i
			continue
		case c.rank < cols[j].rank:
			best[c.Field] = i
			cols[j].Field = loser(c.Field, cols[j].rank)
			tied = tied && c.Field != FieldPhone
			continue
		case c.rank == cols[j].rank && c.Field == FieldPhone:
			tied = true
		}
		cols[i].Field = loser(c.Field, c.rank)
	}
	if tied {
		return &FileError{Reason: ReasonAmbiguous, Columns: titles(cols)}
	}
	if _, taken := best[FieldAreaCode]; taken {
		return nil
	}
	for i := range cols { // "ddd celular" beside "celular" has the area code alone
		if cols[i].Field == FieldOtherPhone && strings.HasPrefix(names[i], "ddd_") {
			cols[i].Field = FieldAreaCode
			break
		}
	}
	return nil
}

// loser is what a column means whose field another column has. A mere "número"
// may be that of a house.
func loser(f Field, rank int) Field {
	if f == FieldPhone && rank < lineOf(FieldPhone, "numero") {
		return FieldOtherPhone
	}
	return FieldVar
}

// noPhone tells a header without a phone from a file without a header, by a
// cell of the first row that is a number.
func noPhone(header []string, cols []column, o *CSVOptions) error {
	if !o.NoHeader && o.Columns == nil {
		for _, h := range header {
			if _, r := parsePhone(h, o.Region); r == "" {
				return &FileError{Reason: ReasonNoHeader}
			}
		}
	}
	return &FileError{Reason: ReasonNoPhoneColumn, Columns: titles(cols)}
}

// nameVars names the variables: a column without a name is called after its
// place ("coluna_5"), and a name that is taken, by another column or by a
// variable that every message knows, gets a number ("cidade_2", "saudacao_2").
func nameVars(cols []column, names []string) {
	taken := map[string]bool{
		"nome": true, "primeiro_nome": true, "email": true, "quem_indicou": true,
		"saudacao": true, "dia_semana": true,
	}
	for i := range cols {
		if cols[i].Field != FieldVar && cols[i].Field != FieldOtherPhone {
			continue
		}
		base := names[i]
		if base == "" {
			base = "coluna_" + strconv.Itoa(i+1)
		}
		name := base
		for n := 2; taken[name]; n++ {
			suffix := "_" + strconv.Itoa(n)
			name = VarName(strings.ToValidUTF8(base[:min(len(base), maxVarName-len(suffix))], "")) + suffix
		}
		taken[name] = true
		cols[i].Var = name
	}
}

func isField(f Field) bool {
	switch f {
	case FieldPhone, FieldOtherPhone, FieldAreaCode, FieldCountryCode, FieldName, FieldEmail, FieldReferredBy,
		FieldTags, FieldNotes, FieldConsent, FieldActive, FieldVar, FieldIgnore:
		return true
	}
	return false
}

func titles(cols []column) []string {
	var ts []string
	for _, c := range cols {
		if t := []rune(c.title()); len(t) > 60 {
			ts = append(ts, string(t[:60])+"…")
		} else if len(t) > 0 {
			ts = append(ts, string(t))
		}
		if len(ts) == 50 {
			break
		}
	}
	return ts
}

func fileErrorText(e *FileError, lang string) string {
	text := e.Reason.Text(lang)
	if len(e.Columns) == 0 {
		return text
	}
	pt := strings.HasPrefix(strings.ToLower(lang), "pt")
	seen := "columns seen"
	switch {
	case e.Reason == ReasonHeaderRow && pt:
		seen = "linha pedida"
	case e.Reason == ReasonHeaderRow:
		seen = "row asked for"
	case (e.Reason == ReasonSheets || e.Reason == ReasonSheet) && pt:
		seen = "planilhas"
	case e.Reason == ReasonSheets || e.Reason == ReasonSheet:
		seen = "sheets"
	case pt:
		seen = "colunas encontradas"
	}
	return text + "; " + seen + ": " + strings.Join(e.Columns, ", ")
}
