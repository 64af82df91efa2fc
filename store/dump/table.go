package dump

import "slices"

// Kind is what a column holds.
type Kind uint8

const (
	Int  Kind = iota + 1 // int64
	Text                 // string
	Blob                 // []byte
)

// Column is a column of a table.
type Column struct {
	Name string
	Kind Kind
	// Null: a value may be missing, and is nil then.
	Null bool
}

// Table is a table of a store, with the columns that a dump has of it.
type Table struct {
	Name    string
	Columns []Column
	// Key are the columns whose values order the rows.
	Key []string
	// Numbered is the column whose values the store gives, or empty. Forever
	// tells that a number is never given twice, though its row be deleted.
	Numbered string
	Forever  bool
	// Counter is what numbers the table's rows instead, in a counter of this
	// name that is no part of the table, or empty.
	Counter string
}

// Names are the names of the columns.
func (t Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// only returns the table with the columns of these names, in their order; the
// first name that it does not have otherwise.
func (t Table) only(names []string) (Table, string) {
	known := t.Columns
	t.Columns = make([]Column, 0, len(names))
	for _, n := range names {
		i := slices.IndexFunc(known, func(c Column) bool { return c.Name == n })
		if i < 0 || slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == n }) {
			return t, n
		}
		t.Columns = append(t.Columns, known[i])
	}
	for _, k := range t.Key {
		if !slices.Contains(names, k) {
			return t, k
		}
	}
	return t, ""
}

func ints(names ...string) []Column  { return columns(Int, names) }
func texts(names ...string) []Column { return columns(Text, names) }
func blobs(names ...string) []Column { return columns(Blob, names) }

func columns(k Kind, names []string) []Column {
	cs := make([]Column, len(names))
	for i, n := range names {
		cs[i] = Column{Name: n, Kind: k}
	}
	return cs
}

func maybe(cs []Column) []Column {
	for i := range cs {
		cs[i].Null = true
	}
	return cs
}

// Tables lists what a store keeps, parents before their children. Stores have
// a test that nothing is missing.
func Tables() []Table {
	return []Table{
		{Name: "campaigns", Key: []string{"id"}, Numbered: "id", Forever: true, Columns: slices.Concat(
			ints("id"), texts("tenant", "status"), ints("rev"), texts("name_folded", "draft"), ints("due_at", "total"), texts("fields"),
			ints("seed", "next_message"), texts("cause", "why"),
			ints("created_at", "updated_at", "started_at", "paused_at", "resumed_at", "ended_at"))},
		{Name: "progress", Key: []string{"campaign"}, Columns: slices.Concat(
			ints("campaign", "position", "skipped"), texts("picked"),
			ints("sent", "delivered", "read", "responded", "failed", "unknown", "retries"), texts("released", "sent_of", "responded_of"),
			ints("last_sent_at"))},
		{Name: "recipients", Key: []string{"campaign", "position"}, Columns: slices.Concat(
			ints("campaign", "position"), texts("phone", "contact"))},
		{Name: "results", Key: []string{"campaign", "position"}, Columns: slices.Concat(
			ints("campaign", "position"), texts("state", "why"), ints("message", "tries", "generation", "instance"),
			texts("provider_id"), ints("taken_at", "sent_at", "delivered_at", "read_at", "responded_at"))},
		{Name: "instances", Key: []string{"id"}, Numbered: "id", Forever: true, Columns: slices.Concat(
			ints("id"), texts("tenant", "name", "gateway", "remote", "phone", "pace"), ints("since"), texts("zone", "connection"),
			ints("connection_at", "rev", "created_at", "updated_at", "standard"), texts("endpoint", "owner", "suspended"))},
		{Name: "meters", Key: []string{"instance"}, Columns: slices.Concat(
			ints("instance"), maybe(ints("serves")), ints("pace_until", "wake_at"), texts("why"),
			ints("last_start", "hour", "day", "in_hour", "in_day", "in_row"), texts("held"),
			ints("held_until", "holds", "errors", "unacked", "acked_at"), texts("cold"), ints("cold_until", "cold_holds", "cold_errors"))},
		{Name: "ended", Key: []string{"seq"}, Numbered: "seq", Columns: slices.Concat(
			ints("seq"), blobs("attempt"), texts("tenant"), ints("campaign", "position", "generation", "try", "instance", "message"),
			texts("phone"), ints("taken_at", "ended_at"), texts("outcome", "provider_id", "evidence", "why"))},
		{Name: "attempts", Key: []string{"campaign", "position"}, Columns: slices.Concat(
			blobs("id"), texts("tenant"), ints("campaign", "position", "generation", "try", "instance", "slot"),
			texts("gateway", "remote", "phone"), ints("message"), texts("text"),
			ints("gap", "taken_at", "start_by", "quarantine", "sweep_at"), texts("daemon", "phase"),
			ints("held", "looked", "look_at"), texts("why"))},
		{Name: "waiting", Key: []string{"campaign", "position"}, Columns: slices.Concat(
			ints("campaign", "position", "due", "tries", "generation"), texts("why"), ints("lane"))},
		{Name: "events", Key: []string{"seq"}, Numbered: "seq", Forever: true, Columns: slices.Concat(
			ints("seq"), texts("tenant"), ints("at"), texts("type"), ints("campaign", "position", "instance"),
			maybe(blobs("attempt")), ints("message"), texts("author", "why"))},
		{Name: "seals", Key: []string{"tenant", "through"}, Columns: slices.Concat(
			texts("tenant"), ints("through", "events"), blobs("prev", "hash"), ints("at"))},
		{Name: "notices", Key: []string{"seq"}, Numbered: "seq", Forever: true, Columns: slices.Concat(
			ints("seq"), texts("tenant"), ints("instance"), texts("provider_id", "kind"), ints("at", "arrived_at", "known"),
			texts("phone", "digest", "why", "blame"))},
		{Name: "calendars", Key: []string{"tenant"}, Columns: slices.Concat(
			texts("tenant"), ints("rev"), texts("content"))},
		{Name: "suppressed", Key: []string{"tenant", "key"}, Columns: slices.Concat(
			texts("tenant"), blobs("key"), ints("at", "level"))},
		{Name: "warm", Key: []string{"tenant", "phone", "instance"}, Columns: slices.Concat(
			texts("tenant", "phone"), ints("instance", "since"))},
		{Name: "contacts", Key: []string{"id"}, Numbered: "id", Forever: true, Columns: slices.Concat(
			ints("id"), texts("tenant", "phone"), ints("active"), texts("search", "content"), ints("created_at", "updated_at"))},
		{Name: "contact_tags", Key: []string{"tenant", "tag", "contact"}, Columns: slices.Concat(
			texts("tenant", "tag"), ints("contact"))},
		{Name: "contact_groups", Key: []string{"id"}, Numbered: "id", Forever: true, Columns: slices.Concat(
			ints("id"), texts("tenant", "name", "name_folded", "description"), ints("size", "created_at", "updated_at"))},
		{Name: "contact_members", Key: []string{"team", "contact"}, Columns: ints("team", "contact")},
		{Name: "documents", Key: []string{"tenant", "kind", "name"}, Counter: "document_revs", Columns: slices.Concat(
			texts("tenant", "kind", "name"), ints("rev"), texts("ref"), blobs("data"), ints("expires_at"))},
		{Name: "facts", Key: []string{"name"}, Columns: slices.Concat(texts("name"), ints("value"))},
	}
}
