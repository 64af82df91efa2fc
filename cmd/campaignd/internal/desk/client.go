package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// TenantHeader names the tenant that a command is for. The door alone heeds
// it, since who comes through it may act for every tenant.
const TenantHeader = "X-Campaigns-Tenant"

// Client calls the API.
type Client struct {
	// Via carries the requests: through a daemon's door, or to a handler in
	// this process.
	Via http.RoundTripper
	// Tenant and Language are said with each request.
	Tenant, Language string
}

// host stands where an address needs one; nothing is looked up.
const host = "http://campaignd"

// Problem is the API's refusal.
type Problem struct {
	Status int     `json:"status"`
	Code   string  `json:"code"`
	Title  string  `json:"title"`
	Detail string  `json:"detail"`
	Errors []Fault `json:"errors"`
}

// Fault is one of the things that a refusal names.
type Fault struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error lists everything that the API has named, a line each.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, p.Title))
	}
	for _, f := range p.Errors {
		text += "\n  "
		if f.Field != "" {
			text += f.Field + ": "
		}
		text += f.Detail
	}
	return text
}

// Request is one call.
type Request struct {
	Method, Path string
	Query        url.Values
	// Body is sent as JSON, unless it is an io.Reader, which is sent as it is
	// with Type.
	Body any
	Type string
	// Header adds to what is sent.
	Header http.Header
}

// Do calls the API and decodes the answer into out, unless that is nil. A
// refusal is a *Problem.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	res, err := c.Open(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil || res.StatusCode == http.StatusNoContent {
		_, err := io.Copy(io.Discard, res.Body)
		return err
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("the daemon's answer to %s %s cannot be read: %w", r.Method, r.Path, err)
	}
	return nil
}

// Open calls the API and leaves the answer's body to the caller, who closes
// it.
func (c *Client) Open(ctx context.Context, r Request) (*http.Response, error) {
	var body io.Reader
	kind := r.Type
	switch b := r.Body.(type) {
	case nil:
	case io.Reader:
		body = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		if damaged(text) {
			return nil, c.notText()
		}
		body, kind = bytes.NewReader(text), "application/json"
	}
	address := host + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, body)
	if err != nil {
		return nil, err
	}
	for k, vs := range r.Header {
		req.Header[k] = vs
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept-Language", c.Language)
	if c.Tenant != "" {
		req.Header.Set(TenantHeader, c.Tenant)
	}
	res, err := c.Via.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("the daemon does not answer: %w", err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	p := &Problem{Status: res.StatusCode}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if json.Unmarshal(text, p) != nil || p.Detail == "" && p.Title == "" {
		p.Title = http.StatusText(res.StatusCode)
	}
	if p.Code == "tenant_not_named" {
		p.Detail += c.nameTenant()
	}
	return nil, p
}

// nameTenant says how a command names the tenant.
func (c *Client) nameTenant() string {
	if strings.HasPrefix(c.Language, "pt") {
		return " (--tenant NOME ou CAMPAIGND_TENANT; - é o sem nome)"
	}
	return " (--tenant NAME or CAMPAIGND_TENANT; - is the one without a name)"
}

// NoSuchTenant reports whether err is the API's refusal of a tenant that there
// is not.
func NoSuchTenant(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == "no_such_tenant"
}

// refusedWith reports whether err is the API's refusal with a status.
func refusedWith(err error, status int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == status
}

// page is one page of a list.
type page[T any] struct {
	Count   *int64  `json:"count"`
	Next    *string `json:"next"`
	Results []T     `json:"results"`
}

// list reads a whole list, page by page, at most max rows; more tells that
// there are others.
func list[T any](ctx context.Context, c *Client, path string, q url.Values, max int) (all []T, more bool, err error) {
	r := Request{Method: http.MethodGet, Path: path, Query: q}
	for {
		var p page[T]
		if err := c.Do(ctx, r, &p); err != nil {
			return nil, false, err
		}
		all = append(all, p.Results...)
		last := p.Next == nil || len(p.Results) == 0
		switch {
		case max > 0 && (len(all) > max || len(all) == max && !last):
			return all[:max], true, nil
		case last:
			return all, false, nil
		}
		next, err := url.Parse(*p.Next)
		if err != nil {
			return nil, false, fmt.Errorf("the daemon names a next page that is no address: %w", err)
		}
		r.Query = next.Query()
	}
}

func (c *Client) notText() error {
	if strings.HasPrefix(c.Language, "pt") {
		return errors.New("um dos textos tem bytes que não são caracteres: o terminal ou o programa que o escreveu precisa usar UTF-8")
	}
	return errors.New("one of the texts has bytes that are no characters: the terminal, or what wrote it, must use UTF-8")
}

// damaged reports whether a JSON text lost bytes that were no characters when it
// was made: encoding/json escapes U+FFFD there, and only there.
func damaged(text []byte) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(text[i+1:], []byte("ufffd")) {
			return true
		}
		i++
	}
	return false
}
