package campaigntest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// rule is one sentence of a contract, why it must hold, and the check that
// finds out. The reason is printed when the rule breaks.
type rule[E any] struct {
	name, why string
	check     func(E)
}

// judge speaks for one rule: its failures carry the reason of the rule.
type judge struct {
	testing.TB
	why string
}

// that demands that ok holds.
func (j *judge) that(ok bool, format string, args ...any) {
	j.Helper()
	if !ok {
		j.Fatalf("%s\n\tThe rule: %s", fmt.Sprintf(format, args...), j.why)
	}
}

// need demands that something worked.
func (j *judge) need(err error, doing string) {
	j.Helper()
	j.that(err == nil, "%s: %v", doing, err)
}

// refuse demands that something failed with an error that wraps want.
func (j *judge) refuse(err, want error, doing string) {
	j.Helper()
	j.that(err != nil, "%s succeeded; want an error that wraps %q", doing, want)
	j.that(errors.Is(err, want), "%s failed with %q; want an error that wraps %q", doing, err, want)
}

// equal demands that got says the same as want: nil and empty are the same,
// and instants are compared to the millisecond and must be in UTC.
func (j *judge) equal(got, want any, what string) {
	j.Helper()
	if d := diff("", reflect.ValueOf(got), reflect.ValueOf(want)); d != "" {
		j.that(false, "%s%s", what, d)
	}
}

var timeType = reflect.TypeFor[time.Time]()

// diff describes the first difference between two values of one type, or is
// empty.
func diff(path string, a, b reflect.Value) string {
	if !a.IsValid() || !b.IsValid() {
		if a.IsValid() != b.IsValid() {
			return fmt.Sprintf("%s: one of the two is missing", path)
		}
		return ""
	}
	if a.Type() != b.Type() {
		return fmt.Sprintf("%s: is a %s, want a %s", path, a.Type(), b.Type())
	}
	if a.Type() == timeType && a.CanInterface() {
		return diffTime(path, a.Interface().(time.Time), b.Interface().(time.Time))
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return fmt.Sprintf("%s: is %v, want %v", path, a, b)
			}
			return ""
		}
		return diff(path, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if d := diff(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: has %d elements, want %d (%v, want %v)", path, a.Len(), b.Len(), a, b)
		}
		for i := range a.Len() {
			if d := diff(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Map:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: has %d entries, want %d (%v, want %v)", path, a.Len(), b.Len(), a, b)
		}
		for _, k := range b.MapKeys() {
			if !a.MapIndex(k).IsValid() {
				return fmt.Sprintf("%s: has no entry %v", path, k)
			}
			if d := diff(fmt.Sprintf("%s[%v]", path, k), a.MapIndex(k), b.MapIndex(k)); d != "" {
				return d
			}
		}
		return ""
	}
	if !a.Equal(b) {
		return fmt.Sprintf("%s: is %v, want %v", path, a, b)
	}
	return ""
}

func diffTime(path string, a, b time.Time) string {
	if a.IsZero() != b.IsZero() || a.UnixMilli() != b.UnixMilli() {
		return fmt.Sprintf("%s: is %v, want %v", path, a, b)
	}
	if !a.IsZero() && a.Location() != time.UTC {
		return fmt.Sprintf("%s: is in the zone %v, want UTC", path, a.Location())
	}
	return ""
}
