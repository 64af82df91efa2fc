package holiday_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/rickb777/date"

	"github.com/alreasense/campaigns/holiday"
)

// Which day it is depends on where: the instant here is 19 November at 22:30
// in Rio Branco and already a holiday in São Paulo.
func Example() {
	now := time.Date(2026, time.November, 20, 3, 30, 0, 0, time.UTC)
	for _, zone := range []*time.Location{time.FixedZone("São Paulo", -3*3600), time.FixedZone("Rio Branco", -5*3600)} {
		today := date.NewAt(now.In(zone))
		if day, ok := holiday.Brazil.Holiday(today); ok {
			fmt.Printf("%s: closed, %s (%s)\n", zone, day.Name, day.Source)
		} else {
			fmt.Printf("%s: an ordinary day\n", zone)
		}
	}
	// Output:
	// São Paulo: closed, Dia Nacional de Zumbi e da Consciência Negra (Lei 14.759/2023)
	// Rio Branco: an ordinary day
}

func ExampleYear() {
	for _, day := range holiday.Year(holiday.Union(holiday.Brazil, holiday.BrazilOptional), 2027) {
		fmt.Println(day.Date.Weekday().String()[:3], day)
	}
	// Output:
	// Fri 2027-01-01 Confraternização Universal (national)
	// Mon 2027-02-08 Segunda-feira de Carnaval (optional)
	// Tue 2027-02-09 Terça-feira de Carnaval (optional)
	// Wed 2027-02-10 Quarta-feira de Cinzas (optional, until 14:00)
	// Fri 2027-03-26 Sexta-feira Santa (national)
	// Wed 2027-04-21 Tiradentes (national)
	// Sat 2027-05-01 Dia do Trabalho (national)
	// Thu 2027-05-27 Corpus Christi (optional)
	// Tue 2027-09-07 Independência do Brasil (national)
	// Tue 2027-10-12 Nossa Senhora Aparecida (national)
	// Thu 2027-10-28 Dia do Servidor Público (optional)
	// Tue 2027-11-02 Finados (national)
	// Mon 2027-11-15 Proclamação da República (national)
	// Sat 2027-11-20 Dia Nacional de Zumbi e da Consciência Negra (national)
	// Sat 2027-12-25 Natal (national)
}

func ExampleBrazilState() {
	rio, err := holiday.BrazilState("rj")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range holiday.Year(rio, 2026) {
		fmt.Println(day, "by", day.Source)
	}
	_, err = holiday.BrazilState("GB")
	fmt.Println(errors.Is(err, holiday.ErrUnknownState))
	// Output:
	// 2026-02-17 Terça-feira de Carnaval (state) by Lei estadual 5.243/2008
	// 2026-04-23 Dia de São Jorge (state) by Lei estadual 5.198/2008
	// true
}

// A business closes on the national days, on its town's and on its own.
func ExampleNewDays() {
	once, err := holiday.NewDays(
		holiday.Day{Date: date.New(2026, time.July, 3), Name: "Balanço", Until: holiday.ClockAt(12, 0)},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	yearly, err := holiday.NewYearly(
		holiday.Day{Date: date.New(2026, time.January, 25), Name: "Aniversário de São Paulo", Kind: holiday.Municipal},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	closed := holiday.Union(holiday.Brazil, once, yearly)
	for _, d := range []date.Date{
		date.New(2026, time.July, 3), date.New(2027, time.July, 3),
		date.New(2027, time.January, 25), date.New(2027, time.September, 7),
	} {
		day, ok := closed.Holiday(d)
		fmt.Println(d, ok, day.Name, day.Until)
	}
	// Output:
	// 2026-07-03 true Balanço 12:00
	// 2027-07-03 false  00:00
	// 2027-01-25 true Aniversário de São Paulo 00:00
	// 2027-09-07 true Independência do Brasil 00:00
}

// Where several calendars have a day, the stricter one is reported.
func ExampleUnion() {
	rio, err := holiday.BrazilState("RJ")
	if err != nil {
		fmt.Println(err)
		return
	}
	tuesday := date.New(2026, time.February, 17)
	for _, c := range []holiday.Calendar{holiday.BrazilOptional, holiday.Union(holiday.BrazilOptional, rio)} {
		day, _ := c.Holiday(tuesday)
		fmt.Println(day)
	}
	// Output:
	// 2026-02-17 Terça-feira de Carnaval (optional)
	// 2026-02-17 Terça-feira de Carnaval (state)
}

func ExampleEaster() {
	fmt.Println(holiday.Easter(2026))
	// Output: 2026-04-05
}

func ExampleParseClock() {
	for _, text := range []string{"9h30", "14:00", "9"} {
		c, err := holiday.ParseClock(text)
		fmt.Println(c, err)
	}
	// Output:
	// 09:30 <nil>
	// 14:00 <nil>
	// 00:00 "9": not a time of day: write it as "14:00" or "14h"
}
