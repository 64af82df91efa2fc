package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/desk"
	"github.com/alreasense/campaigns/evolution"
)

// address asks the public address whether it leads to a daemon.
func (d *doctor) address(reports string) {
	what := d.say("endereço público", "public address")
	if reports == "" {
		d.add(levelWarn, what, d.say("nenhum neste ambiente: respostas e descadastros não chegam, e entregas só com atraso",
			"none in this environment: no replies and no opt-outs arrive, and deliveries late"),
			d.say("defina CAMPAIGND_PUBLIC_URL no serviço", "set CAMPAIGND_PUBLIC_URL of the daemon"))
		return
	}
	if d.api == nil {
		d.add(levelWarn, what, reports+d.say(": só se sabe com o serviço no ar", ": nobody knows while no daemon runs"), "campaignd serve")
		return
	}
	ctx, cancel := context.WithTimeout(d.world.ctx, doctorTime)
	defer cancel()
	err := answers(ctx, reports+line.Prefix)
	if err == nil {
		d.add(levelOK, what, reports, "")
		return
	}
	d.add(levelWarn, what, fmt.Sprintf(d.say("%s não leva ao serviço, visto desta máquina: %v", "%s does not lead to the daemon, seen from this machine: %v"), reports, err),
		d.say("verifique o proxy e o endereço; o gateway precisa alcançá-lo", "look at the proxy and the address; the gateway has to reach it"))
}

// answers asks where gateways report to with an address that is nobody's, which
// a receiver refuses in a way of its own.
func answers(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNotFound || res.Header.Get(line.ReceiverHeader) == "" {
		return fmt.Errorf("%s", res.Status)
	}
	return nil
}

// lines are the gateways and numbers that a doctor asks about.
type lines struct {
	*doctor
	engine   *campaign.Engine
	gateways *gateway.Gateways
	client   *evolution.Client
	optouts  *optout.Book
	reports  map[campaign.InstanceID]reportsOf
	secret   []byte // of the addresses that gateways report to
}

// reportsOf is what the daemon knows of a number's reports.
type reportsOf struct {
	State string `json:"state"`
	Text  string `json:"text"`
}

// heard asks the daemon what it knows of a tenant's numbers.
func (l *lines) heard(t campaign.Tenant) error {
	if l.api == nil {
		return nil
	}
	var page struct {
		Results []struct {
			ID      campaign.InstanceID `json:"id"`
			Reports *reportsOf          `json:"reports"`
		} `json:"results"`
	}
	l.api.Tenant = account.Written(t)
	r := desk.Request{Method: http.MethodGet, Path: "/api/notifications/whatsapp-instances/", Query: url.Values{"page_size": {"500"}}}
	switch err := l.api.Do(l.world.ctx, r, &page); {
	case desk.NoSuchTenant(err):
		return nil // it has a log and no account: none of this daemon's doors leads there
	case err != nil:
		return err
	}
	for _, i := range page.Results {
		if i.Reports != nil {
			l.reports[i.ID] = *i.Reports
		}
	}
	return nil
}

// gateways looks at each tenant's gateway and numbers. The error is the
// store's.
func (d *doctor) gateways(s *opened, dir string, c *doctorCommand) error {
	what := "gateway"
	server, lacks, err := d.world.env.gateway(c.gatewayFlag)
	if err != nil {
		d.add(levelFail, what, d.world.locale().Text(err), "")
		return nil
	}
	key, err := d.world.env.knownKey(dir)
	if err != nil || key == nil {
		d.add(levelFail, what, d.say("sem a chave da instalação as chaves dos gateways não se leem", "without the installation's key those of the gateways cannot be read"),
			d.say("reponha a chave", "put the key back"))
		return nil
	}
	kept, ok := s.Store.(interface{ Documents() document.Store })
	if !ok {
		return errors.New("this store keeps no documents")
	}
	l := &lines{doctor: d, reports: make(map[campaign.InstanceID]reportsOf)}
	o := &gateway.Options{AllowSetting: allowSetting, Allow: strings.Split(c.Allow, ",")}
	if lacks == nil {
		o.Default = server
	}
	if l.gateways, err = gateway.New(kept.Documents(), key.bytes, o); err != nil {
		return err
	}
	l.client = evolution.NewRouter(l.gateways.Find)
	if l.engine, err = campaign.New(s.Store, l.client, nil); err != nil {
		return err
	}
	if l.optouts, err = optout.New(l.engine, kept.Documents(), key.bytes); err != nil {
		return err
	}
	if lacks == nil {
		l.ask("gateway "+server.URL, "")
	}
	if l.secret, err = reportsSecret(*key); err != nil {
		return err
	}
	tenants, err := l.engine.Tenants(d.world.ctx)
	if err != nil {
		return err
	}
	served := lacks == nil
	for _, t := range tenants {
		owns, err := l.tenant(t)
		if err != nil {
			return err
		}
		served = served || owns
	}
	if !served {
		d.add(levelFail, what, d.world.locale().Text(lacks), d.say("ou defina o de um cliente: campaignd gateway set", "or set a tenant's own: campaignd gateway set"))
	}
	return nil
}

