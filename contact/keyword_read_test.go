package contact_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

// What people write, and whether it leaves. Where it could be taken either way,
// docs/optout.md says why it was decided so.
func TestKeywordsAsPeopleWriteThem(t *testing.T) {
	words := contact.DefaultKeywords()
	for verdict, texts := range map[contact.Wish][]string{
		contact.WishOut: {
			"Sair", "SAIR 🙏", "🛑 SAIR", "👉🏽SAIR👈🏽", "ＳＡＩＲ", "ｓａｉｒ！", "𝗦𝗔𝗜𝗥", "Ⓢⓐⓘⓡ", "sa\u00adir", "S\u200bA\u200dIR\u2060", "\ufeffSAIR",
			"sáïr", "\"SAIR\"", "'sair'", "«Sair»", "*_~SAIR~_*", "> SAIR", "- sair", "#SAIR", "SAIR\n\n", "sairrr", "Pareeee!!!", "S-A-I-R", "s a i r !",
			"SAIR 🇧🇷", "SAIR ❤️‍🔥", "(stop)", "sair, por favor", "Por favor: SAIR", "Bom dia! Sair, obrigada 😊", "stop please", "Stop, thanks.",
			"por favor, pare", "PARE por gentileza", "quero sair", "Eu quero sair da lista.", "Sair da lista", "sair desta lista, pfv",
			"me tira da lista", "Me tirem dessa lista!!", "tira-me da lista", "remova meu número", "Remova o meu contato da sua lista",
			"não quero mais receber", "nao quero mais receber mensagens", "NÃO QUERO RECEBER MENSAGENS", "Não quero mais receber nada",
			"não me mande mais mensagens", "não me envie mais", "Pare de me mandar mensagem", "pode parar de mandar mensagem, por favor", "parar de enviar",
			"descadastre-me", "DESCADASTRE-ME 🙏", "me descadastra", "descadastra", "Cancelar inscrição", "quero cancelar minha inscrição", "cancela",
			"STOPALL", "stop all", "opt-out", "unsubscribe me", "please remove me from this list", "don't text me again", "do not contact me",
			"BAJA", "darme de baja", "No quiero recibir más mensajes", "cancelar suscripción",
		},
		contact.WishIn: {"VOLTAR", "voltar!", "*Start*", "ＳＴＡＲＴ", "v o l t a r"},
		contact.NoWish: {
			"", "…", "🛑", "👍", "sair?", "SAIR❓", "¿baja?", "vou sair agora", "sair agora", "quero cancelar meu pedido", "cancelar meu pedido",
			"pode parar", "Como faço para parar a dor?", "SAIR da empresa é difícil", "sairei", "sai", "1", "2", "1️⃣",
			"chega", "chega amanhã", "bloquear", "bloquear cartão", "não quero", "não quero mais", "não tenho interesse",
			"não quero sair", "não quero cancelar", "quero sair com você", "preciso sair", "não parem de me mandar mensagem",
			"quero voltar", "voltar, por favor", "quero voltar a receber", "restart", "ѕаіr", "sair ou ficar", "stop it", "por favor", "obrigado", "bom dia",
			strings.Repeat("por favor ", 60) + "sair",
		},
	} {
		for _, text := range texts {
			wish, word := words.Read(text)
			require.Equal(t, verdict, wish, "%q was read as %q", text, word)
		}
	}
}

// drawDecoration is what surrounds a word without saying anything.
var drawDecoration = rapid.StringOfN(rapid.SampledFrom([]rune(" \t\n\u00a0*_~\"'`“”«».,;:!…-–()[]<>#/|🙏🛑👍🏽❤\ufe0f\u200d\u200b\ufeff\u2060\u00ad")), 0, 12, -1)

