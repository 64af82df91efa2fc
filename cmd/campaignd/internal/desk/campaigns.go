package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// Campaigns are the commands about campaigns.
type Campaigns struct {
	New      campaignNew      `cmd:"" help:"Make a draft."`
	Edit     campaignEdit     `cmd:"" help:"Change a draft, or a campaign that is scheduled or paused."`
	Add      campaignAdd      `cmd:"" help:"Add people to the audience."`
	LeaveOut campaignLeaveOut `cmd:"" name:"leave-out" help:"Take people out of a campaign: those who are still to come get nothing by it."`
	Preview  campaignPreview  `cmd:"" help:"Show the messages as people would get them."`
	Forecast campaignForecast `cmd:"" help:"Show what a campaign will do if nothing goes wrong: how many on which day, and when it ends."`
	List     campaignList     `cmd:"" help:"List campaigns, newest first."`
	Show     campaignShow     `cmd:"" help:"Show one campaign: state, counters, and why it waits."`
	Why      campaignWhy      `cmd:"" help:"Tell why nothing goes out now, number by number, or to one person (--phone, --position)."`
	Start    campaignStart    `cmd:"" help:"Start a draft, after showing what will happen."`
	Pause    campaignPause    `cmd:"" help:"Pause a campaign: when this returns, nothing of it starts."`
	Resume   campaignResume   `cmd:"" help:"Go on with a paused campaign."`
	Reopen   campaignReopen   `cmd:"" help:"Open a completed campaign and keep it open, for people who come later. For people who are there now: add --reopen."`
	Complete campaignComplete `cmd:"" help:"End a campaign that is kept open and has nobody left."`
	Unplan   campaignUnplan   `cmd:"" help:"Make a scheduled campaign a draft again."`
	Cancel   campaignCancel   `cmd:"" help:"End a campaign for good; who has not got a message gets none."`
	Delete   campaignDelete   `cmd:"" help:"Remove a draft, or a campaign that has ended, with its audience."`
	Copy     campaignCopy     `cmd:"" help:"Make a draft like another campaign."`
	Watch    campaignWatch    `cmd:"" help:"Follow a campaign until it ends."`
	Logs     campaignLogs     `cmd:"" help:"Show what happened in a campaign."`
	Export   campaignExport   `cmd:"" help:"Write the audience with its states, as CSV or NDJSON."`
}

const campaignsPath = "/api/campaigns/campaigns/"

// number names a campaign: 12 or #12.
type number string

func (n number) path(rest ...string) (string, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(string(n), "#"), 10, 64)
	if err != nil || id <= 0 {
		return "", &badNumber{string(n)}
	}
	p := campaignsPath + strconv.FormatInt(id, 10) + "/"
	for _, r := range rest {
		p += r + "/"
	}
	return p, nil
}

type badNumber struct{ text string }

func (b *badNumber) Error() string {
	return "a campaign goes by its number, such as 12 or #12; " + strconv.Quote(b.text) + " is none (campaignd campaign list)"
}

// campaign is what the API says of one.
type campaign struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Status     string `json:"status"`
	StatusText string `json:"status_text"`
	// Schedule is the whole schedule, StartAt and EndAt are planned.
	Schedule    schedule.Spec `json:"schedule"`
	StartAt     time.Time     `json:"start_at"`
	EndAt       time.Time     `json:"end_at"`
	Total       int64         `json:"total_contacts"`
	Sent        int64         `json:"sent_messages"`
	Failed      int64         `json:"failed_messages"`
	Delivered   int64         `json:"delivered_messages"`
	Read        int64         `json:"read_messages"`
	Responded   int64         `json:"responded_count"`
	Unknown     int64         `json:"unknown_messages"`
	Progress    float64       `json:"progress_percentage"`
	NextAt      time.Time     `json:"next_scheduled_send"`
	StartedAt   time.Time     `json:"started_at"`
	CompletedAt time.Time     `json:"completed_at"`
	LastError   string        `json:"last_error"`
	Pending     int64         `json:"pending_messages"`
	Sending     int64         `json:"sending_messages"`
	Skipped     int64         `json:"skipped_messages"`
	Dropped     int64         `json:"cancelled_messages"`
	Rev         int64         `json:"rev"`
	Instances   []int64       `json:"instances"`
	Messages    []message     `json:"messages"`
	Waiting     *reason       `json:"waiting_for"`
	Warnings    []warning     `json:"warnings"`
	// AfterRestriction is retry, other_number or never.
	AfterRestriction string `json:"after_restriction"`
}

func (c campaign) code() string { return "#" + strconv.FormatInt(c.ID, 10) }

// message is one of a campaign's texts.
type message struct {
	ID     int    `json:"id"`
	Text   string `json:"message_text"`
	Order  int    `json:"order"`
	Active bool   `json:"is_active"`
	Sent   int64  `json:"times_sent"`
}

// reason is a code with its words.
type reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type campaignList struct {
	Flags
	Status string `help:"Only these: draft, scheduled, active, paused, completed, cancelled." placeholder:"STATUS"`
	Search string `help:"Only names that contain this." placeholder:"TEXT"`
	Limit  int    `help:"At most so many; 0 means all." default:"50"`
}

// Run lists campaigns.
func (c *campaignList) Run(ctx context.Context, d *Desk) error {
	q := url.Values{}
	for k, v := range map[string]string{"status": c.Status, "search": c.Search} {
		if v != "" {
			q.Set(k, v)
		}
	}
	all, more, err := list[campaign](ctx, d.API, campaignsPath, q, c.Limit)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	if len(all) == 0 {
		d.tell("Nenhuma campanha. Comece com: campaignd campaign new", "No campaigns. Begin with: campaignd campaign new")
		return nil
	}
	t := table{head: []string{"#", d.say("STATUS", "STATUS"), d.say("ENVIADAS", "SENT"), d.say("TOTAL", "TOTAL"),
		d.say("PRÓXIMO ENVIO", "NEXT SEND"), d.say("NOME", "NAME")}, right: map[int]bool{2: true, 3: true}}
	for _, x := range all {
		next := x.NextAt
		if x.Status == "scheduled" {
			next = x.StartAt
		}
		t.add(x.code(), x.StatusText, x.Sent, x.Total, d.at(next), x.Name)
	}
	t.print(d.Out, d.Width)
	if more {
		d.note("Há mais; --limit 0 mostra todas.", "There are more; --limit 0 shows all.")
	}
	return nil
}

// one is a command about one campaign.
type one struct {
	Flags
	Number number `arg:"" help:"The campaign's number, such as 12 or #12."`
}

func (o *one) get(ctx context.Context, d *Desk) (c campaign, err error) {
	p, err := o.Number.path()
	if err != nil {
		return c, err
	}
	return c, d.API.Do(ctx, Request{Method: http.MethodGet, Path: p}, &c)
}

// raw gets what the API says, for --json.
func (o *one) raw(ctx context.Context, d *Desk, rest ...string) (v any, err error) {
	p, err := o.Number.path(rest...)
	if err != nil {
		return nil, err
	}
	return v, d.API.Do(ctx, Request{Method: http.MethodGet, Path: p}, &v)
}