// tenant looks at what a tenant has, and reports whether it has a gateway of
// its own.
func (l *lines) tenant(t campaign.Tenant) (owns bool, err error) {
	ctx := l.world.ctx
	own, err := l.gateways.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Gateways(ctx)
	if err != nil {
		return false, err
	}
	name := func(s string) string {
		if t != "" {
			s += " (" + string(t) + ")"
		}
		return s
	}
	for _, g := range own {
		if g.Name == "" {
			l.ask(name("gateway "+g.URL), t)
		}
	}
	ns, err := l.engine.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Numbers(ctx)
	if err != nil {
		return false, err
	}
	if len(ns) > 0 {
		if err := l.heard(t); err != nil {
			return false, err
		}
	}
	if err := l.reviewed(name(l.say("descadastros", "opt-outs")), t); err != nil {
		return false, err
	}
	for _, n := range ns {
		if err := l.number(name(l.say("número ", "number ")+n.Instance.Name), n.Instance); err != nil {
			return false, err
		}
	}
	return len(own) > 0, nil
}

// reviewed looks whether messages that may have been a wish to leave wait for
// somebody.
func (l *lines) reviewed(what string, t campaign.Tenant) error {
	n, err := l.optouts.Count(l.world.ctx, t)
	if err != nil || n == 0 {
		return err
	}
	l.add(levelWarn, what, fmt.Sprintf(l.say("respostas que talvez peçam para sair da lista, sem ninguém ter lido: %d", "replies that may ask for no more messages, and that nobody has read: %d"), n),
		"campaignd optout review")
	return nil
}

// ask asks a tenant's gateway for its version, and whether it knows the key.
func (l *lines) ask(what string, t campaign.Tenant) {
	ctx, cancel := context.WithTimeout(l.world.ctx, doctorTime)
	defer cancel()
	route := campaign.Route{Tenant: t}
	version, err := l.client.Version(ctx, route)
	if err == nil {
		err = l.client.VerifyKey(ctx, route)
	}
	switch {
	case err != nil:
		l.add(levelFail, what, l.words(err), l.say("corrija o endereço e a chave: campaignd gateway set, ou EVOLUTION_API_URL e EVOLUTION_API_KEY",
			"correct its address and key: campaignd gateway set, or EVOLUTION_API_URL and EVOLUTION_API_KEY"))
	case !evolution.ProfileOf(version).Proven():
		l.add(levelWarn, what, l.say("responde, versão ", "it answers, version ")+version,
			l.say("a versão recomendada é a "+evolution.Recommended+": com outras, mais envios ficam incertos (docs/gateways.md)", "the recommended version is "+evolution.Recommended+": with others more sends become unknown (docs/gateways.md)"))
	default:
		l.add(levelOK, what, l.say("responde e aceita a chave, versão ", "it answers and takes the key, version ")+version, "")
	}
}

// words are those of a gateway's error.
func (l *lines) words(err error) string {
	language := campaign.English
	if l.pt {
		language = campaign.Portuguese
	}
	var no *gateway.AddressError
	var e *evolution.Error
	switch {
	case errors.As(err, &no):
		return no.Reason().Text(language)
	case errors.As(err, &e):
		return campaign.Because(e.Code).Text(language)
	}
	return err.Error()
}

// number looks at one number. The error is the store's.
func (l *lines) number(what string, in campaign.Instance) error {
	ctx, cancel := context.WithTimeout(l.world.ctx, 3*doctorTime)
	defer cancel()
	if why := in.Suspended; !why.IsZero() {
		language := campaign.English
		if l.pt {
			language = campaign.Portuguese
		}
		l.add(levelFail, what, why.Text(language), fmt.Sprintf("campaignd instance release %d", in.ID))
		return nil
	}
	state, err := l.client.Connection(ctx, in.Route())
	switch {
	case err != nil:
		l.add(levelFail, what, l.words(err), "campaignd instance connect "+desk.Word(in.Remote))
		return nil
	case state == campaign.ConnectionUnknown:
		l.add(levelWarn, what, l.say("o gateway não informou o estado", "the gateway did not tell its state"), "")
		return nil
	case state != campaign.ConnectionOpen:
		language := campaign.English
		if l.pt {
			language = campaign.Portuguese
		}
		l.add(levelFail, what, state.Text(language), "campaignd instance connect "+desk.Word(in.Remote))
		return nil
	}
	l.add(levelOK, what, l.say("conectado", "connected"), "")
	l.reported(ctx, what, in)
	return l.remembers(ctx, what, in)
}

