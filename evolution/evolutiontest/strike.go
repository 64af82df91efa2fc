package evolutiontest

import (
	"net/http"
	"strconv"
	"time"
)

// This file plays the faults. Each function is one place on a send's way and
// reports whether the fault of this send strikes there.

const prismaText = "PrismaClientKnownRequestError: \nInvalid `this.prismaRepository.message.create()` invocation: " +
	"Timed out fetching a new connection from the connection pool."

// strikeProxy is in front of the server, or its front door.
func (g *Gateway) strikeProxy(c *call) (answer, bool) {
	switch c.strike.kind() {
	case ResetBefore:
		return answer{write: reset}, true
	case HangBefore:
		return g.hang(c.strike.For), true
	case BadGateway:
		return page(http.StatusBadGateway), true
	case GatewayTimeout:
		return page(http.StatusGatewayTimeout), true
	case Unavailable:
		return page(http.StatusServiceUnavailable), true
	case Unlicensed:
		return licence(g.o.URL), true
	case TooMany:
		after := c.strike.RetryAfter
		return answer{status: http.StatusTooManyRequests, write: func(w http.ResponseWriter, r *http.Request) {
			if after > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(after))
			}
			enveloped(http.StatusTooManyRequests, "Too Many Requests", []string{"Too many requests"}).send(w, r)
		}}, true
	case Redirect:
		to := c.strike.Location
		if to == "" {
			to = "/elsewhere"
		}
		return answer{status: http.StatusTemporaryRedirect, write: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}}, true
	}
	return answer{}, false
}

// strikeLookup is the look-up of the number.
func (g *Gateway) strikeLookup(c *call, number string) (answer, bool) {
	switch c.strike.kind() {
	case NeverConnected:
		return undefined("onWhatsApp"), true
	case LookupClosed:
		return thrown("Connection Closed"), true
	case LookupTimeout:
		if !g.wait(c.strike.For) {
			return answer{}, true
		}
		return undefined("find"), true
	case LookupRateLimited:
		return thrown("rate-overlimit"), true
	case CacheFailed:
		return thrown(orText(c.strike.Text, prismaText)), true
	case NotOnWhatsApp:
		return refused(http.StatusBadRequest, lookedUp{JID: normalise(number), Number: number}), true
	}
	return answer{}, false
}

// strikeRelay is the relay before anything is written.
func (g *Gateway) strikeRelay(c *call) (answer, bool) {
	switch c.strike.kind() {
	case RelayClosed:
		return refused(http.StatusBadRequest, "Error: Connection Closed"), true
	case RelayTimeout:
		if !g.wait(c.strike.For) {
			return answer{}, true
		}
		return refused(http.StatusBadRequest, "Error: Timed Out"), true
	case RelayRateLimited:
		return refused(http.StatusBadRequest, "Error: rate-overlimit"), true
	case RelayForbidden:
		return refused(http.StatusBadRequest, "Error: forbidden"), true
	case GroupUnknown:
		return refused(http.StatusBadRequest, "[object Object]"), true
	case GraphError:
		return created(graphError()), true
	}
	return answer{}, false
}

func graphError() map[string]any {
	return map[string]any{
		"message": "(#131030) Recipient phone number not in allowed list", "type": "OAuthException", "code": 131030,
		"error_data": map[string]any{
			"messaging_product": "whatsapp", "details": "Recipient phone number not in allowed list",
		},
		"fbtrace_id": "evolutiontest",
	}
}

// strikeAnswer is the answer of a send that has been performed.
func (g *Gateway) strikeAnswer(c *call, body sentBody) answer {
	good := created(body)
	switch c.strike.kind() {
	case ResetAfter, KilledAfter:
		return answer{write: reset}
	case HangAfter:
		return g.hang(c.strike.For)
	case TimeoutAfter:
		if !g.wait(c.strike.For) {
			return answer{}
		}
	case BadGatewayAfter:
		return page(http.StatusBadGateway)
	case GatewayTimeoutAfter:
		return page(http.StatusGatewayTimeout)
	case UnavailableAfter:
		return page(http.StatusServiceUnavailable)
	case RelayTimeoutAfter:
		if !g.wait(c.strike.For) {
			return answer{}
		}
		return refused(http.StatusBadRequest, "Error: Timed Out")
	case RelayClosedAfter:
		return refused(http.StatusBadRequest, "Error: Connection Closed")
	case RowLost:
		return refused(http.StatusBadRequest, orText(c.strike.Text, prismaText))
	case Drip:
		return g.drip(good, c.strike.For)
	case Cut:
		return cut(good)
	case Garbage:
		return answer{status: http.StatusCreated, write: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"key":{"remoteJid":`))
		}}
	case NoID:
		return created(map[string]any{
			"key":     map[string]any{"remoteJid": body.Key.RemoteJID, "fromMe": true},
			"message": body.Message, "status": body.Status,
		})
	case EmptyBody:
		return answer{status: http.StatusCreated, write: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }}
	case EmptyID:
		body.Key.ID = ""
		return created(body)
	}
	return good
}

func orText(given, fallback string) string {
	if given != "" {
		return given
	}
	return fallback
}

// page is what a proxy says in the server's stead.
func page(status int) answer {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	return answer{status: status, write: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Server", "nginx")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" +
			text + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
	}}
}

// abort ends the connection without an answer.
func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// reset ends the connection with a TCP reset where the listener allows it.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(interface{ SetLinger(sec int) error }); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang answers nothing until the caller leaves, d has passed (if it is more
// than zero) or the gateway is closed, and then ends the connection.
func (g *Gateway) hang(d time.Duration) answer {
	return answer{write: func(w http.ResponseWriter, r *http.Request) {
		var timeout <-chan time.Time
		if d > 0 {
			t := time.NewTimer(d)
			defer t.Stop()
			timeout = t.C
		}
		select {
		case <-r.Context().Done():
		case <-timeout:
		case <-g.closing.Done():
		}
		panic(http.ErrAbortHandler)
	}}
}

// drip writes the answer byte by byte.
func (g *Gateway) drip(good answer, gap time.Duration) answer {
	b := good.bytes()
	return answer{status: good.status, write: func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), b)
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.WriteHeader(good.status)
		out := http.NewResponseController(w)
		for i := range b {
			if _, err := w.Write(b[i : i+1]); err != nil {
				return
			}
			_ = out.Flush()
			if r.Context().Err() != nil || !g.wait(gap) {
				panic(http.ErrAbortHandler)
			}
		}
	}}
}

// cut promises the whole answer, writes half and ends the connection.
func cut(good answer) answer {
	b := good.bytes()
	return answer{status: good.status, write: func(w http.ResponseWriter, _ *http.Request) {
		setHeaders(w.Header(), b)
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.WriteHeader(good.status)
		_, _ = w.Write(b[:len(b)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}}
}
