package postgres

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

var saveWarm = insert("warm", `tenant text, phone text, instance bigint, since bigint`, "ON CONFLICT DO NOTHING")

const loadWarm = `SELECT w.phone, w.instance, w.since, w.tenant FROM unnest($1::text[], $2::text[], $3::bigint[]) v (tenant, phone, instance)
	CROSS JOIN LATERAL (SELECT w.* FROM warm w WHERE w.tenant = v.tenant AND w.phone = v.phone AND w.instance = v.instance OFFSET 0) w`

func queueWarm(b *pgx.Batch, warmed map[campaign.Warm]time.Time) {
	if len(warmed) == 0 {
		return
	}
	list := sqlrecords.SortedWarm(warmed)
	saveWarm.queue(b, len(list), func(args []any, i int) []any { return sqlrecords.WarmValues(args, list[i], warmed[list[i]]) })
}

// warm loads which of the people in the rows the numbers of their attempts
// know.
func (l *loader) warm() error {
	var (
		tenants, phones []string
		instances       []int64
	)
	for _, c := range l.r.Ended {
		for _, p := range c.Phone.Stored() {
			tenants, phones, instances = append(tenants, string(c.Tenant)), append(phones, string(p)), append(instances, int64(c.Instance))
		}
	}
	if len(phones) == 0 {
		return nil
	}
	l.r.Warm = make(map[campaign.Warm]time.Time, len(phones))
	b := &pgx.Batch{}
	b.Queue(loadWarm, tenants, phones, instances).Query(each(func(row pgx.Rows) error {
		var t string
		w, since, err := sqlrecords.ScanWarm(part{row, 0}, "")
		if err == nil {
			err = (part{row, 3}).Scan(&t)
		}
		w.Tenant = campaign.Tenant(t)
		campaign.MarkWarm(l.r.Warm, w, since)
		return err
	}))
	return l.send(b)
}
