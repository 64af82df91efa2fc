package evolutiontest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ControlPrefix is where the control surface lives: the methods of Gateway
// for another process. It takes no key; keep it on a loopback listener.
//
//	GET    /_emulator/                      figures (see Figures)
//	GET    /_emulator/sends[?number=]       [Send …]
//	GET    /_emulator/requests              [Request …]
//	GET    /_emulator/counts                {"551190001234":1 …}
//	GET    /_emulator/kinds                 [{"kind","performed"} …]
//	GET    /_emulator/faults                [{"id","struck","fault"} …]
//	POST   /_emulator/faults                Fault → {"id":1}
//	DELETE /_emulator/faults[?id=]          all, or one
//	POST   /_emulator/open/{instance}       create if absent, and scan
//	POST   /_emulator/scan/{instance}       Scan
//	POST   /_emulator/drop/{instance}       {"code":428,"down":"5s"}; down "-1s": until a scan
//	POST   /_emulator/storm/{instance}      {"n":50,"every":"20ms"}
//	POST   /_emulator/unload/{instance}     Unload
//	POST   /_emulator/inbound               Inbound → {"id","reported"}
//	POST   /_emulator/status/{instance}     {"id":"3EB0…","status":"READ"} → {"reported"}
//	POST   /_emulator/license?on=true       SetLicense
//	POST   /_emulator/storing?on=false      SetStoring
//
// Durations are written as time.ParseDuration reads them, in faults too
// ("for":"5s"). Errors are {"error":"…"} with 400, 404 for an unknown
// instance or path, 405 for a wrong method.
const ControlPrefix = "/_emulator/"

// Figures are the counts of GET /_emulator/.
type Figures struct {
	Asked      int `json:"asked"`      // sends asked for
	Performed  int `json:"performed"`  // messages performed
	Suppressed int `json:"suppressed"` // statuses dropped
	GivenUp    int `json:"givenUp"`    // webhook deliveries lost for good
	Instances  int `json:"instances"`
	Faults     int `json:"faults"` // armed
}

// Figures counts what there is.
func (g *Gateway) Figures() Figures {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Figures{
		Asked: g.book.asked, Performed: g.book.count, Suppressed: g.suppressed, GivenUp: g.lost,
		Instances: len(g.instances), Faults: len(g.faults),
	}
}

type wireFault struct {
	Fault
	For string `json:"for,omitempty"`
}

var (
	errNoPath = errors.New("no such control path; see the doc of ControlPrefix")
	errMethod = errors.New("wrong method; see the doc of ControlPrefix")
)

func (g *Gateway) control(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, ControlPrefix)
	verb, name, _ := strings.Cut(path, "/")
	body, err := g.steer(r, verb, name)
	status := http.StatusOK
	if err != nil {
		status = http.StatusBadRequest
		switch {
		case errors.Is(err, ErrUnknownInstance), errors.Is(err, errNoPath):
			status = http.StatusNotFound
		case errors.Is(err, errMethod):
			status = http.StatusMethodNotAllowed
		}
		body = map[string]any{"error": err.Error()}
	}
	answer{status: status, body: body}.send(w, r)
}

func (g *Gateway) steer(r *http.Request, verb, name string) (any, error) {
	switch verb {
	case "", "sends", "requests", "counts", "kinds":
		if r.Method != http.MethodGet {
			return nil, errMethod
		}
		return g.show(r, verb), nil
	case "faults":
		return g.steerFaults(r)
	}
	if r.Method != http.MethodPost {
		return nil, errMethod
	}
	okay := map[string]any{"ok": true}
	var in struct {
		Code   int      `json:"code"`
		Down   duration `json:"down"`
		N      int      `json:"n"`
		Every  duration `json:"every"`
		ID     string   `json:"id"`
		Status string   `json:"status"`
	}
	switch verb {
	case "drop", "storm", "status":
		if err := readInto(r, &in); err != nil {
			return nil, err
		}
	}
	switch verb {
	case "open":
		return okay, g.Open(name)
	case "scan":
		return okay, g.Scan(name)
	case "unload":
		return okay, g.Unload(name)
	case "drop":
		return okay, g.Drop(name, in.Code, time.Duration(in.Down))
	case "storm":
		return okay, g.Storm(name, in.N, time.Duration(in.Every))
	case "status":
		reported, err := g.PushStatus(name, in.ID, in.Status)
		return map[string]any{"reported": reported}, err
	case "inbound":
		var m Inbound
		if err := readInto(r, &m); err != nil {
			return nil, err
		}
		id, reported, err := g.Receive(m)
		return map[string]any{"id": id, "reported": reported}, err
	case "license", "storing":
		on, err := strconv.ParseBool(r.URL.Query().Get("on"))
		if err != nil {
			return nil, errors.New("say ?on=true or ?on=false")
		}
		if verb == "license" {
			g.SetLicense(on)
		} else {
			g.SetStoring(on)
		}
		return okay, nil
	}
	return nil, errNoPath
}

func (g *Gateway) show(r *http.Request, verb string) any {
	switch verb {
	case "sends":
		list := g.Sends()
		if n := r.URL.Query().Get("number"); n != "" {
			list = g.SendsTo(n)
		}
		return append([]Send{}, list...)
	case "requests":
		return append([]Request{}, g.Requests()...)
	case "counts":
		return g.Counts()
	case "kinds":
		list := []any{}
		for _, k := range Kinds() {
			list = append(list, map[string]any{"kind": k, "performed": k.Performed()})
		}
		return list
	}
	return g.Figures()
}

func (g *Gateway) steerFaults(r *http.Request) (any, error) {
	switch r.Method {
	case http.MethodGet:
		g.mu.Lock()
		defer g.mu.Unlock()
		list := []any{}
		for _, a := range g.faults {
			f := wireFault{Fault: a.Fault}
			if a.For != 0 {
				f.For = a.For.String()
			}
			list = append(list, map[string]any{"id": a.id, "struck": a.struck, "fault": f})
		}
		return list, nil
	case http.MethodPost:
		var f struct {
			Fault
			For duration `json:"for"`
		}
		if err := readInto(r, &f); err != nil {
			return nil, err
		}
		f.Fault.For = time.Duration(f.For)
		id, err := g.Inject(f.Fault)
		return map[string]any{"id": id}, err
	case http.MethodDelete:
		if q := r.URL.Query().Get("id"); q != "" {
			id, err := strconv.Atoi(q)
			if err != nil {
				return nil, errors.New("id is a number that POST faults gave")
			}
			g.Clear(id)
		} else {
			g.Clear()
		}
		return map[string]any{"ok": true}, nil
	}
	return nil, errMethod
}

// readInto reads a control body; none at all is the zero value.
func readInto(r *http.Request, v any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// duration reads "1m30s" or a number of nanoseconds.
type duration time.Duration

func (d *duration) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		v, err := time.ParseDuration(s)
		*d = duration(v)
		return err
	}
	return json.Unmarshal(b, (*int64)(d))
}
