package contact

// brazilZones names the IANA zone of each of the 67 Brazilian area codes; the
// other entries are empty, and an empty entry means that the code does not
// exist. The codes are those of Anatel's numbering plan, the zones those of
// the IANA database. Where an area spans two zones, the one of its largest
// city stands here:
//
//   - 61 is the Federal District and its surroundings in Goiás;
//   - 81 is Pernambuco's coast and also Fernando de Noronha (one hour ahead);
//   - 92 and 97 are Amazonas; the far west of 97 keeps Acre's time
//     (America/Eirunepe) and is given Manaus here;
//   - 93 is western Pará, 91 and 94 are eastern Pará.
var brazilZones = [100]string{
	11: zoneSaoPaulo, 12: zoneSaoPaulo, 13: zoneSaoPaulo, 14: zoneSaoPaulo, 15: zoneSaoPaulo,
	16: zoneSaoPaulo, 17: zoneSaoPaulo, 18: zoneSaoPaulo, 19: zoneSaoPaulo, // São Paulo
	21: zoneSaoPaulo, 22: zoneSaoPaulo, 24: zoneSaoPaulo, // Rio de Janeiro
	27: zoneSaoPaulo, 28: zoneSaoPaulo, // Espírito Santo
	31: zoneSaoPaulo, 32: zoneSaoPaulo, 33: zoneSaoPaulo, 34: zoneSaoPaulo, 35: zoneSaoPaulo,
	37: zoneSaoPaulo, 38: zoneSaoPaulo, // Minas Gerais
	41: zoneSaoPaulo, 42: zoneSaoPaulo, 43: zoneSaoPaulo, 44: zoneSaoPaulo, 45: zoneSaoPaulo, 46: zoneSaoPaulo, // Paraná
	47: zoneSaoPaulo, 48: zoneSaoPaulo, 49: zoneSaoPaulo, // Santa Catarina
	51: zoneSaoPaulo, 53: zoneSaoPaulo, 54: zoneSaoPaulo, 55: zoneSaoPaulo, // Rio Grande do Sul
	61: zoneSaoPaulo, 62: zoneSaoPaulo, 64: zoneSaoPaulo, // Distrito Federal, Goiás
	63: "America/Araguaina",                                                   // Tocantins
	65: "America/Cuiaba",                                                      // Mato Grosso
	66: "America/Cuiaba",                                                      //
	67: "America/Campo_Grande",                                                // Mato Grosso do Sul
	68: "America/Rio_Branco",                                                  // Acre
	69: "America/Porto_Velho",                                                 // Rondônia
	71: zoneBahia, 73: zoneBahia, 74: zoneBahia, 75: zoneBahia, 77: zoneBahia, // Bahia
	79: "America/Maceio",                 // Sergipe
	81: "America/Recife",                 // Pernambuco
	82: "America/Maceio",                 // Alagoas
	83: zoneFortaleza,                    // Paraíba
	84: zoneFortaleza,                    // Rio Grande do Norte
	85: zoneFortaleza, 88: zoneFortaleza, // Ceará
	86: zoneFortaleza, 89: zoneFortaleza, // Piauí
	87: "America/Recife",   // Pernambuco, inland
	91: "America/Belem",    // Pará, Belém
	92: "America/Manaus",   // Amazonas, Manaus
	93: "America/Santarem", // Pará, west
	94: "America/Belem",    // Pará, south-east
	95: "America/Boa_Vista",
	96: "America/Belem", // Amapá
	97: "America/Manaus",
	98: zoneFortaleza, 99: zoneFortaleza, // Maranhão
}

const (
	zoneSaoPaulo  = "America/Sao_Paulo"
	zoneBahia     = "America/Bahia"
	zoneFortaleza = "America/Fortaleza"
)

// isAreaCode reports whether the two digits are an area code that Anatel has
// given out.
func isAreaCode(tens, units byte) bool {
	return brazilZones[int(tens-'0')*10+int(units-'0')] != ""
}

// brazilian canonicalises a number that is known to be Brazilian, given as the
// digits that follow the country code. Accepted are
//
//	DDD + 8 digits that begin with 2–5    a landline, left as it is
//	DDD + 8 digits that begin with 6–9    a mobile from before the ninth digit: 9 is put in front
//	DDD + 9 digits that begin with 9      a mobile
//
// each also after the trunk prefix 0, and after 0 and a carrier's two digits
// (0 15 11 …). The nine-digit plan covers the whole country since 2016-11-06
// (Anatel, Resolução 553/2010 and its schedule).
func brazilian(n []byte) (Phone, Reason) {
	if len(n) > 0 && n[0] == '0' {
		n = n[1:]
		for len(n) > 0 && n[0] == '0' {
			n = n[1:]
		}
		if (len(n) == 12 || len(n) == 13) && isCarrier(n[0], n[1]) {
			n = n[2:] // it says who pays the call's carrier, not who is called
		}
	}
	switch {
	case len(n) == 0:
		return "", ReasonEmpty
	case len(n) < 8:
		return "", ReasonTooShort
	case len(n) < 10:
		return "", ReasonAreaMissing
	case len(n) > 11:
		return "", ReasonTooLong
	case !isAreaCode(n[0], n[1]):
		return "", ReasonArea
	}
	var out [14]byte
	copy(out[:], "+55")
	out[3], out[4] = n[0], n[1]
	n = n[2:]
	switch first := n[0]; {
	case len(n) == 9 && first != '9':
		return "", ReasonSubscriber
	case len(n) == 9:
		copy(out[5:], n)
		return Phone(out[:]), ""
	case first >= '6':
		out[5] = '9'
		copy(out[6:], n)
		return Phone(out[:]), ""
	case first >= '2':
		copy(out[5:], n)
		return Phone(out[:13]), ""
	default:
		return "", ReasonSubscriber
	}
}

// isCarrier reports whether the two digits select a long-distance carrier when
// they follow the trunk prefix 0. The codes are those of libphonenumber's
// metadata for Brazil.
func isCarrier(tens, units byte) bool {
	switch int(tens-'0')*10 + int(units-'0') {
	case 12, 14, 15, 21, 22, 23, 25, 31, 41, 43, 55, 65, 99:
		return true
	}
	return false
}

// saysBrazil reports whether bare digits, without + and without 00, carry
// Brazil's country code. 55 is also the area code of Santa Maria, so length
// decides: a national number has at most 11 digits, one with the country code
// at least 12.
func saysBrazil(digits []byte) bool {
	return len(digits) >= 12 && digits[0] == '5' && digits[1] == '5'
}
