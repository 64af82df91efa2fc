package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// certified writes a certificate of the test's own for this machine.
func certified(t *testing.T, dir string, serial int64) (f tlsFlags, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	like := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{"app.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	cert, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	f = tlsFlags{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	put := func(file, kind string, der []byte) {
		// As certbot does it: a new file takes the place of the old one.
		next := file + ".next"
		require.NoError(t, os.WriteFile(next, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		require.NoError(t, os.Rename(next, file))
	}
	put(f.Cert, "CERTIFICATE", cert)
	put(f.Key, "PRIVATE KEY", private)
	parsed, err := x509.ParseCertificate(cert)
	require.NoError(t, err)
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return f, roots
}

// greet asks over a connection of its own, and tells the certificate's number.
func greet(t *testing.T, url string, config *tls.Config) (serial int64, proto string, err error) {
	t.Helper()
	way := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer way.CloseIdleConnections()
	res, err := (&http.Client{Transport: way}).Get(url + "/healthz")
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "ok\n", string(text))
	return res.TLS.PeerCertificates[0].SerialNumber.Int64(), res.Proto, nil
}

func TestADaemonWithACertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files, roots := certified(t, dir, 1)
	env := []string{"CAMPAIGND_DATA=" + t.TempDir(), "CAMPAIGND_ADDR=127.0.0.1:0", "CAMPAIGND_TLS_CERT=" + files.Cert, "CAMPAIGND_TLS_KEY=" + files.Key, "LANG=C"}
	s := serveHere(t, env, "serve")
	require.True(t, strings.HasPrefix(s.url, "https://127.0.0.1:"), s.url)
	require.Contains(t, s.out, "address    https://")

	serial, proto, err := greet(t, s.url, &tls.Config{RootCAs: roots})
	require.NoError(t, err)
	require.EqualValues(t, 1, serial)
	require.Equal(t, "HTTP/2.0", proto)
	_, _, err = greet(t, s.url, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	require.ErrorContains(t, err, "protocol version")
	_, _, err = greet(t, s.url, &tls.Config{})
	require.ErrorContains(t, err, "unknown authority")
	res, err := http.Get("http://" + strings.TrimPrefix(s.url, "https://") + "/healthz")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusBadRequest, res.StatusCode, "nothing is served in plain")

	// Commands and the health check go on.
	at := strings.TrimPrefix(s.url, "https://")
	require.Equal(t, "ok\n", call(t, env, "health", "--addr", at).out)
	require.Equal(t, exitFail, call(t, env[:2], "health", "--addr", at).code, "without the setting it speaks http")
	require.Contains(t, call(t, env, "status").out, "The daemon runs.")

	_, roots = certified(t, dir, 2)
	serial, _, err = greet(t, s.url, &tls.Config{RootCAs: roots})
	require.NoError(t, err)
	require.EqualValues(t, 2, serial, "a renewed certificate is taken up without a restart")
	o := s.stop()
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.errout, "the certificate was renewed")
	require.NotContains(t, o.errout, "can be read on their way")
}

// Between the writing of the two files, and when a renewal went wrong, the
// former certificate goes on.
func TestACertificateThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	files, _ := certified(t, dir, 1)
	var said strings.Builder
	c, err := files.certificate(slog.New(slog.NewTextHandler(&said, nil)))
	require.NoError(t, err)
	serial := func() int64 {
		pair, err := c.get(nil)
		require.NoError(t, err)
		return pair.Leaf.SerialNumber.Int64()
	}
	require.EqualValues(t, 1, serial())
	require.Empty(t, said.String())
	elsewhere, _ := certified(t, t.TempDir(), 2)
	require.NoError(t, os.Rename(elsewhere.Cert, files.Cert))
	for range 3 {
		require.EqualValues(t, 1, serial())
	}
	require.Equal(t, 1, strings.Count(said.String(), "cannot be used"), "it is said once:\n%s", said.String())
	require.NoError(t, os.Rename(elsewhere.Key, files.Key))
	require.EqualValues(t, 2, serial())
	require.NoError(t, os.Remove(files.Key))
	for range 3 {
		require.EqualValues(t, 2, serial())
	}
	require.Equal(t, 2, strings.Count(said.String(), "cannot be used"), "%s", said.String())
	certified(t, dir, 3)
	require.EqualValues(t, 3, serial())
}

func TestCertificatesThatAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	files, _ := certified(t, t.TempDir(), 1)
	other, _ := certified(t, t.TempDir(), 2)
	for _, c := range []struct{ cert, key, want string }{
		{files.Cert, "", "name the key in CAMPAIGND_TLS_KEY"},
		{"", files.Key, "name the certificate in CAMPAIGND_TLS_CERT"},
		{files.Cert, other.Key, "cannot be used"},
		{files.Key, files.Cert, "cannot be used"},
		{files.Cert, filepath.Join(dir, "none.pem"), "cannot be used"},
	} {
		o := call(t, []string{"CAMPAIGND_DATA=" + dir, "CAMPAIGND_ADDR=127.0.0.1:0", "CAMPAIGND_TLS_CERT=" + c.cert, "CAMPAIGND_TLS_KEY=" + c.key}, "serve")
		require.Equal(t, exitFail, o.code)
		require.Contains(t, o.errout, c.want)
	}
	require.NoDirExists(t, dir, "a start that failed has made a directory")
}

// Plain http where others can hear it is said, with what to do.
func TestPlainHTTPBeyondThisMachine(t *testing.T) {
	t.Parallel()
	for at, heard := range map[string]bool{"127.0.0.1:80": false, "[::1]:80": false, "0.0.0.0:80": true, "[::]:80": true, "203.0.113.9:80": true, "10.0.0.5:80": true} {
		a, err := net.ResolveTCPAddr("tcp", at)
		require.NoError(t, err)
		require.Equal(t, heard, overheard(a, nil), at)
		ps, err := parseProxies("10.0.0.1")
		require.NoError(t, err)
		require.False(t, overheard(a, ps), at)
	}
	o := serveHere(t, []string{"CAMPAIGND_DATA=" + t.TempDir()}, "serve", "--addr", "127.0.0.1:0").stop()
	require.NotContains(t, o.errout, "can be read on their way")
	o = serveHere(t, []string{"CAMPAIGND_DATA=" + t.TempDir()}, "serve", "--addr", "0.0.0.0:0").stop()
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.errout, "passwords and tokens can be read on their way here: put a proxy with TLS before the daemon and name it in CAMPAIGND_TRUSTED_PROXIES, or set CAMPAIGND_TLS_CERT and CAMPAIGND_TLS_KEY")
}
