package evolutiontest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A message is one stored row of an instance, sent or received.
type message struct {
	Instance string    `json:"instance"`
	RowID    string    `json:"rowId"`
	Key      Key       `json:"key"`
	PushName string    `json:"pushName"`
	Type     string    `json:"type"`
	Body     any       `json:"body"`
	At       time.Time `json:"at"`
	Source   string    `json:"source"`
}

// A Key is the address and id of a message on the wire.
type Key struct {
	RemoteJID      string `json:"remoteJid"`
	RemoteJIDAlt   string `json:"remoteJidAlt,omitempty"`
	FromMe         bool   `json:"fromMe"`
	ID             string `json:"id"`
	Participant    string `json:"participant,omitempty"`
	AddressingMode string `json:"addressingMode,omitempty"`
}

// book is what the gateway remembers about sends, under Gateway.mu.
type book struct {
	compact  bool
	seq      uint64
	count    int
	persons  map[string]int // sends by person
	sends    []Send
	of       map[string][]int // person to indexes of sends
	requests []Request
	atSeq    map[uint64]int // sequence to index of requests
	asked    int
}

func newBook(compact bool) book {
	return book{compact: compact, persons: map[string]int{}, of: map[string][]int{}, atSeq: map[uint64]int{}}
}

func (b *book) addRequest(r Request) {
	b.seq = max(b.seq, r.Seq)
	b.asked++
	if b.compact {
		return
	}
	b.atSeq[r.Seq] = len(b.requests)
	b.requests = append(b.requests, r)
}

func (b *book) addAnswer(seq uint64, status int) {
	if i, known := b.atSeq[seq]; known {
		b.requests[i].Status = status
	}
}

func (b *book) addSend(s Send) {
	b.seq = max(b.seq, s.Seq)
	b.count++
	who := person(s.JID)
	if who == "" || strings.HasSuffix(s.JID, "@lid") {
		who = person(normalise(s.Number))
	}
	b.persons[who]++
	if b.compact {
		return
	}
	b.of[who] = append(b.of[who], len(b.sends))
	b.sends = append(b.sends, s)
}

// Sends lists every message performed, in the order of performing. It is
// empty in Compact mode.
func (g *Gateway) Sends() []Send {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.book.sends)
}

// SendsTo lists the messages performed to one person, whichever way the
// number is spelt: with + or without, with the ninth digit (Brazil) or the
// mobile prefix (Mexico, Argentina) or without. It is empty in Compact mode.
func (g *Gateway) SendsTo(number string) []Send {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Send
	for _, i := range g.book.of[person(normalise(number))] {
		out = append(out, g.book.sends[i])
	}
	return out
}

// Count is the number of messages performed.
func (g *Gateway) Count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.book.count
}

// CountTo is the number of messages performed to one person, spelt any way
// that SendsTo accepts.
func (g *Gateway) CountTo(number string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.book.persons[person(normalise(number))]
}

// Counts is the number of messages performed to each person. The keys are
// digits in the short form: 12 for a Brazilian mobile.
func (g *Gateway) Counts() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.book.persons)
}

// Requests lists the receipts of every send asked for, in order of arrival.
// It is empty in Compact mode; Asked counts there too.
func (g *Gateway) Requests() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.book.requests)
}

// Asked is the number of sends asked for that passed route, key and schema.
func (g *Gateway) Asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.book.asked
}

// replay applies one record of the file while the gateway is made.
func (g *Gateway) replay(rec record) {
	switch {
	case rec.Send != nil:
		g.book.addSend(*rec.Send)
	case rec.Request != nil:
		g.book.addRequest(*rec.Request)
		g.calls[callKey(rec.Request.Instance, rec.Request.Number)]++
	case rec.Answer != nil:
		g.book.addAnswer(rec.Answer.Seq, rec.Answer.Status)
	case rec.Instance != nil:
		g.restore(*rec.Instance)
	case rec.Gone != nil:
		if in := g.instances[rec.Gone.Name]; in != nil && in.ID == rec.Gone.ID {
			delete(g.instances, rec.Gone.Name)
		}
	case rec.Row != nil:
		if in := g.instances[rec.Row.Instance]; in != nil && !g.o.Compact {
			in.store(rec.Row)
		}
	case rec.Status != nil:
		if in := g.instances[rec.Status.Instance]; in != nil {
			in.addStatus(rec.Status.ID, rec.Status.Status)
		}
	case rec.Cache != nil:
		g.cache[rec.Cache.Key] = cached{jid: rec.Cache.JID, until: rec.Cache.Until}
	}
}
