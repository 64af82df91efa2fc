package contact

import (
	"slices"
	"strings"
	"sync"
)

// maxDoubt is how many bytes of a message are looked through for a doubt.
const maxDoubt = 4000

// Hints are what people write when they may want no more messages, and may mean
// something else: no wish, but worth a look. See Doubt.
func Hints() []string {
	return []string{
		"me tira", "me tire", "me tirem", "me remove", "me remova", "me exclui", "me exclua", "me apaga", "tira meu", "tire meu", "apaga meu",
		"quero sair", "sair da lista", "sair desta lista", "sair dessa lista", "da lista", "dessa lista", "desta lista", "como saio", "saia da lista",
		"não quero", "não tenho interesse", "sem interesse", "não me interessa", "não autorizei", "não autorizo", "nunca autorizei", "não pedi",
		"não mande", "não manda", "não mandem", "não envie", "não enviem", "não me mande", "não me mandem", "não me envie", "não me ligue",
		"para de", "parem de", "parar de", "pare de", "pode parar", "chega", "bloquear", "vou bloquear", "bloqueado", "denunciar", "vou denunciar",
		"spam", "lgpd", "procon", "descadastro", "descadastra", "descadastrem", "descadastramento", "inscrição", "meus dados",
		"como conseguiu meu", "quem passou meu", "onde conseguiu meu",
		"leave me alone", "remove me", "take me off", "not interested", "do not want", "dont want", "stop sending", "stop messaging", "stop texting",
		"no quiero", "no me interesa", "dejen de", "de baja",
	}
}

// Doubt tells whether a text that is no wish looks like one to leave: one of the
// words that stop messages, or of Hints, stands somewhere in it. It returns the
// word that was found. Who wants no messages is not told by it; a person reads
// the text and decides.
func (k Keywords) Doubt(text string) (word string, doubtful bool) {
	if wish, _ := k.Read(text); wish != NoWish {
		return "", false
	}
	if len(text) > maxDoubt {
		text = strings.ToValidUTF8(text[:maxDoubt], "")
	}
	said := " " + apart(text) + " "
	has := func(w string) bool {
		w = apart(w)
		return w != "" && strings.Contains(said, " "+w+" ")
	}
	if i := slices.IndexFunc(k.Out, has); i >= 0 {
		return k.Out[i], true
	}
	if i := slices.IndexFunc(hints(), func(w string) bool { return strings.Contains(said, " "+w+" ") }); i >= 0 {
		return Hints()[i], true
	}
	return "", false
}

var hints = sync.OnceValue(func() []string {
	out := Hints()
	for i := range out {
		out[i] = apart(out[i])
	}
	return out
})

// apart is a text as bare has it, but that each word's last letter is there once.
func apart(text string) string {
	words := strings.Fields(bare(text))
	for i := range words {
		words[i] = bare(words[i])
	}
	return strings.Join(words, " ")
}
