package evolution

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Raw is the whole event as JSON, as it came, with null in place of the instance's
// key wherever that stands and however it is spelled. It holds numbers and texts.
// It reads the body that ParseWebhook was given, which must not have changed.
func (e Event) Raw() json.RawMessage {
	type level struct{ object, named bool } // named: its value comes next
	var (
		out  bytes.Buffer
		done int64 // what is written already
		open []level
		dec  = json.NewDecoder(bytes.NewReader(e.body))
	)
	dec.UseNumber()
	for {
		t, err := dec.Token()
		if err != nil { // the end
			out.Write(e.body[done:])
			return out.Bytes()
		}
		in := &level{}
		if len(open) > 0 {
			in = &open[len(open)-1]
		}
		switch {
		case in.object && !in.named && t != json.Delim('}'):
			if !isKey(t.(string)) {
				in.named = true
				continue
			}
			out.Write(e.body[done:dec.InputOffset()])
			out.WriteString(":null")
			var key json.RawMessage
			_ = dec.Decode(&key)
			done = dec.InputOffset()
		case t == json.Delim('{'), t == json.Delim('['):
			in.named = false
			open = append(open, level{object: t == json.Delim('{')})
		case t == json.Delim('}'), t == json.Delim(']'):
			open = open[:len(open)-1]
		default:
			in.named = false
		}
	}
}

func isKey(member string) bool {
	return strings.EqualFold(member, "apikey") || strings.EqualFold(member, "api_key")
}
