package contact

import (
	"strings"
	"sync"
)

// Sentences are what people write, besides single words, that can mean nothing
// but that they want no more messages. A slash stands between words of which
// one is written, and what is in brackets may be missing:
// "[eu] quero sair [da/desta lista]".
func Sentences() []string {
	return []string{
		"[eu] quero/desejo sair [da/desta/dessa lista]",
		"[eu] gostaria de sair da/desta/dessa lista",
		"[eu] quero/gostaria_de/desejo parar de receber [suas/essas/estas/as] [mensagens]",
		"sair da/desta/dessa/de lista [de transmissão/envio/mensagens]",
		"me tira/tire/tirem/remove/remova/removam/exclui/exclua/excluam da/desta/dessa/de_sua/da_sua lista [de transmissão/envio/mensagens/contatos]",
		"tira/tire/tirem/remove/remova/remover/exclui/exclua/excluir me/eu da/desta/dessa/da_sua lista",
		"tira/tire/tirem/remove/remova/remover/exclui/exclua/excluir [o] meu número/contato/telefone [da/desta/dessa/da_sua lista]",
		"[eu] não quero mais receber [suas/essas/estas/as] [mensagem/mensagens/msg/msgs/nada/propaganda/propagandas/promoções]",
		"[eu] não quero receber [mais] [suas/essas/estas/as] mensagem/mensagens/msg/msgs/propaganda/propagandas/promoções",
		"[eu] não quero mais [suas/essas/estas] mensagem/mensagens/msg/msgs/propaganda/propagandas",
		"[eu] não desejo/gostaria_de [mais] receber [mais] [suas/essas/estas] mensagem/mensagens/msg/msgs/propaganda/propagandas",
		"[pode/podem/favor] pare/parem/para/parar de me mandar/enviar [mais] [essas/estas/suas] [mensagem/mensagens/msg/msgs/propaganda/propagandas]",
		"[pode/podem/favor] pare/parem/para/parar de mandar/enviar [mais] [essas/estas/suas] mensagem/mensagens/msg/msgs/propaganda/propagandas [para/pra mim]",
		"pare/parem/parar de enviar/mandar",
		"não me mande/mandem/manda/envie/enviem [mais] [essas/estas/suas] mensagem/mensagens/msg/msgs/propaganda/propagandas",
		"não me mande/mandem/manda/envie/enviem mais [mensagem/mensagens/msg/msgs/propaganda/propagandas/nada]",
		"descadastre/descadastra/descadastrar me/eu",
		"[quero/gostaria_de] me descadastre/descadastra/descadastrar/desinscrever [da/desta/dessa lista]",
		"descadastrar/descadastre [o] meu número/contato/telefone",
		"[quero/gostaria_de] cancelar/cancele/cancela [a/minha] inscrição/subscrição",
		"[quero/gostaria_de] cancelar/cancele/cancela [o] [meu] recebimento [de mensagens]",
		"parar/cancelar/bloquear mensagens",
		"stop messaging/texting me",
		"unsubscribe me",
		"opt me out",
		"[please] remove me [from the/this/your list]",
		"do_not/dont message/text/contact me [again/anymore]",
		"dar/darme/dame de baja",
		"[quiero] darme de baja [de la lista]",
		"cancelar suscripción",
		"no quiero recibir [más] mensajes",
		"no quiero más mensajes",
		"no me envíen/manden más mensajes",
	}
}

// Politeness is what people put before and after a wish without changing it.
func Politeness() []string {
	return []string{
		"por favor", "por gentileza", "por obséquio", "favor", "pfv", "pfvr", "pf", "pls", "please",
		"obrigado", "obrigada", "obg", "grato", "grata", "muito obrigado", "muito obrigada", "desde já",
		"olá", "oi", "bom dia", "boa tarde", "boa noite", "hello", "hi",
		"thanks", "thank you", "hola", "gracias",
	}
}

var polite = sync.OnceValue(func() []string {
	out := Politeness()
	for i := range out {
		out[i] = bare(out[i])
	}
	return out
})

// sentences are all ways to write Sentences, bare.
var sentences = sync.OnceValue(func() map[string]bool {
	out := make(map[string]bool)
	for _, s := range Sentences() {
		for _, way := range ways(s) {
			out[bare(way)] = true
		}
	}
	return out
})

// ways are the texts that one of Sentences stands for.
func ways(sentence string) []string {
	all := []string{""}
	for sentence != "" {
		part, rest, optional := "", "", sentence[0] == '['
		if optional {
			part, rest, _ = strings.Cut(sentence[1:], "]")
		} else {
			part, rest, _ = strings.Cut(sentence, " ")
		}
		sentence = strings.TrimPrefix(rest, " ")
		var next []string
		for _, head := range all {
			if optional {
				next = append(next, head)
			}
			for _, tail := range choices(part) {
				next = append(next, strings.TrimSpace(head+" "+tail))
			}
		}
		all = next
	}
	return all
}

// choices are the texts that one part stands for: "da/desta lista" has two. An
// underscore joins words that are one choice.
func choices(part string) []string {
	all := []string{""}
	for _, word := range strings.Fields(part) {
		var next []string
		for _, head := range all {
			for _, one := range strings.Split(word, "/") {
				next = append(next, strings.TrimSpace(head+" "+strings.ReplaceAll(one, "_", " ")))
			}
		}
		all = next
	}
	return all
}
