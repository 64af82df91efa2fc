package contact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// What people have written to other senders: the bare word, however it is
// decorated, stops; a word inside a sentence does not, and what may have been
// meant is shown to somebody.
func TestWordsFromTheField(t *testing.T) {
	k := contact.DefaultKeywords()
	for text, want := range map[string]string{
		"SAIR": "out", "sair": "out", "Sair.": "out", `"SAIR"`: "out", "*SAIR*": "out", "SAIR!!!": "out", " sair ": "out",
		"S A I R": "out", "SAIR 🙏": "out", "🛑 SAIR": "out", "Sair por favor": "out", "Quero sair": "out", "PARE!": "out",
		"Parar": "out", "parar de enviar": "out", "Pare de me mandar mensagem": "out", "NAO QUERO MAIS RECEBER": "out",
		"Descadastrar": "out", "DESCADASTRE-ME": "out", "descadastra": "out", "Remover": "out", "Remova": "out",
		"Remova meu número": "out", "me tira da lista": "out", "Cancelar": "out", "cancela": "out", "Cancelar inscrição": "out",
		"STOP": "out", "stop.": "out", "Stop please": "out", "STOP ALL": "out", "STOPALL": "out", "UNSUBSCRIBE": "out",
		"ＳＡＩＲ": "out", "SAIR\u200b": "out", "Saír": "out", "sairr": "out",
		"não quero": "doubt", "Não quero mais": "doubt", "não tenho interesse": "doubt", "Bloquear": "doubt", `SAIR\n`: "doubt",
		"Sair?": "doubt", "sair agora": "doubt", "SAIR da empresa é difícil": "doubt", "Como faço para parar a dor?": "doubt", "Pode parar": "doubt",
		"SAI": "", "1": "", "2": "",
		"voltar": "in",
	} {
		wish, _ := k.Read(text)
		got := string(wish)
		if _, doubtful := k.Doubt(text); wish == contact.NoWish && doubtful {
			got = "doubt"
		}
		require.Equal(t, want, got, "%q", text)
	}
}
