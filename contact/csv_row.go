package contact

import (
	"slices"
	"strings"
	"unicode"
)

// take makes a contact of a row; ok is false if there is none, because the row
// is blank or refused. The error ends the reading.
func (c *CSV) take(row TableRow) (to Contact, ok bool, err error) {
	if row.Fault == "" && blank(row.Cells) {
		c.report.Blank++
		return Contact{}, false, nil
	}
	c.report.Rows++
	if row.Fault != "" {
		at := -1
		if row.Fault == ReasonEncoding || row.Fault == ReasonNUL {
			at = damaged(row.Cells)
		}
		return Contact{}, false, c.refuse(row, at, row.Fault, 0)
	}
	if extra := len(c.columns); len(row.Cells) > extra && !blank(row.Cells[extra:]) {
		return Contact{}, false, c.refuse(row, -1, ReasonRagged, 0)
	}
	to, at, reason := c.contact(row.Cells)
	if reason == ReasonLeft {
		if err := c.tellLeft(row.Line, to.Phone, at); err != nil {
			return Contact{}, false, err
		}
	}
	if reason != "" {
		return Contact{}, false, c.refuse(row, at, reason, 0)
	}
	if first := c.seen.add(to.Phone, row.Line); first != 0 {
		return Contact{}, false, c.refuse(row, at, ReasonDuplicate, first)
	}
	c.report.Accepted++
	return to, true, nil
}

// damaged finds the first cell with bytes that are no text.
func damaged(cells []string) int {
	for i, cell := range cells {
		if checkText(cell, len(cell)) != "" || strings.Contains(cell, "\ufffd") {
			return i
		}
	}
	return -1
}

// contact reads the cells of a row. column is that of the reason, or that of the
// phone when there is none.
func (c *CSV) contact(cells []string) (to Contact, column int, reason Reason) {
	var phone, other, area, country string
	otherAt, leftAt := -1, -1
	var tags []string
	at, areaAt, countryAt, vars := c.find(FieldPhone), -1, -1, 0
	to.Active = true
	for i, cell := range cells {
		if i == len(c.columns) {
			break
		}
		col := &c.columns[i]
		if cell = c.text(cell); cell == "" {
			continue
		}
		if leftAt < 0 && col.left(cell) {
			leftAt = i
		}
		switch col.Field {
		case FieldPhone:
			phone = cell
		case FieldOtherPhone:
			vars++
			if hasDigit(cell) && (other == "" || col.rank < c.columns[otherAt].rank) {
				other, otherAt = cell, i
			}
		case FieldAreaCode:
			area, areaAt = cell, i
		case FieldCountryCode:
			country, countryAt = cell, i
		case FieldName:
			to.Name = cleanLine(cell)
		case FieldEmail:
			to.Email = cell
		case FieldReferredBy:
			to.ReferredBy = cleanLine(cell)
		case FieldTags:
			tags = append(tags, splitTags(cell)...)
		case FieldNotes:
			to.Notes = cell
		case FieldConsent:
			if said, no := yesNo(cell); said && no {
				return to, i, ReasonNoConsent
			}
			to.Consent = cell
		case FieldActive:
			said, no := yesNo(cell)
			if !said {
				return to, i, ReasonActive
			}
			to.Active = !no
		case FieldVar:
			vars++
		}
	}
	if !hasDigit(phone) && other != "" {
		phone, at = other, otherAt
	}
	to.Phone, reason = c.phone(phone, area, country)
	switch {
	case reason == "":
	case reason == ReasonAreaMismatch, reason == ReasonArea && areaAt >= 0:
		return to, areaAt, reason
	case reason == ReasonCountry && countryAt >= 0:
		return to, countryAt, reason
	default:
		return to, at, reason
	}
	if leftAt >= 0 {
		return to, leftAt, ReasonLeft
	}
	if vars > 0 {
		to.Vars = make(map[string]string, vars)
		for i, cell := range cells {
			if i < len(c.columns) && c.columns[i].Var != "" {
				if cell = c.text(cell); cell != "" {
					to.Vars[c.columns[i].Var] = cell
				}
			}
		}
	}
	if len(tags) > 0 || len(c.o.Tags) > 0 {
		to.Tags = NormalizeTags(append(tags, c.o.Tags...))
	}
	if to.Consent == "" {
		to.Consent = c.o.Consent
	}
	to.Basis = c.o.Basis
	if f, r := firstFault(&to); r != "" {
		return to, c.column(f), r
	}
	return to, at, ""
}

