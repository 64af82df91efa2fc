package holiday

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickb777/date"
)

// ErrUnknownState is wrapped by the error of [BrazilState] for letters that
// name no state.
var ErrUnknownState = errors.New("no such state of Brazil")

// BrazilState returns the holidays that a state of Brazil, or the Distrito
// Federal, has by its own law, and those only: take a [Union] with [Brazil]
// for what is closed there. The state is named by its two letters, in either
// case, with or without space around them: "SP", "rj". Other letters are an
// error that wraps [ErrUnknownState] and lists the ones that exist.
//
// The days are of kind [State] and last the whole day. Their Source is the law
// as far as this package knows it. Three things follow from how states make
// holidays:
//
//   - Federal law leaves a state one day, its data magna (Lei 9.093/1995, art.
//     1º, II). Many have more; some were struck down by a court, and those end
//     here with the last year in which they were kept (25 July in Amapá, 18
//     June in Rondônia, 20 November in Maranhão). A day whose state law is not
//     known to the package begins in 1996, when that federal law applied.
//   - Where the law itself moves a day, so does the calendar: Santa Catarina
//     to the next Sunday, Acre to the Friday, Alagoas its Dia do Evangélico to
//     the nearer end of the week. Where a governor moves one by decree, for
//     one year and usually for offices only, it does not.
//   - Days on which only the state's offices close are left out, such as 13
//     March in Piauí or 8 December in Amazonas; so are the days of towns, such
//     as 25 January in São Paulo. Goiás is the exception: its three days are
//     holidays of the public service by law, and are listed.
//
// 20 November is here for the states that kept it before it became national
// in 2024. Some states have no day beside that, or none that is not national
// too: Mato Grosso, Paraná since 2014, and Minas Gerais, whose day is 21 April.
func BrazilState(uf string) (Calendar, error) {
	if t, ok := states[strings.ToUpper(strings.TrimSpace(uf))]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("holiday: %.10q: %w; use one of %s", uf, ErrUnknownState, strings.Join(States(), ", "))
}

// States returns the letters that [BrazilState] accepts, in alphabetical order
// and upper case: the 26 states and DF. The slice is the caller's.
func States() []string { return slices.Sorted(maps.Keys(states)) }

const (
	consciousness = "Dia da Consciência Negra"
	evangelical   = "Dia do Evangélico"
	ownDay        = "data magna: Lei 9.093/1995, art. 1º, II" // the state's law is not known
)

