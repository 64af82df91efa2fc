package main

import (
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// listen opens an address. The error says what to do when it is taken.
func listen(addr, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, locale.Errorf("o endereço %s já é usado por outro programa: encerre-o, ou escolha outro endereço com %s", "the address %s is taken by another program: end that one, or choose another address with %s", addr, setting)
	case err != nil:
		return nil, locale.Errorf("não é possível escutar em %s: %w; escolha outro endereço com %s", "%s cannot be listened on: %w; choose another address with %s", addr, err, setting)
	}
	return l, nil
}

// newServer bounds what a client can cost: headers, bodies and idle time.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
}
