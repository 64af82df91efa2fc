package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Instances are the commands about WhatsApp numbers.
type Instances struct {
	List       instanceList       `cmd:"" help:"List numbers with their state and pace."`
	Create     instanceCreate     `cmd:"" help:"Make a number at the gateway, or record one that is there."`
	Connect    instanceConnect    `cmd:"" help:"Show the QR code that a phone scans to join, until it has."`
	State      instanceState      `cmd:"" help:"Ask the gateway for a number's state, and tell whether it reports."`
	Test       instanceTest       `cmd:"" help:"Send one message through a number, and wait for what becomes of it."`
	Pace       instancePace       `cmd:"" help:"Set how fast a number sends."`
	Default    instanceDefault    `cmd:"" help:"Make a number the one of new campaigns that name none."`
	Release    instanceRelease    `cmd:"" help:"End the hold of a number at once, and its suspension."`
	Restart    instanceRestart    `cmd:"" help:"Restart a number's session at the gateway."`
	Disconnect instanceDisconnect `cmd:"" help:"Log a number out of the gateway."`
	Remove     instanceRemove     `cmd:"" help:"Remove a number, here and at the gateway."`
}

const instancesPath = "/api/notifications/whatsapp-instances/"

// instance is what the API says of a number.
type instance struct {
	ID       int64      `json:"id"`
	Name     string     `json:"friendly_name"`
	Remote   string     `json:"instance_name"`
	Phone    string     `json:"phone_number"`
	State    string     `json:"connection_state"`
	Text     string     `json:"connection_state_text"`
	Min      int        `json:"delay_min_seconds"`
	Max      int        `json:"delay_max_seconds"`
	NoDelay  bool       `json:"no_delay"`
	Default  bool       `json:"is_default"`
	PerHour  int        `json:"per_hour"`
	PerDay   int        `json:"per_day"`
	Hour     int        `json:"sent_this_hour"`
	Day      int        `json:"sent_today"`
	Campaign int64      `json:"campaign"`
	Ramp     []int      `json:"ramp"`
	RampDay  int        `json:"ramp_day"`
	RampOff  *reason    `json:"ramp_off"`
	Since    *time.Time `json:"active_since"`
	Zone     string     `json:"timezone"`
	Held     *reason    `json:"held_for"`
	Until    *time.Time `json:"held_until"`
	Cold     *reason    `json:"cold_held_for"`
	Warmer   *time.Time `json:"cold_held_until"`
	Shut     *reason    `json:"suspended"`
	Reports  *reports   `json:"reports"`
}

// deaf is why nothing is reported of the number; empty if something is, or may
// be.
func (i instance) deaf() string {
	if i.Reports == nil {
		return ""
	}
	switch i.Reports.State {
	case "no_public_url", "failing", "elsewhere", "nowhere", "unasked":
		return i.Reports.Text
	}
	return ""
}

// reports is where a gateway reports of a number.
type reports struct {
	State string `json:"state"`
	Text  string `json:"text"`
}

// path is the number's own.
func (i instance) path(rest ...string) string {
	p := instancesPath + strconv.FormatInt(i.ID, 10) + "/"
	for _, r := range rest {
		p += r + "/"
	}
	return p
}

// instances finds the ids of numbers that are named by name or id.
func (d *Desk) instances(ctx context.Context, names []string) ([]int64, error) {
	all, _, err := list[instance](ctx, d.API, instancesPath, url.Values{}, 0)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(names))
	for _, name := range names {
		i, err := d.pick(all, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, i.ID)
	}
	return ids, nil
}