var states = map[string]*table{
	"AC": newTable(State,
		on(time.January, 20, "Dia do Católico", "Lei estadual 3.137/2016").since(2017).moved(acreCatholics),
		on(time.January, 23, evangelical, "Lei estadual 1.538/2004").since(2005).moved(acreFriday),
		on(time.March, 8, "Dia Internacional da Mulher", "Lei estadual 1.411/2001").since(2002).moved(acreFriday),
		on(time.June, 15, "Aniversário do Estado do Acre", "Lei estadual 14/1964").since(1965),
		on(time.September, 5, "Dia da Amazônia", "Lei estadual 1.526/2004").since(2004).moved(acreFriday),
		on(time.November, 17, "Tratado de Petrópolis", "Lei estadual 57/1965").since(1965).moved(acreFriday),
	),
	"AL": newTable(State,
		on(time.June, 24, "São João", "Lei estadual 5.508/1993").since(1994),
		on(time.June, 29, "São Pedro", "Lei estadual 5.509/1993").since(1994),
		on(time.September, 16, "Emancipação Política de Alagoas", ownDay).since(1996),
		on(time.November, 20, consciousness, "Lei estadual 5.724/1995").since(1995).through(2023),
		on(time.November, 30, evangelical, "Lei estadual 7.530/2013").since(2013).moved(nearerEndOfWeek),
	),
	"AM": newTable(State,
		on(time.September, 5, "Elevação do Amazonas à Categoria de Província", "Lei Promulgada estadual 25/1977").since(1978),
		on(time.November, 20, consciousness, "Lei Promulgada estadual 84/2010").since(2010).through(2023),
	),
	"AP": newTable(State,
		on(time.March, 19, "Dia de São José", "Lei estadual 667/2002").since(2003),
		on(time.May, 15, "Dia de Cabralzinho", "Lei estadual 2.213/2017").since(2018),
		on(time.July, 25, "Dia de São Tiago", "Lei estadual 1.696/2012 (até a ADI 4820)").since(2012).through(2018),
		on(time.September, 13, "Criação do Território Federal do Amapá", ownDay).since(1996),
		on(time.November, 20, consciousness, "Lei estadual 1.169/2007").since(2008).through(2023),
	),
	"BA": newTable(State,
		on(time.July, 2, "Independência da Bahia", "Constituição do Estado (1989)").since(1990),
	),
	"CE": newTable(State,
		on(time.March, 25, "Data Magna do Ceará", "Constituição do Estado, art. 18 (emenda de 2011)").since(2012),
	),
	"DF": newTable(State,
		on(time.April, 21, "Aniversário de Brasília", ownDay).since(1996),
		on(time.November, 30, evangelical, "Lei distrital 963/1995").since(1996),
	),
	"ES": newTable(State,
		easterPlus(8, "Nossa Senhora da Penha", "Lei estadual 11.010/2019").since(2020),
	),
	"GO": newTable(State,
		on(time.July, 26, "Fundação da Cidade de Goiás", "Lei estadual 20.756/2020, art. 269 (serviço público)").since(2020),
		on(time.October, 24, "Pedra Fundamental de Goiânia", "Lei estadual 20.756/2020, art. 269 (serviço público)").since(2020),
		on(time.October, 28, "Dia do Servidor Público", "Lei estadual 20.756/2020, art. 269 (serviço público)").since(2020),
	),
	"MA": newTable(State,
		on(time.July, 28, "Adesão do Maranhão à Independência do Brasil", "Lei estadual 2.457/1964").since(1965),
		on(time.November, 20, consciousness, "Lei estadual 10.747/2017 (até a decisão do TJMA)").since(2018).through(2018),
	),
	"MG": newTable(State,
		on(time.April, 21, "Data Magna de Minas Gerais", "Constituição do Estado, art. 256").since(1990),
	),
	"MS": newTable(State,
		on(time.October, 11, "Criação do Estado de Mato Grosso do Sul", "Lei estadual 10/1979").since(1980),
	),
	"MT": newTable(State,
		on(time.November, 20, consciousness, "Lei estadual 7.879/2002").since(2003).through(2023),
	),
	"PA": newTable(State,
		on(time.August, 15, "Adesão do Pará à Independência do Brasil", "Lei estadual 5.999/1996").since(1997),
	),
	"PB": newTable(State,
		on(time.July, 26, "Homenagem a João Pessoa", "Lei estadual 3.489/1967").since(1968).through(2015),
		on(time.August, 5, "Fundação do Estado da Paraíba", "Lei estadual 3.489/1967").since(1968).through(2015),
		on(time.August, 5, "Fundação do Estado da Paraíba", "Lei estadual 10.601/2015").since(2016),
	),
	"PE": newTable(State,
		on(time.March, 6, "Data Magna de Pernambuco", "Lei estadual 13.386/2007 (redação da Lei 13.835/2009)").since(2010).through(2017).moved(firstSunday),
		on(time.March, 6, "Data Magna de Pernambuco", "Lei estadual 16.059/2017").since(2018),
	),
	"PI": newTable(State,
		on(time.October, 19, "Dia do Piauí", "Lei estadual 176/1937").since(1950),
	),
	"PR": newTable(State,
		on(time.December, 19, "Emancipação Política do Paraná", "Lei estadual 4.658/1962 (até a Lei 18.384/2014)").since(1962).through(2013),
	),
	"RJ": newTable(State,
		easterPlus(-47, "Terça-feira de Carnaval", "Lei estadual 5.243/2008").since(2009),
		on(time.April, 23, "Dia de São Jorge", "Lei estadual 5.198/2008").since(2008),
		on(time.November, 20, consciousness, "Lei estadual 4.007/2002").since(2002).through(2023),
	),
	"RN": newTable(State,
		on(time.October, 3, "Mártires de Cunhaú e Uruaçu", "Lei estadual 8.913/2006").since(2007),
	),
	"RO": newTable(State,
		on(time.January, 4, "Instalação do Estado de Rondônia", "Lei estadual 2.291/2010").since(2011),
		on(time.June, 18, evangelical, "Lei estadual 1.026/2001 (até a ADI 3940)").since(2002).through(2019),
	),
	"RR": newTable(State,
		on(time.October, 5, "Criação do Estado de Roraima", ownDay).since(1996),
	),
	"RS": newTable(State,
		on(time.September, 20, "Revolução Farroupilha", "Constituição do Estado, art. 6º, parágrafo único").since(1996),
	),
	"SC": newTable(State,
		on(time.August, 11, "Data Magna de Santa Catarina", "Lei estadual 12.906/2004").since(2004).through(2004),
		on(time.August, 11, "Data Magna de Santa Catarina", "Lei estadual 12.906/2004 (redação da Lei 13.408/2005)").since(2005).through(2017).moved(nextSunday),
		on(time.August, 11, "Data Magna de Santa Catarina", "Lei estadual 17.335/2017").since(2018).moved(nextSunday),
	),
	"SE": newTable(State,
		on(time.July, 8, "Emancipação Política de Sergipe", "Constituição do Estado, art. 269").since(1990),
	),
	"SP": newTable(State,
		on(time.July, 9, "Revolução Constitucionalista de 1932", "Lei estadual 9.497/1997").since(1997).through(2019),
		on(time.May, 25, "Revolução Constitucionalista de 1932", "Lei estadual 17.264/2020").since(2020).through(2020),
		on(time.July, 9, "Revolução Constitucionalista de 1932", "Lei estadual 9.497/1997").since(2021),
		on(time.November, 20, consciousness, "Lei estadual 17.746/2023").since(2023).through(2023),
	),
	"TO": newTable(State,
		on(time.August, 15, "Senhor do Bonfim", "Lei estadual 4.509/2024").since(2025),
		on(time.September, 8, "Nossa Senhora da Natividade", "Lei estadual 627/1993").since(1994),
		on(time.October, 5, "Criação do Estado do Tocantins", "Lei estadual 98/1989").since(1990),
	),
}

