package campaign

// The sentences of every code, in the form that Words describes. Nearly every
// argument stands in brackets: a reason may come from an older version, from
// another sender or from a test, and its sentence must still read well.
var reasonWords = map[Code]pair{
	// Why a send ended as it did.
	CodeNotSent: {
		"nothing went out: the gateway could not be reached[ (status {status})]; it is tried again by itself",
		"nada foi enviado: não foi possível falar com o servidor[ (status {status})]; haverá nova tentativa automática"},
	CodeSlowDown: {
		"the gateway asks for fewer messages: the number rests[ until {until}]",
		"o servidor pediu menos mensagens: o número descansa[ até {until}]"},
	CodeLate: {
		"nothing went out: the send could not begin in time, and gets another turn",
		"nada foi enviado: o envio não pôde começar a tempo e terá outra vez"},
	CodeTakeLost: {
		"the database did not confirm that the message was reserved, so nothing was sent; it gets another turn",
		"o banco de dados não confirmou a reserva da mensagem, e por isso nada foi enviado; ela terá outra vez"},
	CodeLookupFailed: {
		"the gateway could not be asked what became of the message; it is asked again",
		"não foi possível perguntar ao servidor o que houve com a mensagem; ele será consultado de novo"},
	CodeUnknownOutcome: {
		"nobody knows whether the message went out; it is not sent again by itself: look at the phone, then confirm it or order a resend",
		"não se sabe se a mensagem saiu; ela não é reenviada sozinha: confira no celular e então confirme ou peça o reenvio"},
	CodeSwept: {
		"the program stopped while the message was on its way, so nobody knows whether it went out: look at the phone, then confirm it or order a resend",
		"o programa parou durante o envio, e não se sabe se a mensagem saiu: confira no celular e então confirme ou peça o reenvio"},
	CodeBeganLate: {
		"the program was held up, and the message left later than it should have: the phone is kept free for longer",
		"o programa ficou parado e a mensagem saiu mais tarde do que devia: o telefone fica reservado por mais tempo"},
	CodePhoneBusy: {
		"another message to this phone is on its way; this one follows by itself",
		"outra mensagem para este telefone está sendo enviada; esta vai em seguida, sozinha"},
	CodeLockDown: {
		"the lock service does not answer, and nothing is sent without it: check that it runs",
		"o serviço de travas não responde, e sem ele nada é enviado: verifique se está no ar"},
	CodeRetriesUsed: {
		"every try failed and nothing went out[; the last time: {why}]",
		"todas as tentativas falharam e nada foi enviado[; na última: {why}]"},
	CodeOptedOut: {
		"this person has asked to get no more messages",
		"esta pessoa pediu para não receber mais mensagens"},
	CodeErased: {
		"this person was erased, at their own request",
		"esta pessoa foi apagada, a pedido dela"},
	CodeEnded: {
		"the campaign ended before this message could be sent[; the last time: {why}]",
		"a campanha terminou antes que esta mensagem pudesse ser enviada[; na última vez: {why}]"},
	CodeMarkedSent: {
		"a person has confirmed that the message went out[: {note}]",
		"uma pessoa confirmou que a mensagem saiu[: {note}]"},
	CodeMarkedUnsent: {
		"a person has stated that the message did not go out[: {note}]",
		"uma pessoa declarou que a mensagem não saiu[: {note}]"},
	CodeResend: {
		"the message is sent once more, by order[: {note}]",
		"a mensagem é enviada mais uma vez, por ordem[: {note}]"},
	CodeProviderError: {
		"WhatsApp took the message and reported an error later: it was not delivered",
		"o WhatsApp aceitou a mensagem e depois informou um erro: ela não foi entregue"},
	CodeDuplicateID: {
		"the gateway answered with the id of another message, which proves nothing: look at the phone, then confirm it or order a resend",
		"o servidor respondeu com o identificador de outra mensagem, o que nada prova: confira no celular e então confirme ou peça o reenvio"},
	CodeEmptyText: {
		"the message has no visible text: write one",
		"a mensagem não tem texto visível: escreva um"},
	CodeTextTooLong: {
		"the text is too long[: it has {length} bytes][, at most {max} are allowed; accents and emoji count double and more]: shorten it",
		"o texto é longo demais[: tem {length} bytes][, o máximo é {max}; acentos e emojis contam em dobro ou mais]: encurte-o"},
	CodeNoTrace: {
		"the gateway has no record of the message, which does not prove that it did not go out: look at the phone, then confirm it or order a resend",
		"o servidor não tem registro da mensagem, o que não prova que ela não saiu: confira no celular e então confirme ou peça o reenvio"},

	CodeContradicted: {
		"a later proof contradicts the record[, which says: {was}][; the proof is {evidence}]",
		"uma prova posterior contradiz o registro[, que diz: {was}][; a prova é: {evidence}]"},

	// Why nothing goes out now.
	CodeStopped: {
		"all sending has been stopped[ by {by}][: {note}]; it goes on when somebody releases it",
		"todos os envios foram parados[ por {by}][: {note}]; eles continuam quando alguém os liberar"},
	CodeNotActive: {
		"the campaign is not sending[: {status}]",
		"a campanha não está enviando[: {status}]"},
	CodeBeforeStart: {
		"the campaign has not begun[: it starts at {until}]",
		"a campanha ainda não começou[: inicia em {until}]"},
	CodeAfterEnd: {
		"the campaign's end has passed[: {end}]; set a later end to go on",
		"a data final da campanha já passou[: {end}]; defina outra mais tarde para continuar"},
	CodeWindow: {
		"outside the campaign's hours[, until {until}]",
		"fora do horário da campanha[, até {until}]"},
	CodeWindowNever: {
		"the campaign's hours never open again: change the schedule",
		"o horário da campanha nunca mais abre: altere a agenda"},
	CodeHoliday: {
		"today is a holiday[: {name}][; it goes on at {until}]",
		"hoje é feriado[: {name}][; continua em {until}]"},
	CodeWeekend: {
		"nothing is sent on the weekend[; it goes on at {until}]",
		"não há envios no fim de semana[; continua em {until}]"},
	CodeHours: {
		"outside the hours of sending[; it goes on at {until}]",
		"fora do horário de envio[; continua em {until}]"},
	CodeGap: {
		"the number rests between two messages[, until {until}]",
		"o número descansa entre duas mensagens[, até {until}]"},
	CodePerHour: {
		"the number has sent its messages of this hour[: {cap}][; it goes on at {until}]",
		"o número já enviou o limite desta hora[: {cap}][; continua em {until}]"},
	CodePerDay: {
		"the number has sent its messages of today[: {cap}][; it goes on at {until}]",
		"o número já enviou o limite de hoje[: {cap}][; continua em {until}]"},
	CodeRamp: {
		"the number is young and has sent what is safe for today[: {cap}][; it goes on at {until}]",
		"o número é novo e já enviou o que é seguro por hoje[: {cap}][; continua em {until}]"},
	CodeHeld: {
		"the number is held[: {why}][; it is tried again at {until}]",
		"o número está retido[: {why}][; nova tentativa em {until}]"},
	CodeRestricted: {
		"WhatsApp seems to restrict the number[: {errors} errors in a row]; it is held[ until {until}]: let it rest, and write to people who know it",
		"o WhatsApp parece restringir o número[: {errors} erros seguidos]; ele fica retido[ até {until}]: deixe-o descansar e escreva a quem já o conhece"},
	CodeUnacked: {
		"the gateway accepts messages of this number, but none arrives any more[: {count} without an acknowledgement]; it is held: look whether the phone is online, or pair it again",
		"o servidor aceita mensagens deste número, mas nenhuma chega mais[: {count} sem confirmação]; ele está retido: veja se o celular está on-line ou conecte-o de novo"},
	CodeNoDaemon: {
		"no daemon is alive to send: start one, and look at its log if it has ended by itself",
		"não há nenhum serviço de envio no ar: inicie um e, se ele parou sozinho, veja o log"},
	CodeClockUnsure: {
		"this machine's clock and the database's may be too far apart to send on time[: by up to {off}]: it is measured again by itself; check both clocks (NTP)",
		"o relógio desta máquina e o do banco de dados podem estar distantes demais para enviar na hora certa[: até {off}]: a medição se repete sozinha; confira os dois relógios (NTP)"},
	CodeGatewayDown: {
		"the gateway cannot be reached; it is tried again by itself: check that it runs and that its address is right",
		"o servidor não responde; a conexão será tentada de novo, sozinha: confira se ele está no ar e se o endereço está certo"},
	CodeRestored: {
		"the database was taken back to an earlier state, so people may have got messages that it does not know of[: {count} events are missing]: check, then resume",
		"o banco de dados voltou a um estado anterior, e pode haver mensagens enviadas que ele desconhece[: faltam {count} eventos]: confira e então retome"},
	CodeInFlight: {
		"the number is sending a message right now",
		"o número está enviando uma mensagem agora"},
	CodeNobodyDue: {
		"everybody who is left is waiting for another try[, the first at {until}]",
		"todos os que faltam aguardam nova tentativa[, a primeira em {until}]"},
	CodeNobodyLeft: {
		"nobody is left to send to",
		"não falta enviar a ninguém"},
	CodeKindUnknown: {
		"this program does not know the campaign's kind of schedule[, {kind}]: choose another, or start the program that has it",
		"este programa não conhece o tipo de agenda da campanha[, {kind}]: escolha outro ou inicie o programa que o tem"},
	CodeRotation: {
		"this program does not know the campaign's rotation of messages[, {rotation}]: choose another, or start the program that has it",
		"este programa não conhece o rodízio de mensagens da campanha[, {rotation}]: escolha outro ou inicie o programa que o tem"},
	CodeBadSchedule: {
		badSchedule, "a agenda não pode ser usada[: {problem}]"},
	CodeBadSchedule + ".out_of_range": {
		badSchedule, "a agenda tem um horário que não existe: use horas de 00:00 a 24:00"},
	CodeBadSchedule + ".reversed": {
		badSchedule, "na agenda, um período termina antes de começar: corrija o início ou o fim"},
	CodeBadSchedule + ".crossing": {
		badSchedule, "na agenda, dois períodos do mesmo dia se sobrepõem: junte-os ou separe-os"},
	CodeBadSchedule + ".too_many": {
		badSchedule, "a agenda tem períodos demais em um dia: junte alguns"},
	CodeBadSchedule + ".never_opens": {
		badSchedule, "com essa agenda nunca há horário de envio: inclua ao menos um período em um dia que não fique de fora"},
	CodeBadSchedule + ".unknown_zone": {
		badSchedule, "esse fuso horário não existe: escreva um como America/Sao_Paulo"},
	CodeBadSchedule + ".unknown_kind": {
		badSchedule, "esse tipo de agenda não existe: escolha outro"},
	CodeBadSchedule + ".not_for_kind": {
		badSchedule, "este campo não serve para o tipo de agenda escolhido: deixe-o vazio ou escolha o tipo personalizado"},
	CodeBadSchedule + ".bad_params": {
		badSchedule, "os parâmetros da agenda não podem ser usados[: {problem}]"},
	CodeBadSchedule + ".bad_policy": {
		badSchedule, "a regra para um início perdido não é válida: escolha iniciar, aguardar ou pular, com um prazo que não seja negativo"},
	CodeBadSchedule + ".cannot_build": {
		badSchedule, "os horários da agenda não podem ser montados[: {problem}]"},
	CodeBadTemplate: {
		"a message cannot be used[: number {message}][: {problem}]: correct its text",
		"uma mensagem não pode ser usada[: número {message}][: {problem}]: corrija o texto"},
	CodeDisconnected: {
		"the number is not connected to WhatsApp[: {instance}]: connect it, with a new QR code if need be",
		"o número não está conectado ao WhatsApp[: {instance}]: conecte-o, com um novo QR code se preciso"},

	// Why a draft, an instance or a start is refused.
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
	CodeEndPast: {
		"the end has already passed[: {end}]: choose a later one",
		"o fim já passou[: {end}]: escolha outro mais tarde"},
	CodeNoMessages: {
		"no message is switched on: write one, or switch one on",
		"nenhuma mensagem está ligada: escreva ou ligue uma"},
	CodeNoAudience: {
		"the campaign has nobody to write to: add people",
		"a campanha não tem destinatários: adicione pessoas"},
	CodeNoInstance: {
		"the campaign has no number to send from: choose one",
		"a campanha não tem um número para enviar: escolha um"},
	CodeInstanceGone: {
		"the chosen number does not exist any more[: {instance}]: choose another",
		"o número escolhido não existe mais[: {instance}]: escolha outro"},
	CodeInstanceBusy: {
		"the number[ {instance}] is sending for another campaign[: {campaign}]: pause or cancel that one, or choose another number",
		"o número[ {instance}] está enviando outra campanha[: {campaign}]: pause ou cancele aquela, ou escolha outro número"},
	CodeDuplicate: {
		"this exists already: choose another, or leave one out",
		"isto já existe: escolha outro, ou deixe um só"},
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
	CodeBadRole: {
		"there is no such role: choose viewer, operator or admin",
		"esse papel não existe: escolha viewer, operator ou admin"},
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
		"o servidor ainda pode executar o envio[ até {until}]: decida depois disso"},
	CodeOutcomeKnown: {
		"the outcome of this send is known by now: there is nothing to decide",
		"já se sabe o que houve com este envio: não há o que decidir"},
	CodeReopenFirst: {
		"the campaign has ended: reopen it before a resend",
		"a campanha terminou: reabra-a antes de reenviar"},
	CodeMayGoOut: {
		"a message to this person may still go out[, of campaign {campaign}]: try again[ after {until}]",
		"uma mensagem para esta pessoa ainda pode sair[, da campanha {campaign}]: tente de novo[ depois de {until}]"},

	// What package gateway adds.
	"gateway_address_refused": {
		"this address is not one that is called for a customer[: {name} is {kind}][; if the gateway is the operator's own, allow it with {note}]",
		"este endereço não pode ser chamado por um cliente[: {name} é {kind}][; se o servidor é do próprio operador, libere com {note}]"},
	"gateway_url_invalid": {
		"this is not a gateway's address: write it like https://gateway.example, without a user, a query or a fragment",
		"isto não é o endereço de um servidor: escreva como https://gateway.example, sem usuário, consulta ou fragmento"},
	"gateway_key_invalid": {
		"the key holds a line break or another control character: copy it again",
		"a chave tem uma quebra de linha ou outro caractere de controle: copie de novo"},
	"gateway_profile_unknown": {
		"there is no such profile: choose v2.3.6, v2 or v1.8, or leave it out",
		"esse perfil não existe: escolha v2.3.6, v2 ou v1.8, ou deixe em branco"},

	// What package hook adds.
	"webhook_answered": {
		"the receiver did not accept the message[ (status {status})]: its own log says why",
		"o destino não aceitou a mensagem[ (status {status})]: o log dele diz por quê"},
	"webhook_redirects": {
		"the receiver answers with a redirect[ (status {status})], which is not followed: set the address that it leads to",
		"o destino responde com um redirecionamento[ (status {status})], que não é seguido: informe o endereço final"},
	"webhook_unreachable": {
		"the receiver cannot be reached",
		"não foi possível alcançar o destino"},
	"webhook_slow": {
		"the receiver took too long: it should answer at once and work afterwards",
		"o destino demorou demais: ele deve responder logo e trabalhar depois"},
	"webhook_certificate": {
		"the receiver's certificate is not valid for its address",
		"o certificado do destino não vale para o endereço dele"},
	"webhook_address_refused": {
		"this address is not one that is called for a customer[: {name} is {kind}][; if the receiver is the operator's own, allow it with {note}]",
		"este endereço não pode ser chamado por um cliente[: {name} é {kind}][; se o destino é do próprio operador, libere com {note}]"},
	"webhook_secret_unreadable": {
		"the webhook's secret cannot be read: give it a new one",
		"o segredo do webhook não pode ser lido: gere um novo"},
	"webhook_gone": {
		"the receiver of the webhook[ {id}] answered that it is gone for good (410)",
		"o destino do webhook[ {id}] respondeu que não existe mais (410)"},
	"webhook_failing": {
		"the webhook[ {id}] has accepted nothing for days[, in {count} tries][: {why}]",
		"o webhook[ {id}] não aceitou nada durante dias[, em {count} tentativas][: {why}]"},
	"webhook_given_up": {
		"the webhook[ {id}] has refused one event for days[, in {count} tries][: {why}]",
		"o webhook[ {id}] recusou um evento durante dias[, em {count} tentativas][: {why}]"},
	"webhook_url_invalid": {
		"this is not an address that can be called: write it like https://shop.example/hooks, without a user or a fragment",
		"isto não é um endereço que possa ser chamado: escreva como https://loja.example/hooks, sem usuário nem fragmento"},
	"webhook_type_unknown": {
		"there is no such type of event[ as {name}]: write one like campaign.completed, or recipient.* for all of a kind",
		"esse tipo de evento não existe[: {name}]; escreva um como campaign.completed, ou recipient.* para todos de um gênero"},

	// What the sender of package evolution adds.
	"not_on_whatsapp": {
		"this number is not on WhatsApp: correct it or remove the contact",
		"este número não está no WhatsApp: corrija-o ou remova o contato"},
	"invalid_message": {
		"the gateway finds the number or the text unfit: correct the contact or the message",
		"o servidor considera o número ou o texto inválido: corrija o contato ou a mensagem"},
	"gateway_refused": {
		"WhatsApp's business service refuses the message[ (status {status})]: see the log for its words",
		"o serviço comercial do WhatsApp recusou a mensagem[ (status {status})]: veja o motivo no registro"},
	"instance_unknown": {
		"the gateway has no instance of that name[: {instance}]: create it there, or correct the name",
		"o servidor não tem uma instância com esse nome[: {instance}]: crie-a ou corrija o nome"},
	"wrong_key": {
		"the gateway refuses the key: set the right one in its settings",
		"o servidor recusou a chave: informe a correta na configuração"},
	"gateway_forbidden": {
		"the key may not use this instance, or the name is taken: set another key or choose another name",
		"a chave não pode usar esta instância, ou o nome já existe: informe outra chave ou escolha outro nome"},
	"license_required": {
		"the gateway waits for its licence: activate it in its own pages",
		"o servidor aguarda a licença: ative-a nas páginas dele"},
	"disconnected": {
		"the number is not connected to WhatsApp: connect it, with a new QR code if need be",
		"o número não está conectado ao WhatsApp: conecte-o, com um novo QR code se preciso"},
	"rate_overlimit": {
		"WhatsApp refuses the number's requests for a while: let it rest, and send more slowly",
		"o WhatsApp está recusando os pedidos deste número por um tempo: deixe-o descansar e envie mais devagar"},
	"gateway_unknown": {
		"no gateway is set up for this number: enter its address and key",
		"não há servidor configurado para este número: informe o endereço e a chave"},
	"gateway_misconfigured": {
		"the gateway's address or key cannot be used: correct its settings",
		"o endereço ou a chave do servidor não pode ser usado: corrija a configuração"},
	"gateway_unreachable": {
		"the gateway cannot be reached: check its address and that it runs",
		"não foi possível alcançar o servidor: confira o endereço e se ele está no ar"},
	"too_late": {
		"nothing went out: the send could not begin in time, and gets another turn",
		"nada foi enviado: o envio não pôde começar a tempo e terá outra vez"},
	"no_answer": {
		"the gateway did not answer, and may have sent the message: look at the phone before you order a resend",
		"o servidor não respondeu e pode ter enviado a mensagem: confira no celular antes de pedir o reenvio"},
	"unclear_answer": {
		"the gateway's answer[ (status {status})] does not tell whether the message went out: look at the phone before you order a resend",
		"a resposta do servidor[ (status {status})] não diz se a mensagem saiu: confira no celular antes de pedir o reenvio"},
	"gateway_rejected": {
		"the gateway did not do what was asked[ (status {status})]: check its version and address",
		"o servidor não fez o que foi pedido[ (status {status})]: confira a versão e o endereço"},
}

// badSchedule holds what package schedule says, which is English; the other
// sentences of a schedule's faults are told apart by its codes.
const badSchedule = "the schedule cannot be used[: {problem}]"

// Codes that only words and lint know besides codes.go.
const (
	// CodeOneBrace warns of a variable in single braces.
	CodeOneBrace Code = "template_one_brace"
	// CodeContradicted tells that a message that counted as unsent is proven
	// sent: "was" holds the Outcome that stood, "evidence" the Evidence.
	CodeContradicted Code = "record_contradicted"
)
