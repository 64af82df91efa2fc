package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// outOfLink is the number within what other programs write for one: a WhatsApp
// address, tel:, whatsapp:, or a link that opens a chat. Everything else is as
// it was.
func outOfLink(s string) (string, Reason) {
	if !strings.ContainsAny(s, ":@/") { // nearly all
		return s, ""
	}
	t := strings.TrimFunc(s, isSpace)
	for _, scheme := range []string{"tel:", "whatsapp:"} {
		if len(t) > len(scheme) && strings.EqualFold(t[:len(scheme)], scheme) && !strings.HasPrefix(t[len(scheme):], "//") {
			t = t[len(scheme):]
		}
	}
	if n, ok := chatLink(t); ok {
		return "+" + n, ""
	}
	if at := strings.IndexByte(t, '@'); at > 0 && strings.TrimLeft(t[:at], "+0123456789:_-") == "" {
		return userOf(strings.TrimPrefix(t, "+"))
	}
	return t, ""
}

// chatLink is the number of wa.me/5511… and api.whatsapp.com/send?phone=5511….
func chatLink(s string) (number string, ok bool) {
	low := strings.ToLower(s)
	_, rest, found := strings.Cut(low, "wa.me/")
	if !found && strings.Contains(low, "whatsapp") {
		_, rest, found = strings.Cut(low, "phone=")
	}
	if !found {
		return "", false
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "%2b"), "+")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	return rest[:end], end > 0
}

// leastNumber is how many digits make a number when several stand in one place:
// a local number without its area code.
const leastNumber = 8

// holdsSeveral reports whether there are two numbers, with words, two blanks, a
// dash between blanks or the like between them.
func holdsSeveral(s string) bool {
	numbers, digits := 0, 0
	end := func() {
		if digits >= leastNumber {
			numbers++
		}
		digits = 0
	}
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case r == ' ':
			next, _ := utf8.DecodeRuneInString(s[i+1:])
			if next == ' ' || strings.HasPrefix(s[i:], " - ") {
				end()
			}
		case r == '-' || r == '.' || r == '(' || r == ')' || r == '+' || formatting(r):
			if r == '+' && digits > 0 {
				end()
			}
		default:
			end()
		}
	}
	end()
	return numbers > 1
}
