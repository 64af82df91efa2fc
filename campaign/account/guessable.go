package account

import (
	"slices"
	"strings"
	"unicode"
)

// guessable reports a password that stands at the beginning of the lists which
// people who guess go through: one sign, a row of the keyboard or of the alphabet,
// its owner's own address, or a word that everybody takes, with figures and signs
// around it.
func guessable(password, email string) bool {
	raw := strings.ToLower(strings.Join(strings.Fields(password), ""))
	low := plainly(raw)
	local, domain, _ := strings.Cut(email, "@")
	company, _, _ := strings.Cut(domain, ".")
	word := strings.TrimFunc(low, func(r rune) bool { return !unicode.IsLetter(r) })
	return raw == email || repeats(raw) || straight(raw) ||
		word != "" && (word == plainly(local) || len(company) > 3 && word == plainly(company) || straight(word) || slices.Contains(commonWords, word))
}

// plainly has letters in the place of the figures and signs that stand for them
// between letters.
func plainly(s string) string {
	rs := []rune(s)
	for i, r := range rs {
		if i == 0 || i == len(rs)-1 {
			continue
		}
		if to, ok := lookalikes[r]; ok && unicode.IsLetter(rs[i-1]) && letterFrom(rs[i+1:]) {
			rs[i] = to
		}
	}
	return string(rs)
}

var lookalikes = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i', 'á': 'a', 'ã': 'a', 'ç': 'c', 'é': 'e', 'ó': 'o'}

// letterFrom reports that a letter comes next, behind at most some lookalikes.
func letterFrom(rs []rune) bool {
	for _, r := range rs {
		if unicode.IsLetter(r) {
			return true
		}
		if _, ok := lookalikes[r]; !ok {
			return false
		}
	}
	return false
}

// repeats reports one part, of up to four signs, over and over.
func repeats(s string) bool {
	rs := []rune(s)
	for n := 1; n <= 4 && 2*n <= len(rs); n++ {
		same := true
		for i := n; i < len(rs) && same; i++ {
			same = rs[i] == rs[i-n]
		}
		if same {
			return true
		}
	}
	return false
}

// straight reports a run along the alphabet, the figures or the keyboard, in either
// direction, from any place and around the end.
func straight(s string) bool {
	rs := []rune(s)
	slices.Reverse(rs)
	back := string(rs)
	for _, row := range rows {
		if round := strings.Repeat(row, 1+len(s)/len(row)+1); len(s) > 3 && (strings.Contains(round, s) || strings.Contains(round, back)) {
			return true
		}
	}
	return false
}

var rows = []string{"1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertyuiopasdfghjklzxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujmikolp", "qweasdzxc"}

// commonWords are what people take first, in Brazil and elsewhere, in their plain
// form. A password has ten characters at least, so that these come with figures.
var commonWords = []string{
	"abcabc", "acesso", "admin", "administrador", "administrator", "adminadmin", "agencia", "amor", "amorzinho", "anjinho", "atendimento",
	"baseball", "bemvindo", "brasil", "campaign", "campaigns", "campanha", "campanhas", "changeme", "cliente", "comercial", "computador",
	"contato", "corinthians", "cruzeiro", "deusefiel", "deusfiel", "dragon", "empresa", "eusouomelhor", "familia", "feliz", "felicidade",
	"flamengo", "football", "futebol", "gatinha", "gatinho", "gremio", "iloveyou", "internet", "jesus", "jesuscristo", "jesusteama",
	"letmein", "loja", "marketing", "master", "meuamor", "minhasenha", "monkey", "mudar", "mudarsenha", "mudeme", "naosei", "palmeiras",
	"pass", "passw", "password", "passwordpassword", "princesa", "princess", "qwer", "qwerty", "root", "santos", "saopaulo", "secreta",
	"secret", "segredo", "senha", "senhaadmin", "senhanova", "senhas", "senhasenha", "senhasecreta", "sistema", "sunshine", "suporte",
	"superman", "teamo", "test", "teste", "testeteste", "trocar", "trocarsenha", "user", "usuario", "vasco", "vascodagama", "vendas",
	"welcome", "whatsapp",
}
