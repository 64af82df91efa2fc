package main

import (
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// tlsFlags make a daemon speak TLS itself.
type tlsFlags struct {
	Cert string `help:"A file with a certificate and its chain (PEM): the daemon then speaks https alone. Default: plain http, for a proxy with TLS before it." name:"tls-cert" placeholder:"FILE" from:"CAMPAIGND_TLS_CERT"`
	Key  string `help:"The file with the certificate's key (PEM)." name:"tls-key" placeholder:"FILE" from:"CAMPAIGND_TLS_KEY"`
}

// certificate reads the files; nil where none are named.
func (f tlsFlags) certificate(log *slog.Logger) (*certificate, error) {
	switch {
	case f.Cert == "" && f.Key == "":
		return nil, nil
	case f.Key == "":
		return nil, locale.Errorf("CAMPAIGND_TLS_CERT ou --tls-cert indica um certificado sem a chave: indique a chave em CAMPAIGND_TLS_KEY ou --tls-key", "CAMPAIGND_TLS_CERT or --tls-cert names a certificate without its key: name the key in CAMPAIGND_TLS_KEY or --tls-key")
	case f.Cert == "":
		return nil, locale.Errorf("CAMPAIGND_TLS_KEY ou --tls-key indica uma chave sem o certificado: indique o certificado em CAMPAIGND_TLS_CERT ou --tls-cert", "CAMPAIGND_TLS_KEY or --tls-key names a key without its certificate: name the certificate in CAMPAIGND_TLS_CERT or --tls-cert")
	}
	c := &certificate{files: f, log: log}
	seen, err := c.look()
	if err == nil {
		err = c.read(seen)
	}
	if err != nil {
		return nil, locale.Errorf("o certificado em CAMPAIGND_TLS_CERT ou sua chave em CAMPAIGND_TLS_KEY não pode ser usado: %w", "the certificate in CAMPAIGND_TLS_CERT or its key in CAMPAIGND_TLS_KEY cannot be used: %w", err)
	}
	return c, nil
}

// certificate is what a daemon proves itself with. Files that have changed are
// read at the next connection, so a renewal needs no restart; while they cannot
// be used, such as between the writing of one and the other, the former stays.
type certificate struct {
	files tlsFlags
	log   *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	used sighting
	said string // the last trouble that was logged
}

// sighting is what the files looked like from outside.
type sighting struct{ cert, key os.FileInfo }

func (s sighting) same(as sighting) bool {
	return unchanged(s.cert, as.cert) && unchanged(s.key, as.key)
}

func unchanged(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func (c *certificate) look() (s sighting, err error) {
	if s.cert, err = os.Stat(c.files.Cert); err != nil {
		return s, err
	}
	s.key, err = os.Stat(c.files.Key)
	return s, err
}

func (c *certificate) read(seen sighting) error {
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return err
	}
	c.pair, c.used = &pair, seen
	return nil
}

// get is a tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, err := c.look()
	if err == nil && seen.same(c.used) {
		return c.pair, nil
	}
	if err == nil {
		err = c.read(seen)
	}
	switch {
	case err == nil:
		c.said = ""
		c.log.Info("the certificate was renewed", "until", c.pair.Leaf.NotAfter)
	case err.Error() != c.said:
		c.said = err.Error()
		c.log.Warn("the certificate has changed and cannot be used: the former goes on", "error", c.said)
	}
	return c.pair, nil
}

// config is for a server that has the certificate.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// overheard reports whether what is said to an address can be read on the way:
// it is more than this machine's own, and no proxy that is known stands before
// it.
func overheard(at net.Addr, trusted proxies) bool {
	a, ok := at.(*net.TCPAddr)
	return ok && !a.IP.IsLoopback() && len(trusted) == 0
}