// reported looks at where the gateway reports of a number.
func (l *lines) reported(ctx context.Context, what string, in campaign.Instance) {
	what += l.say(", avisos", ", reports")
	sub, on, err := l.client.Subscribed(ctx, in.Route())
	switch {
	case err != nil:
		l.add(levelFail, what, l.words(err), "")
		return
	}
	switch line.ReportsOf(l.secret, in.ID, sub, on) {
	case line.ReportsNowhere, line.ReportsPartly:
		l.add(levelFail, what, l.say("o gateway não avisa este serviço: respostas e descadastros não chegam", "the gateway does not report to this daemon: no replies and no opt-outs arrive"),
			l.say("defina CAMPAIGND_PUBLIC_URL e deixe o serviço no ar", "set CAMPAIGND_PUBLIC_URL, and let the daemon run"))
	case line.ReportsForAnother:
		l.add(levelFail, what, l.say("o gateway avisa no endereço de outro número: respostas e descadastros não chegam a este", "the gateway reports to the address of another number: no replies and no opt-outs arrive here"),
			l.say("veja se o número está cadastrado duas vezes: campaignd instance list", "look whether the number is recorded twice: campaignd instance list"))
	case line.ReportsElsewhere:
		host := ""
		if u, err := url.Parse(sub.URL); err == nil {
			host = u.Scheme + "://" + u.Host // what follows may be a secret
		}
		l.add(levelFail, what, l.say("o gateway avisa outro sistema, em ", "the gateway reports to another system, at ")+host+l.say(": respostas e descadastros não chegam aqui", ": no replies and no opt-outs arrive here"),
			fmt.Sprintf(l.say("deixe o outro sistema ouvir por outro canal do gateway (websocket, rabbitmq, sqs) ou pelos nossos webhooks (campaignd webhook add), e então: campaignd instance connect %d --take-webhook (o webhook antigo fica guardado e volta quando o número for removido)",
				"let the other system listen by another channel of the gateway (websocket, rabbitmq, sqs) or by our webhooks (campaignd webhook add), then: campaignd instance connect %d --take-webhook (the old webhook is kept, and put back when the number is removed)"), in.ID))
	default:
		address, _, _ := strings.Cut(sub.URL, line.Prefix) // what follows is a secret
		detail := l.say("o gateway avisa em ", "the gateway reports to ") + address
		switch r := l.reports[in.ID]; line.Callback(r.State) {
		case line.Verified:
			l.add(levelOK, what, detail+l.say(", e já avisou", ", and has done so"), "")
		case line.NoPublicURL, line.Failing:
			l.add(levelFail, what, r.Text, l.say("defina CAMPAIGND_PUBLIC_URL no serviço", "set CAMPAIGND_PUBLIC_URL of the daemon"))
		default:
			l.add(levelWarn, what, detail+l.say("; se chega, só se sabe depois do primeiro aviso", "; whether that arrives is known after its first report"),
				"campaignd instance test "+in.Remote+" --to …")
		}
	}
}

// rememberFor is how old a message may be that a gateway must remember.
const rememberFor = 48 * time.Hour

// remembers asks the gateway about a message that it has delivered. One that
// stores nothing does not know it, and then no lost answer can be cleared up.
func (l *lines) remembers(ctx context.Context, what string, in campaign.Instance) error {
	what += l.say(", mensagens guardadas", ", stored messages")
	s := l.engine.As(campaign.Caller{Tenant: in.Tenant, Role: campaign.Host})
	cs, err := s.Campaigns(ctx, campaign.CampaignQuery{Limit: 20, Status: []campaign.Status{campaign.Active, campaign.Paused, campaign.Completed, campaign.Cancelled}})
	if err != nil {
		return err
	}
	for _, c := range cs {
		rs, err := s.Recipients(ctx, campaign.RecipientQuery{Campaign: c.ID, States: []campaign.State{campaign.Delivered, campaign.Read}, Limit: 1000})
		if err != nil {
			return err
		}
		for _, r := range rs {
			if r.Instance != in.ID || r.ProviderID == "" || time.Since(r.SentAt) > rememberFor {
				continue
			}
			status, err := l.client.FindStatus(ctx, in.Route(), r.ProviderID)
			switch {
			case err != nil:
				l.add(levelWarn, what, l.words(err), "")
			case status == evolution.StatusNone:
				l.add(levelWarn, what, l.say("o gateway não conhece uma mensagem que entregou", "the gateway does not know a message that it has delivered"),
					l.say("ligue DATABASE_SAVE_DATA_NEW_MESSAGE e DATABASE_SAVE_MESSAGE_UPDATE no gateway: sem isso uma resposta perdida fica incerta",
						"switch DATABASE_SAVE_DATA_NEW_MESSAGE and DATABASE_SAVE_MESSAGE_UPDATE on at the gateway: without them a lost answer stays unknown"))
			default:
				l.add(levelOK, what, l.say("o gateway conhece o que entregou", "the gateway knows what it has delivered"), "")
			}
			return nil
		}
	}
	l.add(levelWarn, what, l.say("não se sabe: nada foi entregue nos últimos dois dias", "nobody knows: nothing was delivered in the last two days"),
		"campaignd instance test "+in.Remote+" --to …")
	return nil
}
