package contact

import "strings"

// A folding is a country in which WhatsApp knows one person under two
// spellings: with a mark in front of a mobile number and without it. Who writes
// either must reach, count and silence the same person, so each country has one
// row here, and nothing else in the program knows about marks.
type folding struct {
	code   string // of the country
	mark   string // the digits that are there or not
	at     int    // how many digits stand between code and mark
	length int    // of the national number without the mark
	// from is the least digit after the mark of numbers that have two
	// spellings.
	from byte
	// marked tells that the canonical spelling has the mark.
	marked bool
	// stored tells that earlier versions of this program kept both spellings
	// apart, so that rows and keys of the other one may still exist.
	stored bool
}

// foldings is the one table of spellings.
//
//	Brazil      The ninth digit of mobiles, since 2016 part of every one; the
//	            gateway drops it from area code 31 on. 9 3000-1234 without it
//	            would be somebody's landline.
//	Mexico      The 1 of mobiles, gone from the plan since 2019 and still in
//	            addresses of WhatsApp.
//	Argentina   The 9 of mobiles that are called from abroad. The gateway drops
//	            it, WhatsApp's own addresses have it, and people type both.
var foldings = [...]folding{
	{code: "55", mark: "9", at: 2, length: 10, from: '6', marked: true},
	{code: "52", mark: "1", length: 10},
	{code: "54", mark: "9", length: 10, stored: true},
}

// foldingOf finds the row of a number given in bare digits, which may have
// either spelling; nil where there is one spelling only.
func foldingOf(d string) *folding {
	for i := range foldings {
		f := &foldings[i]
		if strings.HasPrefix(d, f.code) && (f.has(d) || f.lacks(d)) {
			return f
		}
	}
	return nil
}

// has reports whether d is the spelling with the mark.
func (f *folding) has(d string) bool {
	at := len(f.code) + f.at
	return len(d) == len(f.code)+f.length+len(f.mark) && strings.HasPrefix(d[at:], f.mark) && d[at+len(f.mark)] >= f.from
}

// lacks reports whether d is the spelling without the mark.
func (f *folding) lacks(d string) bool {
	return len(d) == len(f.code)+f.length && d[len(f.code)+f.at] >= f.from
}

// spellings are both, the canonical one first.
func (f *folding) spellings(d string) []string {
	at := len(f.code) + f.at
	with, without := d, d
	if f.has(d) {
		without = d[:at] + d[at+len(f.mark):]
	} else {
		with = d[:at] + f.mark + d[at:]
	}
	if f.marked {
		return []string{with, without}
	}
	return []string{without, with}
}

// Canonical is the one spelling of the person's number, of those that WhatsApp
// takes for the same: what [ParsePhone] makes of each. It is for Phones that
// were made by a conversion or that an earlier version stored; what is no number
// stays as it is.
func (p Phone) Canonical() Phone {
	if f := foldingOf(p.Digits()); f != nil && strings.HasPrefix(string(p), "+") {
		return Phone("+" + f.spellings(p.Digits())[0])
	}
	return p
}

// Variants lists the spellings, in bare digits, under which a gateway may know
// this number; the canonical one is first. Compare them with the part of an
// address before "@", or append "@s.whatsapp.net" to ask for each.
//
//	Brazil      with and without the ninth digit, if the number existed without
//	            it: eight-digit mobiles began with 6–9, and 9 3000-1234 without
//	            its ninth digit would be somebody's landline
//	Argentina   without and with the 9 before the area code
//	Mexico      without and with the 1 before the area code
//
// Other numbers have one spelling. FromAddress leads each spelling back to the
// canonical one.
func (p Phone) Variants() []string {
	d := p.Digits()
	if f := foldingOf(d); f != nil {
		return f.spellings(d)
	}
	return []string{d}
}

// Stored lists the Phones as which this number may have been stored: the
// canonical one first, then the spellings that earlier versions kept apart from
// it. Whoever looks for what was recorded about a person, an opt-out above all,
// looks for each.
func (p Phone) Stored() []Phone {
	canonical := p.Canonical()
	all := []Phone{canonical}
	if f := foldingOf(p.Digits()); f != nil && f.stored {
		for _, v := range canonical.Variants()[1:] {
			all = append(all, Phone("+"+v))
		}
	}
	return all
}
