package holiday

import "time"

// Brazil has the national holidays of every year since 1950. Before that it
// is empty. All of them are [National] and last the whole day:
//
//	1 January     Confraternização Universal  Lei 662/1949
//	Good Friday   Sexta-feira Santa           see below
//	21 April      Tiradentes                  from 1951, Lei 1.266/1950; Lei 10.607/2002
//	1 May         Dia do Trabalho             Lei 662/1949
//	7 September   Independência do Brasil     Lei 662/1949
//	12 October    Nossa Senhora Aparecida     from 1980, Lei 6.802/1980
//	2 November    Finados                     Lei 10.607/2002; before 2003 see below
//	15 November   Proclamação da República    Lei 662/1949
//	20 November   Consciência Negra           from 2024, Lei 14.759/2023
//	25 December   Natal                       Lei 662/1949
//
// and, in 1988 only, 13 May, the centenary of the abolition of slavery (Lei
// 7.658/1988).
//
// Good Friday is in no federal list of dates. Federal law lets the towns
// declare days of religious observance and names this one among them (Lei
// 9.093/1995, art. 2º; before it Decreto-Lei 86/1966 and Lei 605/1949, art.
// 11). As practically every town does, and as the federal calendar that is
// published each year calls it a national holiday, it counts as one here. 2
// November rested on the same provisions until Lei 10.607/2002 wrote it into
// Lei 662/1949.
//
// A holiday on a Saturday or Sunday is not made up for on another day: Brazil
// has no such rule. From June 1985 to October 1990 Lei 7.320/1985 had most
// holidays celebrated on a Monday; the dates here are the ones that were
// commemorated, in those years too. Days of general elections are not here;
// the Constitution puts them on Sundays.
//
// The variable is there to be read. Programs that want other days take a
// [Union].
var Brazil Calendar = newTable(National,
	on(time.January, 1, "Confraternização Universal", "Lei 662/1949").since(1950),

	easterPlus(-2, "Sexta-feira Santa", "Lei 605/1949, art. 11").since(1950).through(1966),
	easterPlus(-2, "Sexta-feira Santa", "Decreto-Lei 86/1966").since(1967).through(1995),
	easterPlus(-2, "Sexta-feira Santa", "Lei 9.093/1995, art. 2º").since(1996),

	on(time.April, 21, "Tiradentes", "Lei 1.266/1950, art. 3º").since(1951).through(2002),
	on(time.April, 21, "Tiradentes", "Lei 662/1949 (redação da Lei 10.607/2002)").since(2003),

	on(time.May, 1, "Dia do Trabalho", "Lei 662/1949").since(1950),
	on(time.May, 13, "Centenário da Abolição da Escravatura", "Lei 7.658/1988").since(1988).through(1988),
	on(time.September, 7, "Independência do Brasil", "Lei 662/1949").since(1950),
	on(time.October, 12, "Nossa Senhora Aparecida", "Lei 6.802/1980").since(1980),

	on(time.November, 2, "Finados", "Lei 605/1949, art. 11").since(1950).through(1966),
	on(time.November, 2, "Finados", "Decreto-Lei 86/1966").since(1967).through(1995),
	on(time.November, 2, "Finados", "Lei 9.093/1995, art. 2º").since(1996).through(2002),
	on(time.November, 2, "Finados", "Lei 662/1949 (redação da Lei 10.607/2002)").since(2003),

	on(time.November, 15, "Proclamação da República", "Lei 662/1949").since(1950),
	on(time.November, 20, "Dia Nacional de Zumbi e da Consciência Negra", "Lei 14.759/2023").since(2024),
	on(time.December, 25, "Natal", "Lei 662/1949").since(1950),
)

// BrazilOptional has the days on which federal offices are closed without a
// holiday in law (ponto facultativo), of every year since 1950. Banks and much
// of trade close on most of them. All are [Optional]:
//
//	48 days before Easter  Segunda-feira de Carnaval
//	47 days before Easter  Terça-feira de Carnaval
//	46 days before Easter  Quarta-feira de Cinzas, until 14:00
//	60 days after Easter   Corpus Christi
//	28 October             Dia do Servidor Público (Lei 8.112/1990, art. 236)
//
// The first four rest on custom and on the calendar that the federal
// government publishes for its offices each year. The days are given for all
// years by today's rules: whether offices closed in a certain year, whether
// some government moved 28 October to a Monday or a Friday (many do), and at
// which hour of Ash Wednesday a town goes back to work, such decrees settle and
// this calendar does not know.
//
// The afternoons of 24 and 31 December, optional in many years, are not here:
// a [Day] can end early, but not begin late.
var BrazilOptional Calendar = newTable(Optional,
	easterPlus(-48, "Segunda-feira de Carnaval", federalOffices).since(1950),
	easterPlus(-47, "Terça-feira de Carnaval", federalOffices).since(1950),
	easterPlus(-46, "Quarta-feira de Cinzas", federalOffices).since(1950).until(ClockAt(14, 0)),
	easterPlus(60, "Corpus Christi", federalOffices).since(1950),
	on(time.October, 28, "Dia do Servidor Público", "costume das repartições federais").since(1950).through(1990),
	on(time.October, 28, "Dia do Servidor Público", "Lei 8.112/1990, art. 236").since(1991),
)

const federalOffices = "ponto facultativo: portaria anual do governo federal"
