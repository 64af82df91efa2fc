package campaign

// refusalWords tell why a draft, an instance, a start or an account is refused.
var refusalWords = map[Code]pair{
	CodeMissing: {
		"this is missing: fill it in",
		"falta preencher este campo"},
	CodeNegative: {
		"this must not be negative",
		"não pode ser negativo"},
	CodeNotPositive: {
		"this must be at least 1",
		"deve ser pelo menos 1"},
	CodeTooLarge: {
		"this is too large[: at most {max}]",
		"valor alto demais[: no máximo {max}]"},
	CodeTooMany: {
		"these are too many[: {have}][; at most {max} are allowed]",
		"há itens demais[: {have}][; o máximo é {max}]"},
	CodeTooLong: {
		"this is too long[: at most {max} characters]",
		"texto longo demais[: no máximo {max} caracteres]"},
	CodeGapReversed: {
		"the longest rest is shorter than the shortest one[: {max} against {min}]: swap them",
		"o intervalo máximo é menor que o mínimo[: {max} contra {min}]: troque-os"},
	CodePauseHalf: {
		"a long pause needs both: after how many messages, and for how long",
		"a pausa longa precisa dos dois: a cada quantas mensagens e por quanto tempo"},
	CodeEndBeforeStart: {
		"the end lies before the start[: {end}]: choose a later end",
		"o fim está antes do início[: {end}]: escolha um fim mais tarde"},
	CodeRampOfNumber: {
		"the ramp of a young number is the number's own, and a campaign has none: set it on the number",
		"o aquecimento é do próprio número, e uma campanha não tem: defina-o no número"},
	CodeEndPast: {
		"the end has already passed[: {end}]: choose a later one",
		"o fim já passou[: {end}]: escolha outro mais tarde"},
	CodeStartPast: {
		"the start lies more than a day in the past[: {planned}]: write a later one, or none to begin at once",
		"o início é de mais de um dia atrás[: {planned}]: informe um que ainda não passou, ou nenhum para começar já"},
	CodeNoMessages: {
		"no message is switched on: write one, or switch one on",
		"nenhuma mensagem está ligada: escreva ou ligue uma"},
	CodeNoAudience: {
		"the campaign has nobody to write to: add people",
		"a campanha não tem ninguém no público: adicione pessoas"},
	CodeNoInstance: {
		"the campaign has no number to send from: choose one",
		"a campanha não tem um número para enviar: escolha um"},
	CodeInstanceGone: {
		"the chosen number does not exist any more[: {instance}]: choose another",
		"o número escolhido não existe mais[: {instance}]: escolha outro"},
	CodeNumberTwice: {
		"this number is recorded already[, as {name}][ (number {instance})][ of the customer {tenant}]: use that record, remove it, or take the number over (--take-over), which closes that record to sends",
		"este número já está cadastrado[ como {name}][ (número {instance})][ do cliente {tenant}]: use esse cadastro, remova-o ou assuma o número (--take-over), o que fecha aquele cadastro para envios"},
	CodeNumberElsewhere: {
		"another customer of this installation has this number already: whoever runs the installation can take it over (campaignd instance create … --take-over)",
		"outro cliente desta instalação já tem este número: quem administra a instalação pode assumi-lo (campaignd instance create … --take-over)"},
	CodeTakenOver: {
		"another record[, of number {instance},] has taken this number over: nothing is sent from here, and replies and opt-outs arrive there; remove this record, or release it after that one was removed",
		"outro cadastro[ (número {instance})] assumiu este número: daqui nada é enviado, e respostas e descadastros chegam lá; remova este cadastro ou libere-o depois que o outro for removido"},
	CodeTookOver: {
		"the number was taken over from another record, which sends nothing any more",
		"o número foi assumido de outro cadastro, que não envia mais nada"},
	CodeWebhookElsewhere: {
		"the gateway reports this number to another system already[: {address}], and has one webhook for each number: without it no replies and no opt-outs arrive here; let that system listen by another channel of the gateway (websocket, rabbitmq, sqs) or by the webhooks of campaigns, then take the webhook (--take-webhook, in the API take_webhook): the old one is kept, and put back when the number is removed",
		"o gateway já avisa outro sistema sobre este número[: {address}], e só tem um webhook por número: sem ele, respostas e descadastros não chegam aqui; deixe esse sistema ouvir por outro canal do gateway (websocket, rabbitmq, sqs) ou pelos webhooks das campanhas e então assuma o webhook (--take-webhook, na API take_webhook): o antigo fica guardado e volta quando o número for removido"},
	CodeWebhookTaken: {
		"the gateway's webhook was taken[; it led to {address}], which is put back when the number is removed",
		"o webhook do gateway foi assumido[; ele levava a {address}] e volta a ser o que era quando o número for removido"},
	CodeWebhookOurs: {
		"the gateway reports to this installation[ again; it reported to {address}]",
		"o gateway avisa esta instalação[ de novo; avisava {address}]"},
	CodeWebhookLeft: {
		"the number is forgotten here, and its gateway could not be asked, so its webhook still leads here: the daemon tries again for 30 days to set it as it was before[, to {address}]; if the gateway does not come back, set the webhook in the gateway's own pages",
		"o número foi esquecido aqui, mas não foi possível falar com o gateway, e o webhook dele ainda aponta para cá: o serviço tenta por 30 dias deixá-lo como era[, em {address}]; se o gateway não voltar, ajuste o webhook nas páginas do próprio gateway"},
	CodeNoPublicURL: {
		"this installation has no public address that a gateway could report to, so there is no webhook to take: its operator sets one (CAMPAIGND_PUBLIC_URL)",
		"esta instalação não tem endereço público que um gateway possa avisar, e por isso não há webhook a assumir: o operador configura um (CAMPAIGND_PUBLIC_URL)"},
	CodeBadPhone: {
		"this is no phone number: write it with its area code, or with + and the country code",
		"isto não é um número de telefone: escreva com o DDD, ou com + e o código do país"},
	CodeOtherPhone: {
		"another phone[, ending in {phone},] joined under this number's name[; it was the one ending in {was}]: nothing is sent until somebody has looked; if it is meant so, release the number (campaignd instance release)",
		"outro telefone[, com final {phone},] entrou com o nome deste número[; antes era o de final {was}]: nada é enviado até alguém conferir; se for isso mesmo, libere o número (campaignd instance release)"},
	CodeInstanceBusy: {
		"the number[ {instance}] is sending for another campaign[: {campaign}]: pause or cancel that one, or choose another number",
		"o número[ {instance}] está enviando outra campanha[: {campaign}]: pause ou cancele aquela, ou escolha outro número"},
	CodeDuplicate: {
		"this is there already: choose another",
		"já existe um igual: escolha outro"},
	CodeTemplateSyntax: {
		"a variable is not written as it must be, with two braces on each side[, in line {line}, column {column}][: {near}]",
		"uma variável não está escrita como deve, com duas chaves de cada lado[, na linha {line}, coluna {column}][: {near}]"},
	CodeTemplateSyntax + "." + faultUnclosed: {
		"a variable has no end[, in line {line}, column {column}][: {near}]; close it with two braces on the same line",
		"uma variável não foi fechada[, na linha {line}, coluna {column}][: {near}]; feche-a com duas chaves na mesma linha"},
	CodeTemplateSyntax + "." + faultStray: {
		"two closing braces end no variable[, in line {line}, column {column}]; open it with two braces, or remove them",
		"duas chaves fecham uma variável que não foi aberta[, na linha {line}, coluna {column}]; abra-a com duas chaves ou remova-as"},
	CodeTemplateSyntax + "." + faultBraces: {
		"a variable has two braces on each side and none inside[, in line {line}, column {column}][: {near}]",
		"uma variável tem duas chaves de cada lado e nenhuma dentro[, na linha {line}, coluna {column}][: {near}]"},
	CodeTemplateSyntax + "." + faultNested: {
		"a variable stands inside another[, in line {line}, column {column}][: {near}]; a default is plain text",
		"uma variável está dentro de outra[, na linha {line}, coluna {column}][: {near}]; o valor padrão é texto simples"},
	CodeTemplateSyntax + "." + faultEmpty: {
		"a variable has no name[, in line {line}, column {column}]",
		"uma variável está sem nome[, na linha {line}, coluna {column}]"},
	CodeTemplateSyntax + "." + faultName: {
		"a variable's name has letters, digits and underscores only[, in line {line}, column {column}][: {near}]",
		"o nome de uma variável só tem letras, algarismos e sublinhados[, na linha {line}, coluna {column}][: {near}]"},
	CodeTemplateSyntax + "." + faultDefault: {
		"a default follows one bar, as plain text without quotes or filters: name, bar, default[, in line {line}, column {column}][: {near}]",
		"o valor padrão vem depois de uma só barra vertical, como texto simples, sem aspas nem filtros: nome, barra, valor[, na linha {line}, coluna {column}][: {near}]"},
	CodeForeign: {
		"this is how other tools write a variable[, in line {line}, column {column}][: {near}], and it goes out as it stands: if you mean the variable[ {name}], write it between two braces on each side",
		"assim outras ferramentas escrevem variáveis[, na linha {line}, coluna {column}][: {near}], e o texto sai como está: se for a variável[ {name}], escreva-a entre duas chaves de cada lado"},
	CodeSpintax: {
		"nothing is chosen here[, in line {line}, column {column}][: {near}]: it goes out as it stands, with braces and bars; give the campaign several messages instead, which take turns",
		"aqui nada é sorteado[, na linha {line}, coluna {column}][: {near}]: o texto sai como está, com chaves e barras; em vez disso dê à campanha várias mensagens, que se revezam"},
	CodeTypedEscape: {
		"these are characters and no line break or tab[, in line {line}, column {column}][: {near}], and go out as they stand: type a real line break, or on the command line read the text from a file with @FILE",
		"isto são caracteres, e não uma quebra de linha ou tabulação[, na linha {line}, coluna {column}][: {near}], e saem como estão: digite uma quebra de linha de verdade ou, na linha de comando, leia o texto de um arquivo com @ARQUIVO"},
	CodeDefaultIdle: {
		"the variable[ {name}] always has a value[, in line {line}, column {column}]: its default is never used",
		"a variável[ {name}] sempre tem valor[, na linha {line}, coluna {column}]: o valor padrão nunca é usado"},
	CodeDefaultOdd: {
		"the default goes out as it stands[, in line {line}, column {column}][: {near}]: write it without quotes, and no filter in its place",
		"o valor padrão sai como está[, na linha {line}, coluna {column}][: {near}]: escreva-o sem aspas, e sem filtro no lugar dele"},
	CodeDamaged: {
		"the text has a character that was lost before it came here[, in line {line}, column {column}][: {near}]: type it again, and save the file as UTF-8",
		"o texto tem um caractere que se perdeu antes de chegar aqui[, na linha {line}, coluna {column}][: {near}]: digite-o de novo e salve o arquivo como UTF-8"},
	CodeOneBrace: {
		"one brace on each side is no variable[, in line {line}, column {column}], and goes out as it stands: if you mean the variable[ {name}], write two",
		"uma chave de cada lado não é variável[, na linha {line}, coluna {column}], e o texto sai como está: se for a variável[ {name}], use duas"},
	CodeVariableUnknown: {
		"there is no variable[ {name}][, in line {line}, column {column}][; did you mean {suggest}?]",
		"não existe a variável[ {name}][, na linha {line}, coluna {column}][; você quis dizer {suggest}?]"},
	CodeVariableMissing: {
		"there is no value for the variable[ {name}][, in line {line}, column {column}][, for {count} people]: add it to the contact, or give the variable a default after a bar",
		"falta o valor da variável[ {name}][, na linha {line}, coluna {column}][, para {count} pessoas]: preencha-o no contato ou dê à variável um valor padrão depois de uma barra vertical"},
	CodeByPerson: {
		"ordered by a person[: {reason}]",
		"por ordem de uma pessoa[: {reason}]"},
	CodeKeyword: {
		"the person wrote a word that stops or allows messages[: {word}]",
		"a pessoa escreveu uma palavra que para ou libera as mensagens[: {word}]"},
	CodeAdded: {
		"people were added[: {added}][, {duplicates} were in the campaign already]",
		"pessoas foram adicionadas[: {added}][, {duplicates} já estavam na campanha]"},
	CodeConnection: {
		"the number's connection has changed[: {state}]",
		"a conexão do número mudou[: {state}]"},
	CodeZoneUnknown: {
		"there is no such time zone[: {zone}]: write one such as America/Sao_Paulo",
		"esse fuso horário não existe[: {zone}]: escreva um como America/Sao_Paulo"},
	CodeMissedStart: {
		"the planned start was missed[: {planned}]: start the campaign by hand, or plan it again",
		"o início agendado foi perdido[: {planned}]: inicie a campanha manualmente ou agende de novo"},
	CodeNotUTF8: {
		"the text[ of {name}] holds bytes that are no characters[, in line {line}, column {column}]: type that place again",
		"o texto[ de {name}] tem bytes que não são caracteres[, na linha {line}, coluna {column}]: digite esse trecho de novo"},

	CodeTooShort: {
		"this is too short[: it needs at least {min} characters]",
		"isto é curto demais[: precisa de pelo menos {min} caracteres]"},
	CodeGuessable: {
		"this is too easy to guess: choose something longer that says nothing about you",
		"isto é fácil demais de adivinhar: escolha algo mais longo que não diga nada sobre você"},
	CodeBadEmail: {
		"this is not an e-mail address",
		"isto não é um endereço de e-mail"},
	CodeUnknownChoice: {
		"there is no such choice[: choose one of {choices}]",
		"essa opção não existe[: escolha uma destas: {choices}]"},
	CodeBadRole: {
		"there is no such role: choose viewer, operator or admin",
		"esse perfil não existe: escolha viewer, operator ou admin"},
	CodeBadName: {
		"this is not a name that can stand in an address: use lower case letters, digits and hyphens",
		"este nome não pode fazer parte de um endereço: use letras minúsculas, números e hifens"},
	CodeAbout: {
		"it concerns a setting or a user[: {name}][ ({state})]",
		"trata de uma configuração ou de um usuário[: {name}][ ({state})]"},
	CodeNoSuch: {
		"there is nothing with the number[ {id}] here: choose one from the list",
		"não existe nada com o número[ {id}] aqui: escolha um da lista"},
	CodeTooEarly: {
		"the gateway may still carry the send out[ until {until}]: decide after that",
		"o gateway ainda pode executar o envio[ até {until}]: decida depois disso"},
	CodeOutcomeKnown: {
		"the outcome of this send is known by now: there is nothing to decide",
		"já se sabe o que houve com este envio: não há o que decidir"},
	CodeReopenFirst: {
		"the campaign has ended: reopen it with the resend, in the same step",
		"a campanha terminou: reabra-a junto com o reenvio, no mesmo passo"},
	CodeOutByOperator: {
		"an operator recorded this opt-out: only an operator can end it, and says on what evidence",
		"este descadastro foi registrado por um operador: só um operador pode desfazê-lo, dizendo com base em quê"},
	CodeOutByLaw: {
		"this person's data was erased at their request: nothing ends this opt-out",
		"os dados desta pessoa foram apagados a pedido dela: este descadastro não pode ser desfeito"},
	CodeWordTaken: {
		"this is understood already[, as {name}]",
		"isto já é entendido[, como {name}]"},
	CodeWordAsks: {
		"a question mark makes a message a question, and a question is never taken as a word",
		"o ponto de interrogação faz da mensagem uma pergunta, e pergunta nunca vale como palavra"},
	CodeWordPolite: {
		"people write this to be polite: choose a word that means nothing else",
		"isto se escreve por educação: escolha uma palavra que não queira dizer outra coisa"},
	CodeWordBuiltIn: {
		"this word is built in, and stays: people rely on it everywhere",
		"esta palavra já vem no sistema e não sai: as pessoas contam com ela em todo lugar"},
	CodeMayGoOut: {
		"a message to this person may still go out[, of campaign {campaign}]: try again[ after {until}]",
		"uma mensagem para esta pessoa ainda pode sair[, da campanha {campaign}]: tente de novo[ depois de {until}]"},
}

// badSchedule holds what package schedule says, which is English; the other
// sentences of a schedule's faults are told apart by its codes.
const badSchedule = "the schedule cannot be used[: {problem}]"