func (d *Desk) pick(all []instance, name string) (instance, error) {
	var found []instance
	for _, i := range all {
		if i.Name == name || i.Remote == name || strconv.FormatInt(i.ID, 10) == name {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return instance{}, d.fail("não há número %q (campaignd instance list)", "there is no number %q (campaignd instance list)", name)
	}
	return instance{}, d.fail("há %d números %q: diga o id (campaignd instance list)", "there are %d numbers %q: say the id (campaignd instance list)", len(found), name)
}

// deafWords says why nothing is reported of a number, and what sets it right.
func (d *Desk) deafWords(i instance) string {
	why := printable(i.deaf())
	if i.Reports.State == "no_public_url" {
		why += " (CAMPAIGND_PUBLIC_URL)"
	}
	return why
}

// numbersOf are the numbers of a campaign.
func (d *Desk) numbersOf(ctx context.Context, ids []int64) (some []instance, err error) {
	all, _, err := list[instance](ctx, d.API, instancesPath, url.Values{}, 0)
	for _, id := range ids {
		for _, i := range all {
			if i.ID == id {
				some = append(some, i)
			}
		}
	}
	return some, err
}

// instanceNames are the names of the numbers that will send. It notes of which
// nothing will be reported, and which are young.
func (d *Desk) instanceNames(ctx context.Context, ids []int64) ([]string, error) {
	all, err := d.numbersOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, i := range all {
		names = append(names, printable(i.Name))
	}
	if !d.Alone {
		d.askReports(ctx, all)
		for _, i := range all {
			if i.deaf() != "" {
				d.note("%s: %s", "%s: %s", printable(i.Name), d.deafWords(i))
			}
		}
	}
	for _, line := range d.warms(all) {
		d.note("%s", "%s", line)
	}
	if len(names) == 0 {
		names = append(names, d.say("nenhum número", "no number"))
	}
	return names, nil
}

// reportsWait bounds how long the gateways of several numbers are asked, and
// askAtOnce how many at a time.
const (
	reportsWait = 10 * time.Second
	askAtOnce   = 8
)

// askReports asks the gateways where they report of the numbers now. Of those
// that give no answer, and for whoever may not ask, what is known stays, unless
// that is good news.
func (d *Desk) askReports(ctx context.Context, all []instance) {
	ctx, cancel := context.WithTimeout(ctx, reportsWait)
	defer cancel()
	room := make(chan struct{}, askAtOnce)
	var asked sync.WaitGroup
	for n := range all {
		i := &all[n]
		if i.Reports == nil || i.Reports.State == "no_public_url" || i.Shut != nil {
			continue
		}
		room <- struct{}{}
		asked.Go(func() {
			defer func() { <-room }()
			var now struct {
				Reports *reports `json:"reports"`
			}
			err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: i.path("check_status")}, &now)
			switch {
			case err == nil && now.Reports != nil:
				i.Reports = now.Reports
			case i.deaf() == "":
				i.Reports = &reports{State: "unasked", Text: d.say("não foi possível perguntar ao gateway agora se ele avisa: não se sabe se respostas e descadastros chegam",
					"the gateway could not be asked now whether it reports: nobody knows whether replies and opt-outs arrive")}
			}
		})
	}
	asked.Wait()
}

type instanceList struct{ Flags }

// Run lists the numbers.
func (*instanceList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[instance](ctx, d.API, instancesPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	if len(all) == 0 {
		d.tell("Nenhum número. Comece com: campaignd instance create", "No numbers. Begin with: campaignd instance create")
		return nil
	}
	t := table{head: []string{"ID", d.say("NOME", "NAME"), d.say("TELEFONE", "PHONE"), d.say("ESTADO", "STATE"), d.say("PAUSA", "GAP"),
		d.say("HORA", "HOUR"), d.say("DIA", "DAY"), d.say("AQUECIMENTO", "WARM-UP"), d.say("CAMPANHA", "CAMPAIGN"), d.say("PADRÃO", "DEFAULT"), d.say("RETIDO", "HELD")}, right: map[int]bool{0: true, 5: true, 6: true}}
	for _, i := range all {
		serves, held, standard := "", "", ""
		if i.Default {
			standard = d.say("sim", "yes")
		}
		if i.Campaign != 0 {
			serves = "#" + strconv.FormatInt(i.Campaign, 10)
		}
		if i.Cold != nil {
			held = i.Cold.Text
		}
		if i.Held != nil {
			held = i.Held.Text
		}
		if i.Shut != nil {
			held = i.Shut.Text
		}
		t.add(i.ID, i.Name, i.Phone, i.Text, i.gap(), of(i.Hour, i.PerHour), of(i.Day, i.PerDay), d.rampCell(i), serves, standard, held)
	}
	t.print(d.Out, d.Width)
	return nil
}

func (i instance) gap() string {
	switch {
	case i.NoDelay:
		return "0 s"
	case i.Min == 0 && i.Max == 0:
		return "20-50 s"
	}
	return fmt.Sprintf("%d-%d s", i.Min, i.Max)
}

func of(n, most int) string {
	if most == 0 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d/%d", n, most)
}
