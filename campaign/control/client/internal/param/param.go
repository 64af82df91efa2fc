// Package param writes the parameters of generated requests.
package param

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Location is where a parameter stands.
type Location int

// Locations.
const (
	ParamLocationPath Location = iota
	ParamLocationQuery
	ParamLocationHeader
)

// StyleParamWithLocation writes a parameter: "simple" in a path or a header,
// "form" in a query, where a list is one parameter with commas unless it is to
// explode into one for each value. These are the styles that the document has;
// any other is an error.
func StyleParamWithLocation(style string, explode bool, name string, at Location, value any) (string, error) {
	v := reflect.Indirect(reflect.ValueOf(value))
	var texts []string
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			texts = append(texts, text(v.Index(i)))
		}
	} else {
		texts = []string{text(v)}
	}
	switch {
	case style == "simple" && at == ParamLocationHeader:
		return strings.Join(texts, ","), nil
	case style == "simple" && at == ParamLocationPath:
		for i := range texts {
			texts[i] = url.PathEscape(texts[i])
		}
		return strings.Join(texts, ","), nil
	case style == "form" && at == ParamLocationQuery && explode:
		return url.Values{name: texts}.Encode(), nil
	case style == "form" && at == ParamLocationQuery:
		return url.Values{name: {strings.Join(texts, ",")}}.Encode(), nil
	}
	return "", fmt.Errorf("client: the parameter %s has the style %q, which nothing here writes", name, style)
}

func text(v reflect.Value) string {
	if t, ok := v.Interface().(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v.Interface())
}
