package contact

import "strings"

// Basis is the ground in law on which a person's data is kept and used: one of
// the ten of article 7 of the LGPD (Brazil's law 13.709 of 2018). Empty means
// that none was recorded.
type Basis string

// Grounds, in the order of the article's items I to X.
const (
	BasisConsent            Basis = "consent"             // I
	BasisLegalObligation    Basis = "legal_obligation"    // II
	BasisPublicPolicy       Basis = "public_policy"       // III
	BasisResearch           Basis = "research"            // IV
	BasisContract           Basis = "contract"            // V
	BasisLegalClaim         Basis = "legal_claim"         // VI
	BasisVitalInterest      Basis = "vital_interest"      // VII
	BasisHealth             Basis = "health"              // VIII
	BasisLegitimateInterest Basis = "legitimate_interest" // IX
	BasisCreditProtection   Basis = "credit_protection"   // X
)

// Bases lists the grounds in the order of the article.
func Bases() []Basis {
	return []Basis{BasisConsent, BasisLegalObligation, BasisPublicPolicy, BasisResearch, BasisContract,
		BasisLegalClaim, BasisVitalInterest, BasisHealth, BasisLegitimateInterest, BasisCreditProtection}
}

// Valid reports whether b is empty or one of the ten.
func (b Basis) Valid() bool { return b == "" || b.words() != words{} }

// ParseBasis reads a ground: its code, or its words in Portuguese or English,
// whatever their accents and capitals. What is none of them comes back as it is,
// and is not Valid.
func ParseBasis(s string) Basis {
	key := VarName(s)
	if key == "" || Basis(key).Valid() {
		return Basis(key)
	}
	for _, b := range Bases() {
		w := b.words()
		if key == VarName(w.en) || key == VarName(w.pt) || b == BasisLegitimateInterest && key == "legitimo_interesse" {
			return b
		}
	}
	return Basis(s)
}

// basisCodes lists the codes, for people who have to choose one.
var basisCodes = func() string {
	codes := make([]string, len(Bases()))
	for i, b := range Bases() {
		codes[i] = string(b)
	}
	return strings.Join(codes, ", ")
}()

// Text gives the words for a ground in a language, "pt" or "en"; an unknown one
// is returned as it is.
func (b Basis) Text(lang string) string {
	w := b.words()
	switch {
	case w == words{}:
		return string(b)
	case strings.HasPrefix(strings.ToLower(lang), "pt"):
		return w.pt
	}
	return w.en
}

func (b Basis) words() words {
	switch b {
	case BasisConsent:
		return words{"consent", "consentimento"}
	case BasisLegalObligation:
		return words{"legal obligation", "obrigação legal ou regulatória"}
	case BasisPublicPolicy:
		return words{"public policy", "políticas públicas"}
	case BasisResearch:
		return words{"research", "estudos por órgão de pesquisa"}
	case BasisContract:
		return words{"contract", "execução de contrato"}
	case BasisLegalClaim:
		return words{"legal claim", "exercício de direitos em processo"}
	case BasisVitalInterest:
		return words{"protection of life", "proteção da vida"}
	case BasisHealth:
		return words{"protection of health", "tutela da saúde"}
	case BasisLegitimateInterest:
		return words{"legitimate interest", "interesse legítimo"}
	case BasisCreditProtection:
		return words{"protection of credit", "proteção do crédito"}
	}
	return words{}
}
