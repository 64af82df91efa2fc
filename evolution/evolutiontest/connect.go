package evolutiontest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// qrPNG is a valid PNG of one black pixel: nobody scans it.
var qrPNG = []byte{
	0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
	0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55,
	0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71,
	0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82,
}

const (
	qrLimit   = 30
	reconnect = time.Second
	goodbye   = time.Second // from the answer of delete until the name is free
)

// finalCodes are the disconnections after which no socket is rebuilt, and
// the only ones that a close event tells of.
var finalCodes = []int{401, 402, 403, 406}

// connect answers GET /instance/connect.
func (g *Gateway) connect(c *call) answer {
	g.mu.Lock()
	in := g.instances[c.name]
	if in == nil || in.unloaded {
		g.mu.Unlock()
		return stringified()
	}
	switch in.state {
	case stateOpen:
		defer g.mu.Unlock()
		return ok(map[string]any{"instance": stateOf(in.Name, in)})
	case stateConnecting:
		defer g.mu.Unlock()
		defer g.agenda.after(0, func() { g.autoPair(in) })
		return ok(in.qrObject())
	}
	g.dial(in, c.r.URL.Query().Get("number"))
	g.mu.Unlock()
	if !g.wait(g.scaled(2 * time.Second)) {
		return answer{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.agenda.after(0, func() { g.autoPair(in) })
	if in.state == stateOpen {
		return ok(map[string]any{"count": 0})
	}
	return ok(in.qrObject())
}

// dial starts a socket: a paired account comes straight to open, another is
// shown QR codes. A number asks for a pairing code as well. g.mu is held.
func (g *Gateway) dial(in *instance, number string) {
	in.epoch++
	in.socket, in.state, in.qr, in.pairing = true, stateConnecting, 0, ""
	g.emitConnection(in, 200)
	if in.Paired {
		g.later(in, g.scaled(reconnect), g.opened)
		return
	}
	if keep(number, "") != "" {
		in.pairing = strings.ToUpper(newUUID()[:8])
	}
	if after := g.scaled(g.o.QRAfter); after > 0 {
		g.later(in, after, g.showQR)
		return
	}
	g.showQR(in)
}

// later runs f on the instance unless its socket has been replaced by then.
// g.mu is held by the caller, and by later when f runs.
func (g *Gateway) later(in *instance, d time.Duration, f func(*instance)) {
	epoch := in.epoch
	g.agenda.after(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if in.epoch == epoch && g.instances[in.Name] == in {
			f(in)
		}
	})
}

// showQR shows the next QR code, or refuses after the last.
func (g *Gateway) showQR(in *instance) {
	if in.state != stateConnecting {
		return
	}
	if in.qr >= qrLimit {
		g.emit(in, "QRCODE_UPDATED", map[string]any{
			"message": "QR code limit reached, please login again", "statusCode": 500,
		})
		in.state = "refused"
		g.emitConnection(in, 428)
		in.state, in.qr = stateClose, 0
		in.epoch++
		return
	}
	in.qr++
	in.code = "2@" + base64.StdEncoding.EncodeToString([]byte(newUUID())) + ",evolutiontest"
	g.emit(in, "QRCODE_UPDATED", map[string]any{"qrcode": map[string]any{
		"instance": in.Name, "pairingCode": null(in.pairing), "code": in.code, "base64": qrBase64(),
	}})
	g.later(in, g.o.QREvery, g.showQR)
}

func qrBase64() string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(qrPNG)
}

// qrObject is the answer of connect while a code is shown.
func (in *instance) qrObject() any {
	if in.qr == 0 {
		return map[string]any{"count": 0}
	}
	return map[string]any{
		"pairingCode": null(in.pairing), "code": in.code, "base64": qrBase64(), "count": in.qr,
	}
}

