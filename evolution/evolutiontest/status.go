package evolutiontest

import (
	"fmt"
	"time"
)

// ranks orders the statuses of a message on the Baileys channel.
var ranks = map[string]int{"ERROR": 0, "PENDING": 1, "SERVER_ACK": 2, "DELIVERY_ACK": 3, "READ": 4, "PLAYED": 5}

// businessWords are the statuses as the business channel reports them.
var businessWords = map[string]string{
	"ERROR": "FAILED", "SERVER_ACK": "SENT", "DELIVERY_ACK": "DELIVERED", "READ": "READ", "PLAYED": "READ",
}

// quiet is how long a repeated status of one message is not reported again.
const quiet = 30 * time.Minute

type savedStatus struct {
	Instance string `json:"instance"`
	ID       string `json:"id"`
	Status   string `json:"status"`
}

// A performed message on its way through its acknowledgements.
type sent struct {
	in     *instance
	key    Key
	rowID  string
	data   any // of SEND_MESSAGE, the same as the answer
	strike *armed
	seq    uint64
}

// script decides the acknowledgements of one send.
func (g *Gateway) script(s *sent) []Ack {
	switch s.strike.kind() {
	case DeadSocket, NoAck, RowLost, KilledAfter:
		return nil
	case ErrorLater:
		return []Ack{{Status: "ERROR", After: s.strike.For}}
	}
	var out []Ack
	for i, a := range g.o.Acks {
		if a.Percent > 0 && g.die("ack", s.key.ID, i)*100 >= a.Percent {
			break
		}
		out = append(out, a)
	}
	return out
}

// follow sets the acknowledgements of a send going. g.mu is held.
func (g *Gateway) follow(s *sent) {
	acks := g.script(s)
	late := s.strike.kind() == WebhookReordered
	var at time.Duration
	for i := range acks {
		at += acks[i].After
		status := acks[i].Status
		if late {
			status = acks[len(acks)-1-i].Status
		}
		g.agenda.after(g.scaled(at), func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.progress(s.in, s.key, status, s.strike)
		})
	}
	switch {
	case late:
		g.agenda.after(g.scaled(at)+time.Millisecond, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.emitSend(s)
		})
	case s.strike.kind() != WebhookEarly:
		g.emitSend(s)
	}
}

// emitSend is the SEND_MESSAGE of a send. g.mu is held.
func (g *Gateway) emitSend(s *sent) { g.emitStruck(s.in, "SEND_MESSAGE", s.data, s.strike) }

// emitStruck is emit under a webhook fault. g.mu is held.
func (g *Gateway) emitStruck(in *instance, event string, data any, strike *armed) {
	if strike != nil && (strike.Event == "" || strike.Event == event) {
		switch strike.Kind {
		case WebhookLost:
			return
		case WebhookTwice:
			g.emit(in, event, data)
		}
	}
	g.emit(in, event, data)
}

// progress is a status that WhatsApp reports. It is dropped when its row is
// not stored, and either way the same status of the same message is not
// reported again for half an hour. g.mu is held.
func (g *Gateway) progress(in *instance, key Key, status string, strike *armed) bool {
	id := key.ID + " " + status
	now := g.now()
	if last, seen := in.recent[id]; seen && now.Sub(last) < quiet {
		g.suppressed++
		return false
	}
	if strike.kind() == StatusSuppressed {
		g.suppressed++
		return false
	}
	if !g.o.Compact {
		in.recent[id] = now
	}
	row := in.byID[key.ID]
	if row == nil && g.storing && !g.o.Compact {
		g.suppressed++
		return false
	}
	if row != nil {
		in.addStatus(key.ID, status)
		g.ledger.note(record{Status: &savedStatus{Instance: in.Name, ID: key.ID, Status: status}})
	}
	g.emitStruck(in, "MESSAGES_UPDATE", g.updateBody(in, key, row, status), strike)
	return true
}

func (g *Gateway) updateBody(in *instance, key Key, row *message, status string) map[string]any {
	if g.o.V1 {
		return map[string]any{
			"remoteJid": key.RemoteJID, "fromMe": key.FromMe, "id": key.ID, "status": status,
			"datetime": g.now().UnixMilli(), "owner": in.Name,
		}
	}
	m := map[string]any{
		"keyId": key.ID, "remoteJid": key.RemoteJID, "fromMe": key.FromMe, "status": status, "instanceId": in.ID,
	}
	if row != nil {
		m["messageId"] = row.RowID
	}
	if in.Integration == Business {
		m["status"], m["fromMe"] = businessWords[status], false
	}
	return m
}

// early is a status that overtakes the storing of its row: lost, and the
// same status with it. g.mu is held.
func (g *Gateway) early(in *instance, id, status string) {
	in.recent[id+" "+status] = g.now()
	g.suppressed++
}

// PushStatus reports a status of a message that was sent, now. It goes
// through the same checks as those of the script, and reports whether an
// event was made of it. On the business channel the words are translated.
func (g *Gateway) PushStatus(name, keyID, status string) (reported bool, err error) {
	if _, known := ranks[status]; !known {
		return false, fmt.Errorf("evolutiontest: status %q is not one of ERROR, PENDING, SERVER_ACK, DELIVERY_ACK, READ, PLAYED", status)
	}
	err = g.with(name, func(in *instance) error {
		key := Key{ID: keyID, FromMe: true}
		if row := in.byID[keyID]; row != nil {
			key = row.Key
		}
		reported = g.progress(in, key, status, nil)
		return nil
	})
	return reported, err
}

// Suppressed counts the statuses that were dropped: repeated, early, or of a
// message whose row is not stored.
func (g *Gateway) Suppressed() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.suppressed
}

// GivenUp counts the webhook deliveries that were refused for good or used
// up their attempts.
func (g *Gateway) GivenUp() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost
}
