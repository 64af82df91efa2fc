package campaign

import (
	"context"
	"encoding/hex"

	"github.com/alreasense/campaigns/contact"
)

// Level tells on whose word a person gets no messages. A weaker word never
// undoes a stronger one.
type Level int8

// Levels, by rising strength.
const (
	// NotOut: the person has not opted out.
	NotOut Level = iota
	// OutUnrecorded: an early version recorded the opt-out without its level.
	// The log of events tells it: see OptOutLevels.
	OutUnrecorded
	// OutByKeyword: the person wrote a word that stops messages, and may write
	// one that undoes it.
	OutByKeyword
	// OutByOperator: somebody recorded it, and somebody undoes it, who says on
	// what evidence.
	OutByOperator
	// OutByLaw: the person was erased. Nothing undoes it.
	OutByLaw
)

// String is the level's name, as the API spells it; empty for NotOut.
func (l Level) String() string {
	switch l {
	case NotOut:
		return ""
	case OutByKeyword:
		return "keyword"
	case OutByLaw:
		return "law"
	}
	return "operator" // also what nobody can tell: in doubt nobody gets messages
}

// levelBy is the level of what is said for a reason.
func levelBy(why Reason) Level {
	if why.Code == CodeKeyword {
		return OutByKeyword
	}
	return OutByOperator
}

// undoes refuses to end an opt-out of a level for a reason.
func (l Level) undoes(why Reason) error {
	switch {
	case l == OutByLaw:
		return &ConflictError{Because(CodeOutByLaw)}
	case l <= OutByKeyword && l != OutUnrecorded:
		return nil
	case levelBy(why) < OutByOperator:
		return &ConflictError{Because(CodeOutByOperator)}
	case why.Args["reason"] == "":
		return &FieldError{"evidence", Because(CodeMissing)}
	}
	return nil
}

// levels are the levels of keys; those of early versions as the log tells them.
func levels(r Reader, keys []SuppressionKey) ([]Level, error) {
	list, err := r.OptOutLevels(keys)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i] != OutUnrecorded {
			continue
		}
		told, err := consents(r, keys[i])
		if err != nil {
			return nil, err
		}
		if list[i] = lastLevel(told); list[i] == NotOut {
			list[i] = OutByOperator // before events said whose they are
		}
	}
	return list, nil
}

// lastLevel is the level that the events about one phone end with.
func lastLevel(events []Event) (l Level) {
	for i := range events {
		switch e := &events[i]; e.Type {
		case EventOptedOut:
			l = max(l, levelBy(e.Why))
		case EventErased:
			l = OutByLaw
		case EventOptedIn:
			l = NotOut
		}
	}
	return l
}

// OptOutLevels tells for each phone on whose word it gets no messages.
func (s *Service) OptOutLevels(ctx context.Context, phones ...contact.Phone) (out []Level, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	if err := s.e.keyed(ctx, false); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		all, err := s.e.outcries(r, s.caller.Tenant, phones...)
		for _, o := range all {
			out = append(out, o.level())
		}
		return err
	})
	return out, err
}

func keyName(k SuppressionKey) string { return hex.EncodeToString(k[:]) }
