package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/alreasense/campaigns/campaign"
)

// Observer counts what an engine does. It registers nowhere by itself.
type Observer struct {
	taken, settled, swept prometheus.Counter
	unmatched             prometheus.Counter
	takeTime, settleTime  prometheus.Histogram
	sends, faults         *prometheus.CounterVec
	sendTime              *prometheus.HistogramVec
}

var _ campaign.Observer = (*Observer)(nil)

// New returns an Observer for one engine.
func New() *Observer {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "campaigns", Name: name, Help: help})
	}
	// A commit takes a fraction of a millisecond on a good disk and a second on
	// a bad day; a send takes as long as the gateway likes, 90 s at most.
	commits := prometheus.ExponentialBuckets(0.0005, 2, 13)
	o := &Observer{
		taken:   counter("taken_attempts_total", "Attempts that turns have begun."),
		settled: counter("settlements_total", "Results of attempts that were committed."),
		swept:   counter("swept_attempts_total", "Attempts given up as lost: their outcome is unknown."),
		unmatched: counter("unmatched_reports_total",
			"Reports that were given up: no message of ours is known that they could be about."),
		takeTime: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "campaigns", Name: "take_seconds",
			Help: "Time of one take, its transaction included.", Buckets: commits}),
		settleTime: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "campaigns", Name: "settle_seconds",
			Help: "Time of one commit of results.", Buckets: commits}),
		sends: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "campaigns", Name: "sends_total",
			Help: "Sends, by what their answer proves."}, []string{"verdict"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "campaigns", Name: "faults_total",
			Help: "Errors after which the engine tries again, by its part."}, []string{"part"}),
		sendTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "campaigns", Name: "send_seconds",
			Help: "Time from a send's request to its answer.", Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 12)}, []string{"verdict"}),
	}
	for _, v := range []campaign.Verdict{campaign.VerdictAccepted, campaign.VerdictNotSent, campaign.VerdictRefused,
		campaign.VerdictHold, campaign.VerdictSlow, campaign.VerdictLater, campaign.VerdictStop, campaign.VerdictLate, campaign.VerdictUnknown} {
		o.sends.WithLabelValues(string(v)) // a series that is missing cannot be told from one that stands at 0
	}
	return o
}

// Collectors are all that there is to register: what was counted, and what the
// engine says of itself at each scrape. A nil engine leaves that out.
func (o *Observer) Collectors(e *campaign.Engine) []prometheus.Collector {
	all := []prometheus.Collector{o.taken, o.settled, o.swept, o.unmatched, o.takeTime, o.settleTime, o.sends, o.faults, o.sendTime}
	if e == nil {
		return all
	}
	return append(all, &numbers{e}, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "campaigns", Name: "stopped",
		Help: "1 while everything is stopped and nothing can start, else 0."}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if _, on, _ := e.StoppedAll(ctx); on { // what was known last, if the store does not answer
			return 1
		}
		return 0
	}))
}

// Took implements campaign.Observer.
func (o *Observer) Took(attempts int, took time.Duration) {
	o.taken.Add(float64(attempts))
	o.takeTime.Observe(took.Seconds())
}

// Judged implements campaign.Observer.
func (o *Observer) Judged(v campaign.Verdict, took time.Duration) {
	o.sends.WithLabelValues(string(v)).Inc()
	o.sendTime.WithLabelValues(string(v)).Observe(took.Seconds())
}

// Settled implements campaign.Observer.
func (o *Observer) Settled(settlements int, took time.Duration) {
	o.settled.Add(float64(settlements))
	o.settleTime.Observe(took.Seconds())
}

// Swept implements campaign.Observer.
func (o *Observer) Swept(attempts int) { o.swept.Add(float64(attempts)) }

// Unmatched implements campaign.Observer.
func (o *Observer) Unmatched(reports int) { o.unmatched.Add(float64(reports)) }

// Failed implements campaign.Observer.
func (o *Observer) Failed(part string, _ error) { o.faults.WithLabelValues(part).Inc() }

// numbers tells at each scrape how the numbers of all tenants stand.
type numbers struct{ e *campaign.Engine }

var numbersDesc = prometheus.NewDesc("campaigns_numbers", "Numbers by the last state of their connection that was heard of.", []string{"connection"}, nil)

// Describe implements prometheus.Collector.
func (*numbers) Describe(ch chan<- *prometheus.Desc) { ch <- numbersDesc }

// Collect implements prometheus.Collector. A store that does not answer leaves
// the figures out.
func (n *numbers) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	tenants, err := n.e.Tenants(ctx)
	if err != nil {
		return
	}
	count := map[campaign.Connection]int{campaign.ConnectionOpen: 0, campaign.ConnectionConnecting: 0, campaign.ConnectionClosed: 0, campaign.ConnectionUnknown: 0}
	for _, t := range tenants {
		all, err := n.e.As(campaign.Caller{Tenant: t, Role: campaign.Viewer}).Numbers(ctx)
		if err != nil {
			return
		}
		for _, x := range all {
			count[x.Instance.Connection]++
		}
	}
	for c, how := range count {
		ch <- prometheus.MustNewConstMetric(numbersDesc, prometheus.GaugeValue, float64(how), string(c))
	}
}
