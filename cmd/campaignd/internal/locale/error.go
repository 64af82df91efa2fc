package locale

import (
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/campaign"
)

// Error is an error that can be told in both languages. Error tells it in
// English, for logs; Locale.Text in the person's.
type Error struct {
	pt   string
	en   error
	args []any
}

// Errorf makes an error of two texts, which are those of fmt.Errorf and take
// the same arguments.
func Errorf(pt, en string, args ...any) error {
	return &Error{pt: pt, en: fmt.Errorf(en, args...), args: args}
}

// Error implements error.
func (e *Error) Error() string { return e.en.Error() }

// Unwrap gives errors.Is and errors.As what the text was made of.
func (e *Error) Unwrap() error { return e.en }

// Text tells an error in the person's language, with the errors that it was
// made of. What is known in one language alone stays as it is.
func (l Locale) Text(err error) string {
	switch x := err.(type) {
	case *Error:
		return x.in(l)
	case interface{ Unwrap() []error }:
		text := err.Error()
		for _, inner := range x.Unwrap() {
			text = l.within(text, inner)
		}
		return text
	case interface{ Unwrap() error }:
		return l.within(err.Error(), x.Unwrap())
	}
	return err.Error()
}

// within tells what a text says of an inner error in the person's language.
func (l Locale) within(text string, inner error) string {
	if inner == nil {
		return text
	}
	return strings.Replace(text, inner.Error(), l.Text(inner), 1)
}

func (e *Error) in(l Locale) string {
	if !l.Portuguese() {
		return e.en.Error()
	}
	args := make([]any, len(e.args))
	for i, a := range e.args {
		switch inner := a.(type) {
		case Both:
			a = inner(l.Language)
		case error:
			a = l.Text(inner)
		}
		args[i] = a
	}
	return fmt.Sprintf(strings.ReplaceAll(e.pt, "%w", "%s"), args...)
}

// Both is a text of package campaign, such as the one of a Reason or a Status,
// as an argument of Errorf.
type Both func(campaign.Language) string

// String is the text in English.
func (b Both) String() string { return b(campaign.English) }
