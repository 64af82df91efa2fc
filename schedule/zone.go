package schedule

import (
	"fmt"
	"strings"
	"time"
)

// knownZones returns the zones of Brazil, which are what most mistyped zones mean,
// and then those of the places that Brazilian businesses call most.
func knownZones() []string {
	return []string{
		"America/Sao_Paulo", "America/Manaus", "America/Recife", "America/Rio_Branco",
		"America/Noronha", "America/Cuiaba", "America/Bahia", "America/Belem",
		"America/Fortaleza", "America/Campo_Grande", "America/Porto_Velho",
		"America/Boa_Vista", "America/Araguaina", "America/Maceio",
		"America/Eirunepe", "America/Santarem",
		"America/New_York", "America/Los_Angeles", "America/Argentina/Buenos_Aires",
		"America/Santiago", "America/Asuncion", "America/Montevideo", "America/Bogota",
		"America/Lima", "Europe/Lisbon", "Europe/Madrid", "Europe/London", "UTC",
	}
}

// location loads the zone, or says what is wrong with its name.
func (s Spec) location() (*time.Location, *FieldError) {
	name := s.zone()
	if strings.EqualFold(name, "Local") {
		return nil, &FieldError{"zone", UnknownZone,
			"\"Local\" means another place on every machine: name the zone, such as " + DefaultZone}
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		return loc, nil
	}
	problem := fmt.Sprintf("%q is no IANA time zone: ", name)
	if near := nearZone(name); near != "" {
		problem += fmt.Sprintf("did you mean %q?", near)
	} else {
		problem += "write a name such as " + DefaultZone
	}
	return nil, &FieldError{"zone", UnknownZone, problem}
}

// nearZone finds the known zone that a text most likely means: by its city, or
// by a slip of a few letters. Brasília, which has no zone of its own, and the
// usual names of its time mean São Paulo.
func nearZone(name string) string {
	flat := func(s string) string {
		return strings.NewReplacer("_", "", " ", "", "-", "").Replace(fold(s))
	}
	want := flat(name)
	switch city := want[strings.LastIndexByte(want, '/')+1:]; city {
	case "brasilia", "brt", "brst", "brazil", "brasil", "riodejaneiro", "utc3", "gmt3":
		return DefaultZone
	}
	best, least := "", 4
	for _, zone := range knownZones() {
		whole := flat(zone)
		city := whole[strings.LastIndexByte(whole, '/')+1:]
		if len(want) > 2 && (strings.HasPrefix(city, want) || strings.HasPrefix(whole, want)) {
			return zone
		}
		if d := min(distance(want, whole), distance(want, city)); d < least && d < len(want)/2+1 {
			best, least = zone, d
		}
	}
	return best
}
