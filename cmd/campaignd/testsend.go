package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

type testSendCommand struct {
	To       string        `help:"The phone, as people write it. Without a country code it is Brazilian." required:"" placeholder:"PHONE"`
	Text     string        `help:"The text. It may hold variables such as {{saudacao}}. Default: a greeting with day and hour." default:"{{saudacao}}! Mensagem de teste do campaignd, {{data}} às {{hora}}." placeholder:"TEXT"`
	Name     string        `help:"The person's name, for {{nome}} and {{primeiro_nome}}." placeholder:"NAME"`
	Instance string        `help:"The gateway's name of the number that sends. Not needed if it has one only." placeholder:"NAME"`
	DryRun   bool          `help:"Show the text and what would hold it up, and send nothing."`
	Wait     time.Duration `help:"How long to wait for the number's turn before giving up. Default: ${default}." default:"2m" placeholder:"TIME"`
	Verbose  bool          `short:"v" help:"Show the engine's log."`
	houseFlags
	gatewayFlag
}

// Help is the long text of campaignd test-send --help.
func (testSendCommand) Help() string {
	return `Sends one message as a campaign of one person, through the same ledger, pace and lock as every other. The exit code is 0 only if the gateway has taken the message over; a send whose outcome is lost is called unknown, and is never repeated by itself.

It goes through the gateway of EVOLUTION_API_URL and EVOLUTION_API_KEY, or one that was set in the daemon, and needs a SQLite database for itself: end campaignd serve first. On PostgreSQL it works beside other daemons.

Examples:

  campaignd test-send --to "(11) 90000-0001" --dry-run
  campaignd test-send --to +5511900000001 --instance vendas \
      --name "Ana Souza" --text "Oi, {{primeiro_nome}}! Recebeu?"`
}

// Run sends the message.
func (c *testSendCommand) Run(w *world) (err error) {
	phone, err := contact.ParsePhone(c.To, contact.DefaultRegion)
	if err != nil {
		var bad *contact.PhoneError
		if errors.As(err, &bad) {
			return fmt.Errorf("--to %q: %s", c.To, bad.Text(string(w.locale().Language)))
		}
		return err
	}
	server, lacks, err := w.env.gateway(c.gatewayFlag)
	if err != nil {
		return err
	}
	begun, err := begun(w.env, c.dataFlag)
	switch {
	case err != nil:
		return err
	case lacks != nil && !begun:
		return lacks // only a daemon's database can know another gateway
	case c.DryRun && !begun:
		// What is only looked at leaves no installation behind.
		if c.Data, err = os.MkdirTemp("", "campaignd-dry-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.Data)) }()
	}
	log := slog.New(slog.DiscardHandler)
	if c.Verbose {
		l, flush := newLogger(w.stderr)
		defer flush()
		log = l
	}
	clock := newClock()
	h, err := openHouse(w, c.houseFlags, clock, server, "campaignd test-send", log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	name, err := chooseInstance(w.ctx, h.client, c.Instance)
	if errors.Is(err, gateway.ErrNone) {
		return lacks
	}
	if err != nil {
		return err
	}
	m := &oneMessage{house: h, world: w, to: contact.Contact{Name: c.Name, Phone: phone, Active: true}, text: c.Text, wait: c.Wait}
	if err := m.find(w.ctx, name); err != nil {
		return err
	}
	if err := m.rehearse(w.ctx); err != nil {
		return err
	}
	if c.DryRun {
		return nil
	}
	return m.send(w.ctx)
}

// begun reports whether there is a database, without making one.
func begun(env environment, f dataFlag) (bool, error) {
	dir, err := f.dir(env)
	if err != nil {
		return false, err
	}
	data, err := env.database(dir)
	return err == nil && (data.shared() || !missing(data.file)), err
}

// chosenWords is an error in words, unless there is no gateway at all.
func chosenWords(err error) error {
	if errors.Is(err, gateway.ErrNone) {
		return err
	}
	return gatewayWords(err)
}

// chooseInstance finds the number that sends, and that it is connected.
func chooseInstance(ctx context.Context, client *evolution.Client, name string) (string, error) {
	all, err := client.Instances(ctx, campaign.Route{})
	if err != nil {
		return "", chosenWords(err)
	}
	var names []string
	for _, in := range all {
		names = append(names, in.Name)
		if in.Name == name {
			names = []string{name}
			break
		}
	}
	switch {
	case len(all) == 0:
		return "", locale.Errorf("o gateway não tem nenhum número: crie um lá e conecte o celular", "the gateway has no instance: create one there and pair its phone")
	case name == "" && len(names) == 1:
		name = names[0]
	case name == "":
		return "", locale.Errorf("o gateway tem %d números: escolha um com --instance (%s)", "the gateway has %d instances: choose one with --instance (%s)", len(names), strings.Join(names, ", "))
	case names[0] != name:
		return "", locale.Errorf("o gateway não tem o número %q: tem %s", "the gateway has no instance %q: it has %s", name, strings.Join(names, ", "))
	}
	state, err := client.Connection(ctx, campaign.Route{Instance: name})
	if err != nil {
		return "", gatewayWords(err)
	}
	if state == campaign.ConnectionClosed || state == campaign.ConnectionConnecting {
		return "", locale.Errorf("o número %s está %s: conecte antes o celular no gateway", "the number %s is %s: pair its phone at the gateway first", name, locale.Both(state.Text))
	}
	return name, nil
}
