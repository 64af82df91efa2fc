package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

type emulatorCommand struct {
	Addr string   `help:"Where to listen: an address of this machine alone. Default: ${default}." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Open []string `help:"Open this instance at the start, as if its QR code had been scanned. May be repeated." placeholder:"NAME"`
	As   string   `name:"version" help:"Which version it says it is: 2.3.6, 2.3.7 or 2.4.0. Default: ${default}." enum:"2.3.6,2.3.7,2.4.0" default:"2.3.6" placeholder:"VERSION"`
	Data string   `help:"The directory of its ledger. Default: emulator, in the data directory ($CAMPAIGND_DATA)." placeholder:"DIR"`
}

// Help is the long text of campaignd emulator --help.
func (emulatorCommand) Help() string {
	return `A stand-in for Evolution API ` + evolutiontest.Version + ` that sends nothing and writes down what it was asked to send, on the disk, before it answers. It can be told to misbehave: see the paths under ` + evolutiontest.ControlPrefix + `, which take no key; that is why it listens on loopback addresses only.

Example:

  campaignd emulator --open vendas`
}

// Run serves the emulator until the context ends.
func (c *emulatorCommand) Run(w *world) (err error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return locale.Errorf("--addr %q não é um host e uma porta, como 127.0.0.1:8080", "--addr %q is not a host and a port, such as 127.0.0.1:8080", c.Addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return locale.Errorf("--addr %s pode ser alcançado de outras máquinas, e os controles do emulador não pedem chave: escolha um endereço local, como 127.0.0.1:8080", "--addr %s can be reached from other machines, and the emulator's controls take no key: choose a loopback address such as 127.0.0.1:8080", c.Addr)
	}
	dir := c.Data
	if dir == "" {
		base, err := dataFlag{Data: w.env["CAMPAIGND_DATA"]}.dir(w.env)
		if err != nil {
			return err
		}
		dir = filepath.Join(base, "emulator")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	l, err := listen(c.Addr, "--addr")
	if err != nil {
		return err
	}
	defer l.Close()
	if err := datadir.Make(dir); err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	log, flush := newLogger(w.stderr)
	defer flush()
	g, err := evolutiontest.New(&evolutiontest.Options{Dir: dir, URL: url, Logger: log, Version: c.As})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	if err := g.Open(c.Open...); err != nil {
		return err
	}
	name := "vendas"
	fmt.Fprintf(w.stdout, w.say("Evolution API %s emulada; nada é enviado de verdade\n  endereço   %s\n  chave      %s\n  anotações  %s\n", "Evolution API %s is emulated; nothing is really sent\n  address    %s\n  key        %s\n  ledger     %s\n"),
		c.As, url, evolutiontest.DefaultKey, filepath.Join(dir, evolutiontest.LedgerFile))
	if len(c.Open) > 0 {
		name = c.Open[0]
		for _, n := range c.Open {
			fmt.Fprintf(w.stdout, w.say("  aberta     %s\n", "  open       %s\n"), n)
		}
	} else {
		fmt.Fprintf(w.stdout, w.say("\nAbra uma instância:", "\nOpen an instance:")+"\n  curl -X POST %s%sopen/%s\n", url, evolutiontest.ControlPrefix, name)
	}
	fmt.Fprintf(w.stdout, w.say("\nUse-a no campaignd, em outro terminal:", "\nPoint campaignd at it, in another shell:")+"\n  export EVOLUTION_API_URL=%s EVOLUTION_API_KEY=%s\n  campaignd test-send --to '+55 11 90000-0001' --instance %s\n\n"+w.say("Veja o que foi enviado:", "See what was sent:")+"\n  curl %s%ssends\n",
		url, evolutiontest.DefaultKey, name, url, evolutiontest.ControlPrefix)

	srv := newServer(g)
	srv.WriteTimeout = 0 // it delays answers on request
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case <-w.ctx.Done():
	case err := <-ended:
		return err
	}
	goodbye(srv, log)
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