func TestDecorationNeverChangesAVerdict(t *testing.T) {
	words := contact.DefaultKeywords()
	texts := slices.Concat(words.Out, words.In, []string{
		"quero sair", "vou sair agora", "não quero", "sair da lista", "oi", "chega", "sair?", "quero cancelar meu pedido", "s a i r"})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		wish, word := words.Read(text)
		letters := []rune(text)
		for i, r := range letters {
			switch {
			case rapid.Bool().Draw(t, "capital"):
				letters[i] = []rune(strings.ToUpper(string(r)))[0]
			case r >= '!' && r <= '~' && rapid.Bool().Draw(t, "wide"):
				letters[i] = r + 0xfee0
			}
		}
		around := drawDecoration.Draw(t, "before") + string(letters) + drawDecoration.Draw(t, "after")
		got, by := words.Read(around)
		require.Equal(t, wish, got, "%q as %q", text, around)
		require.Equal(t, word, by)
	})
}

func TestLongTextIsNoWish(t *testing.T) {
	words := contact.DefaultKeywords()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"SAIR ", "🛑", "por favor ", "quero sair da lista. ", "\u200b", "!", "*"}).Draw(t, "part")
		text := "SAIR" + strings.Repeat(part, 400/len(part)+1)
		wish, _ := words.Read(text)
		require.Equal(t, contact.NoWish, wish)
	})
}

// Somebody who names a word without asking for anything says more than the word.
func TestOneMoreWordIsNoWish(t *testing.T) {
	words := contact.DefaultKeywords()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(words.Out).Draw(t, "word")
		more := rapid.StringMatching(`[a-z]{3,9}`).Filter(func(s string) bool {
			wish, _ := words.Read(s)
			return wish == contact.NoWish && !slices.Contains(contact.Politeness(), s) && !slices.Contains([]string{"inscricao", "mensagens", "all", "out"}, s)
		}).Draw(t, "more")
		wish, word := words.Read(more + " " + text)
		require.Equal(t, contact.NoWish, wish, word)
		wish, word = words.Read(text + " " + more)
		require.Equal(t, contact.NoWish, wish, word)
	})
}

func FuzzKeywords(f *testing.F) {
	for _, s := range []string{"SAIR", "🛑 SAIR", "ＳＡＩＲ", "quero sair", "\xff\xfeSAIR", "s a i r", "sair?", "a\u0300\u0301", "por favor por favor", "\u1160"} {
		f.Add(s)
	}
	words := contact.DefaultKeywords()
	f.Fuzz(func(t *testing.T, s string) {
		wish, word := words.Read(s)
		again, same := words.Read(s)
		require.Equal(t, wish, again)
		require.Equal(t, word, same)
		if wish == contact.NoWish {
			require.Empty(t, word)
			return
		}
		require.LessOrEqual(t, len(s), 400)
		by, _ := words.Read(word)
		require.Equal(t, wish, by, "what %q was read as is itself no wish: %q", s, word)
	})
}

// The document lists exactly what the code takes.
func TestDocumentListsTheWords(t *testing.T) {
	text, err := os.ReadFile("../docs/optout.md")
	require.NoError(t, err)
	var blocks []string
	for i, part := range strings.Split(string(text), "```") {
		if body, is := strings.CutPrefix(part, "text\n"); is && i%2 == 1 {
			blocks = append(blocks, strings.TrimSpace(body))
		}
	}
	words := contact.DefaultKeywords()
	require.Equal(t, []string{
		lines(words.Out), lines(words.In), lines(contact.Politeness()), strings.Join(contact.Sentences(), "\n"), lines(contact.Hints()),
	}, blocks)
	for _, row := range strings.Split(string(text), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		want := map[string]contact.Wish{"yes": contact.WishOut, "no": contact.NoWish}[strings.TrimSpace(cells[2])]
		for i, said := range strings.Split(cells[1], "`") {
			if i%2 == 1 {
				wish, _ := words.Read(said)
				require.Equal(t, want, wish, said)
			}
		}
	}
}

// lines are words with commas, eight on a line.
func lines(words []string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i%8 == 0:
			b.WriteString(",\n")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(w)
	}
	return b.String()
}