// nextSunday keeps a day on the Sunday that follows, or on itself if it is one.
func nextSunday(d date.Date) date.Date {
	return d.Add(date.PeriodOfDays((7 - int(d.Weekday())) % 7))
}

// firstSunday keeps 6 March on the first Sunday of its month.
func firstSunday(d date.Date) date.Date { return nextSunday(d.Add(-5)) }

// nearerEndOfWeek takes a Tuesday to the Monday and a Thursday to the Friday.
func nearerEndOfWeek(d date.Date) date.Date {
	switch d.Weekday() {
	case time.Tuesday:
		return d.Add(-1)
	case time.Thursday:
		return d.Add(1)
	}
	return d
}

// acreFriday takes Tuesday, Wednesday and Thursday to the Friday, by Lei
// 2.126/2009 of Acre. A day whose Friday is a national holiday stays where it
// is, as 17 November 2026 does in the state's calendar.
func acreFriday(d date.Date) date.Date {
	wd := d.Weekday()
	if d.Year() < 2010 || wd < time.Tuesday || wd > time.Thursday {
		return d
	}
	friday := d.Add(date.PeriodOfDays(time.Friday - wd))
	if _, taken := Brazil.Holiday(friday); taken {
		return d
	}
	return friday
}

// acreCatholics is acreFriday for 20 January. After a Tuesday that Friday is
// the day of the evangelicals, and the Thursday takes its place, as in 2026.
func acreCatholics(d date.Date) date.Date {
	if d.Weekday() == time.Tuesday {
		return d.Add(2)
	}
	return acreFriday(d)
}
