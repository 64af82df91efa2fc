package campaign

// Language of words for people.
type Language string

const (
	English    Language = "en"
	Portuguese Language = "pt-BR"
)

// Text returns the reason in words of the language. A code that the catalogue
// lacks is printed as it is.
func (r Reason) Text(l Language) string { return r.String() }