// autoPair scans, when the options say that every code is scanned.
func (g *Gateway) autoPair(in *instance) {
	if !g.o.AutoPair {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if in.state == stateConnecting && in.qr > 0 && g.instances[in.Name] == in {
		g.pair(in)
	}
}

// pair is a scanned code. g.mu is held.
func (g *Gateway) pair(in *instance) {
	in.epoch++
	in.socket, in.Paired = true, true
	if in.Owner == "" {
		in.Owner = keep(in.Number, "")
	}
	if in.Owner == "" {
		in.Owner = madeUp(in.Name)
	}
	in.qr, in.pairing, in.code, in.Code = 0, "", "", 0
	g.opened(in)
	g.save(in)
}

func (g *Gateway) opened(in *instance) {
	in.state = stateOpen
	g.emitConnection(in, 200)
}

// reconnect rebuilds a lost socket, at once and without a close event.
// g.mu is held.
func (g *Gateway) reconnect(in *instance) {
	in.epoch++
	in.socket, in.state = true, stateConnecting
	g.emitConnection(in, 200)
	g.later(in, g.scaled(reconnect), g.opened)
}

func (g *Gateway) emitConnection(in *instance, code int) {
	data := map[string]any{"instance": in.Name, "state": in.state, "statusReason": code}
	if in.state == stateOpen {
		data["wuid"], data["profileName"], data["profilePictureUrl"] = in.ownerJID(), in.profile(), nil
	}
	g.emit(in, "CONNECTION_UPDATE", data)
}

// restart answers POST /instance/restart: usually still open, because the
// change comes after the answer.
func (g *Gateway) restart(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in := g.instances[c.name]
	if in == nil || in.unloaded || in.state == stateClose {
		return stringified()
	}
	g.later(in, 0, func(in *instance) {
		if in.Paired {
			g.reconnect(in)
			return
		}
		g.dial(in, in.Number)
	})
	if in.state == stateOpen {
		return ok(map[string]any{"instance": stateOf(in.Name, in)})
	}
	return ok(in.qrObject())
}

// logout answers DELETE /instance/logout; the work goes on after the answer.
func (g *Gateway) logout(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in := g.instances[c.name]
	if in == nil || in.unloaded || in.state == stateClose {
		return refused(http.StatusBadRequest, `The "`+c.name+`" instance is not connected`)
	}
	g.later(in, 0, func(in *instance) {
		in.deaf = true
		g.ended(in, 401)
	})
	return ok(done("Instance logged out"))
}

func done(message string) map[string]any {
	return map[string]any{"status": "SUCCESS", "error": false, "response": map[string]any{"message": message}}
}

// ended is a disconnection for good: the three events come nearly together.
// g.mu is held.
func (g *Gateway) ended(in *instance, code int) {
	in.epoch++
	in.state, in.Paired, in.qr = stateClose, in.Integration != Baileys, 0
	in.Code, in.Left = code, g.now().UTC()
	g.emit(in, "STATUS_INSTANCE", map[string]any{
		"instance": in.Name, "status": "closed", "disconnectionAt": stamp(in.Left),
		"disconnectionReasonCode": code, "disconnectionObject": in.disconnection(),
	})
	g.emit(in, "LOGOUT_INSTANCE", nil)
	g.emitConnection(in, code)
	g.save(in)
}

func (in *instance) disconnection() string {
	return fmt.Sprintf(`{"error":{"data":null,"isBoom":true,"isServer":false,"output":{"statusCode":%d}},"date":%q}`,
		in.Code, stamp(in.Left))
}

// remove answers DELETE /instance/delete; the name stays taken for a second.
func (g *Gateway) remove(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in := g.instances[c.name]
	if in == nil {
		return refused(http.StatusNotFound, `The "`+c.name+`" instance does not exist`)
	}
	if in.deleting {
		return ok(done("Instance deleted"))
	}
	if in.state != stateClose && in.Integration == Baileys {
		g.ended(in, 401)
	}
	in.deleting, in.unloaded = true, true
	in.epoch++
	g.emit(in, "INSTANCE_DELETE", map[string]any{"instanceName": in.Name, "instanceId": in.ID})
	g.emit(in, "REMOVE_INSTANCE", nil)
	g.keep(record{Gone: &goneInstance{Name: in.Name, ID: in.ID}})
	g.agenda.after(g.scaled(goodbye), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.instances[in.Name] == in {
			delete(g.instances, in.Name)
		}
	})
	return ok(done("Instance deleted"))
}

// Open makes sure that the instances exist and are open: absent ones are
// created on the Baileys channel with a random token, all are scanned.
func (g *Gateway) Open(names ...string) error {
	for _, name := range names {
		g.mu.Lock()
		if g.instances[name] == nil {
			now := g.now().UTC()
			g.instances[name] = newInstance(savedInstance{
				Name: name, ID: newUUID(), Token: strings.ToUpper(newUUID()), Integration: Baileys, Created: now,
			})
		}
		g.mu.Unlock()
		if err := g.Scan(name); err != nil {
			return err
		}
	}
	return nil
}

// Scan is a phone that scans the instance's QR code: the instance is open
// when Scan returns, whatever state it was in.
func (g *Gateway) Scan(name string) error {
	return g.with(name, func(in *instance) error {
		in.unloaded = false
		g.pair(in)
		return nil
	})
}

// Token is the instance's own key.
func (g *Gateway) Token(name string) (token string, err error) {
	err = g.with(name, func(in *instance) error { token = in.Token; return nil })
	return token, err
}

// Drop cuts the socket with a disconnection code. 401, 402, 403 and 406 are
// final: three events, state close, and a new pairing is needed (as after a
// logout on the phone). Any other code is followed by a connecting event only
// and by open once down and then a second have passed; both are scaled.
// A negative down lasts until Scan.
func (g *Gateway) Drop(name string, code int, down time.Duration) error {
	return g.with(name, func(in *instance) error {
		if slices.Contains(finalCodes, code) {
			g.ended(in, code)
			return nil
		}
		in.epoch++
		in.socket, in.state = true, stateConnecting
		g.emitConnection(in, 200)
		if down >= 0 {
			g.later(in, g.scaled(down), g.reconnect)
		}
		return nil
	})
}

// Storm is a server without a route out: n connecting events, one each
// interval (20 to 100 ms in the original; scaled), while the state flickers
// between close and connecting; then the instance is as Drop leaves it.
func (g *Gateway) Storm(name string, n int, every time.Duration) error {
	return g.with(name, func(in *instance) error {
		in.epoch++
		in.socket = true
		left := n
		var gust func(*instance)
		gust = func(in *instance) {
			if left == 0 {
				g.reconnect(in)
				return
			}
			left--
			in.state = stateConnecting
			g.emitConnection(in, 200)
			if left%2 == 1 {
				in.state = stateClose
			}
			g.later(in, g.scaled(every), gust)
		}
		gust(in)
		return nil
	})
}

// Unload leaves an instance in the database and takes it out of memory:
// connectionState then has no state, sends fail on undefined. Scan loads it.
func (g *Gateway) Unload(name string) error {
	return g.with(name, func(in *instance) error {
		in.unloaded, in.state = true, stateClose
		in.epoch++
		return nil
	})
}

// with runs f on an instance under the lock.
func (g *Gateway) with(name string, f func(*instance) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	in := g.instances[name]
	if in == nil || in.deleting {
		return fmt.Errorf("%w: %q", ErrUnknownInstance, name)
	}
	return f(in)
}
