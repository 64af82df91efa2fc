package portuguese

import (
	"regexp"
	"strings"
)

// sentences are those of the parser; what is in parentheses stays as it was
// typed.
var sentences = []struct {
	en *regexp.Regexp
	pt string
}{
	{regexp.MustCompile(`^there is no command (.+?), did you mean one of (.+)\?$`), "não existe o comando $1; será um destes: $2?"},
	{regexp.MustCompile(`^there is no command (.+?), did you mean (.+)\?$`), "não existe o comando $1; será $2?"},
	{regexp.MustCompile(`^there is no command (.+)$`), "não existe o comando $1"},
	{regexp.MustCompile(`^unknown flag (.+?), did you mean one of (.+)\?$`), "não existe a opção $1; será uma destas: $2?"},
	{regexp.MustCompile(`^unknown flag (.+?), did you mean (.+)\?$`), "não existe a opção $1; será $2?"},
	{regexp.MustCompile(`^unknown flag (.+)$`), "não existe a opção $1"},
	{regexp.MustCompile(`^unexpected argument (.+?), did you mean one of (.+)\?$`), "$1 não cabe aqui; será um destes: $2?"},
	{regexp.MustCompile(`^unexpected argument (.+?), did you mean (.+)\?$`), "$1 não cabe aqui; será $2?"},
	{regexp.MustCompile(`^unexpected argument (.+)$`), "$1 não cabe aqui"},
	{regexp.MustCompile(`^unexpected flag argument (.+)$`), "$1 não cabe aqui"},
	{regexp.MustCompile(`^missing flags: (.+)$`), "falta: $1"},
	{regexp.MustCompile(`^missing positional arguments (.+)$`), "falta: $1"},
	{regexp.MustCompile(`^expected one of (.+)$`), "falta dizer o quê: $1"},
	{regexp.MustCompile(`^expected (".+")$`), "falta: $1"},
	{regexp.MustCompile(`^(.+) must be one of (.+) but got (.+)$`), "$1 aceita $2, e não $3"},
	{regexp.MustCompile(`^(--.+) and (--.+) can't be used together$`), "$1 e $2 não podem ser usadas juntas"},
	{regexp.MustCompile(`^(--.+) must be used together$`), "$1 só podem ser usadas juntas"},
	{regexp.MustCompile(`^(.+): expected (?:\w+) value but got "EOL" \(.+\)$`), "$1: falta o valor"},
	{regexp.MustCompile(`^(.+): missing value, expecting "(.+)"$`), "$1: falta o valor, como $2"},
	{regexp.MustCompile(`^(.+): expected (?:\w+) value but got "(.+)" \(.+\); perhaps try (.+)\?$`), `$1: falta o valor antes de "$2"; tente $3`},
	{regexp.MustCompile(`^(.+): expected (?:\w+) value but got "(.+)" \(.+\)$`), `$1: falta o valor antes de "$2"`},
	{regexp.MustCompile(`^(.+): bool value must be true, 1, yes, false, 0 or no but got (.+)$`), "$1: aceita true ou false, e não $2"},
	{regexp.MustCompile(`^(.+): expected a valid \d+ bit u?int but got (.+)$`), "$1: $2 não é um número inteiro"},
	{regexp.MustCompile(`^(.+): expected an int but got (.+) \(.+\)$`), "$1: $2 não é um número inteiro"},
	{regexp.MustCompile(`^(.+): expected a float but got (.+) \(.+\)$`), "$1: $2 não é um número"},
	{regexp.MustCompile(`^(.+): expected duration but got (".*?")(?:: .+)?$`), "$1: $2 não é uma duração, como 90s, 5m ou 2h"},
	{regexp.MustCompile(`^(.+): expected "<key>=<value>" but got (.+)$`), "$1: $2 não tem a forma NOME=VALOR"},
	{regexp.MustCompile(`^(.+) is required$`), "falta $1"},
}

// Error puts a sentence of the parser into Portuguese. One that is not known
// stays as it is.
func Error(text string) string {
	for _, s := range sentences {
		if s.en.MatchString(text) {
			pt := s.en.ReplaceAllString(text, s.pt)
			for en, name := range arguments {
				pt = strings.ReplaceAll(pt, "<"+en+">", "<"+name+">")
			}
			return pt
		}
	}
	return text
}
