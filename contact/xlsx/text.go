package xlsx

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// text is what a cell says, of what is stored in it, how that is shown, and
// whether the sheet says that it is a number.
func text(stored, shown string, number, date1904 bool) string {
	if stored == shown || shown == "" {
		if number && isDecimal(stored) {
			return strings.Replace(stored, ".", ",", 1)
		}
		return truth(stored)
	}
	v, err := strconv.ParseFloat(stored, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return truth(shown)
	}
	whole := integer(v)
	lost := whole == "" || strings.HasSuffix(whole, "0000")
	switch {
	case scientific(stored) && lost:
		return strings.Replace(stored, ".", ",", 1)
	case scientific(shown) && lost:
		// The format comes by itself when a number is read that is written so.
		return strings.Replace(shown, ".", ",", 1)
	case scientific(shown):
		return whole
	case whole != "" && !strings.ContainsAny(shown, ".,") && strings.TrimLeft(digits(shown), "0") == strings.TrimLeft(digits(whole), "0"):
		return shown // a phone in its format, leading zeros
	case isNumber(shown, v):
		return strings.Map(func(r rune) rune {
			switch r {
			case '.':
				return ','
			case ',':
				return '.'
			}
			return r
		}, shown)
	}
	return day(shown, v, date1904)
}

// truth writes the values of yes and no as a Brazilian spreadsheet does.
func truth(s string) string {
	switch s {
	case "TRUE":
		return "VERDADEIRO"
	case "FALSE":
		return "FALSO"
	}
	return s
}

// isDecimal reports whether s is a number with a fraction, as it is stored.
func isDecimal(s string) bool {
	whole, part, ok := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return ok && whole != "" && part != "" && strings.Trim(whole+part, "0123456789") == ""
}

// integer is a whole number with all its digits; empty if it has a fraction or
// more digits than are stored.
func integer(v float64) string {
	if v != math.Trunc(v) || math.Abs(v) >= 1<<53 {
		return ""
	}
	return strconv.FormatInt(int64(v), 10)
}

// scientific reports whether s is like 5.51E+12.
func scientific(s string) bool {
	mantissa, exp, ok := strings.Cut(strings.ToUpper(s), "E")
	return ok && mantissa != "" && exp != "" && strings.Trim(mantissa, "0123456789.-") == "" && strings.Trim(exp, "0123456789+-") == ""
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// isNumber reports whether s shows v, perhaps rounded, grouped, in percent or
// with the sign of a currency.
func isNumber(s string, v float64) bool {
	plain := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.TrimPrefix(strings.TrimSpace(s), "R$"))
	n, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		return false
	}
	unit := 1.0
	if i := strings.IndexByte(plain, '.'); i >= 0 {
		unit = math.Pow10(i + 1 - len(plain))
	}
	if strings.Contains(s, "%") {
		n, unit = n/100, unit/100
	}
	return math.Abs(math.Abs(n)-math.Abs(v)) <= unit/2+1e-9*math.Abs(v)
}

// day writes a date as Brazilians do. What is no date is as it is shown.
func day(shown string, v float64, date1904 bool) string {
	const firstYear, lastDay = 366, 2958465
	if v < firstYear || v >= lastDay+1 || !strings.ContainsFunc(shown, func(r rune) bool { return r == '/' || r == '-' || unicode.IsLetter(r) }) {
		return shown
	}
	t, err := excelize.ExcelDateToTime(v, date1904)
	if err != nil {
		return shown
	}
	if strings.Contains(shown, ":") {
		return t.Format("02/01/2006 15:04")
	}
	return t.Format("02/01/2006")
}