// text is what a cell says.
func (c *CSV) text(cell string) string {
	if c.mended {
		cell = unmarked(cell)
	}
	return quotedText(trim(cell))
}

// quotedText is what ="…" says: the form in which files keep a spreadsheet from
// reading a phone as a number.
func quotedText(cell string) string {
	if len(cell) < len(`=""`) || cell[:2] != `="` || cell[len(cell)-1] != '"' {
		return cell
	}
	inside := cell[2 : len(cell)-1]
	if strings.Contains(strings.ReplaceAll(inside, `""`, ""), `"`) {
		return cell // a formula that begins with a text
	}
	return trim(strings.ReplaceAll(inside, `""`, `"`))
}

func hasDigit(s string) bool {
	return strings.ContainsFunc(s, unicode.IsDigit)
}

// splitTags splits a cell of several tags. Address books of Google write
// "* myContacts ::: Clientes"; those with the asterisk are its own.
func splitTags(cell string) []string {
	cell = strings.ReplaceAll(cell, ":::", "|")
	tags := strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '|' })
	return slices.DeleteFunc(tags, func(t string) bool { return strings.HasPrefix(strings.TrimSpace(t), "* ") })
}

// firstFault checks what was read, apart from the phone, against the limits.
func firstFault(to *Contact) (field string, reason Reason) {
	to.checkFields(func(f string, r Reason) {
		if reason == "" || f < field { // variables come in no order
			field, reason = f, r
		}
	})
	return field, reason
}

// column finds the column of a field by the name that Validate uses.
func (c *CSV) column(field string) int {
	name, isVar := strings.CutPrefix(field, "custom_vars.")
	for i, col := range c.columns {
		if isVar && col.Var == name || !isVar && string(col.Field) == field {
			return i
		}
	}
	return -1
}

func (c *CSV) find(f Field) int {
	for i, col := range c.columns {
		if col.Field == f {
			return i
		}
	}
	return -1
}

// phone puts together a phone from up to three cells.
func (c *CSV) phone(cell, area, country string) (Phone, Reason) {
	if area == "" && country == "" {
		return parsePhone(cell, c.o.Region)
	}
	var n, a, k written
	if r := n.read(cell); r != "" {
		return "", r
	}
	if country != "" && (k.read(country) != "" || k.n > 5) {
		return "", ReasonCountry
	}
	if area != "" && (a.read(area) != "" || a.plus || a.n > 5) {
		return "", ReasonArea
	}
	ddi := strings.TrimLeft(string(k.digits[:k.n]), "0")
	ddd := strings.TrimLeft(string(a.digits[:a.n]), "0")
	switch {
	case ddi == "" && (c.o.Region == "" || strings.EqualFold(c.o.Region, DefaultRegion)), ddi == "55":
		return brazilianParts(&n, cell, ddd)
	case n.plus:
		p, r := parsePhone(cell, c.o.Region)
		if r == "" && !strings.HasPrefix(string(p), "+"+ddi) {
			return "", ReasonCountry
		}
		return p, r
	case ddi == "":
		return parsePhone(ddd+string(n.digits[:n.n]), c.o.Region)
	}
	return parsePhone("+"+ddi+ddd+string(n.digits[:n.n]), c.o.Region)
}

// brazilianParts puts a DDD before a number that has none, and compares it with
// that of a number that has one.
func brazilianParts(n *written, cell, ddd string) (Phone, Reason) {
	if ddd == "" {
		return parsePhone(cell, DefaultRegion)
	}
	if len(ddd) != 2 || !isAreaCode(ddd[0], ddd[1]) {
		return "", ReasonArea
	}
	if !n.plus && (n.n == 8 || n.n == 9) && n.digits[0] != '0' {
		var d [11]byte
		copy(d[:], ddd)
		return brazilian(d[:2+copy(d[2:], n.digits[:n.n])])
	}
	p, r := parsePhone(cell, DefaultRegion)
	if r == "" && p.AreaCode() != ddd {
		return "", ReasonAreaMismatch
	}
	return p, r
}

// yesNo understands the words for yes and no; said is false for all others.
func yesNo(s string) (said, no bool) {
	switch Fold(s) {
	case "sim", "s", "yes", "y", "true", "verdadeiro", "1", "x", "ativo", "ativa", "active":
		return true, false
	case "nao", "n", "no", "false", "falso", "0", "inativo", "inativa", "inactive":
		return true, true
	}
	return false, false
}
