package campaign

// The sentences of every code, in the form that Words describes. Nearly every
// argument stands in brackets: a reason may come from an older version, from
// another sender or from a test, and its sentence must still read well.
var reasonWords = gather(sendWords, keptWords, refusalWords, addedWords)

// gather puts maps together that share no code.
func gather(all ...map[Code]pair) map[Code]pair {
	sum := make(map[Code]pair)
	for _, m := range all {
		for c, p := range m {
			if _, twice := sum[c]; twice {
				panic("campaign: two sentences for the code " + c)
			}
			sum[c] = p
		}
	}
	return sum
}

// sendWords tell how a send ended, and why nothing goes out.
var sendWords = map[Code]pair{
	// Why a send ended as it did.
	CodeNotSent: {
		"nothing went out: the gateway could not be reached[ (status {status})]; it is tried again by itself",
		"nada foi enviado: não foi possível falar com o gateway[ (status {status})]; haverá nova tentativa automática"},
	CodeSlowDown: {
		"the gateway asks for fewer messages: the number rests[ until {until}]",
		"o gateway pediu menos mensagens: o número descansa[ até {until}]"},
	CodeSendLater: {
		"the gateway takes no message for this person yet; it is tried again by itself",
		"o gateway ainda não aceita mensagem para esta pessoa; haverá nova tentativa automática"},
	CodeLate: {
		"nothing went out: the send could not begin in time, and gets another turn",
		"nada foi enviado: o envio não pôde começar a tempo e terá outra vez"},
	CodeTakeLost: {
		"the database did not confirm that the message was reserved, so nothing was sent; it gets another turn",
		"o banco de dados não confirmou a reserva da mensagem, e por isso nada foi enviado; ela terá outra vez"},
	CodeLookupFailed: {
		"the gateway could not be asked what became of the message; it is asked again",
		"não foi possível perguntar ao gateway o que houve com a mensagem; ele será consultado de novo"},
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
	CodeLeftOut: {
		"a person has taken this one out of the campaign[: {note}]",
		"alguém tirou esta pessoa da campanha[: {note}]"},
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
		"WhatsApp took the message and reported an error later[ ({code})][: {why}]: it was not delivered",
		"o WhatsApp aceitou a mensagem e depois informou um erro[ ({code})][: {why}]: ela não foi entregue"},
	CodeAfterRestriction: {
		"WhatsApp refused the message because of the number, not because of this person[ ({code})][: {why}][; it is sent again when the number may send, from {until}][; another number of the campaign sends it again, and this one only from {since}]",
		"o WhatsApp recusou a mensagem por causa do número, e não desta pessoa[ ({code})][: {why}][; ela será enviada de novo quando o número puder enviar, a partir de {until}][; outro número da campanha a envia de novo, e este só a partir de {since}]"},
	CodeReturnsUsed: {
		"WhatsApp has refused the message[ {count} times] because of the number[ ({code})][: {why}]: it is not sent again; write to this person in a new campaign, by another number",
		"o WhatsApp recusou a mensagem[ {count} vezes] por causa do número[ ({code})][: {why}]: ela não será enviada de novo; escreva a esta pessoa numa nova campanha, por outro número"},
	CodeFailedAfterEnd: {
		"WhatsApp refused the message because of the number[ ({code})][: {why}], after the campaign had ended: write to this person in a new campaign",
		"o WhatsApp recusou a mensagem por causa do número[ ({code})][: {why}], depois que a campanha terminou: escreva a esta pessoa numa nova campanha"},
	CodeDuplicateID: {
		"the gateway answered with the id of another message, which proves nothing: look at the phone, then confirm it or order a resend",
		"o gateway respondeu com o identificador de outra mensagem, o que nada prova: confira no celular e então confirme ou peça o reenvio"},
	CodeEmptyText: {
		"the message has no visible text: write one",
		"a mensagem não tem texto visível: escreva um"},
	CodeTextTooLong: {
		"the text is too long[: it has {length} characters][, at most {max} are allowed]: shorten it",
		"o texto é longo demais[: tem {length} caracteres][, o máximo é {max}]: encurte-o"},
	CodeNoLookup: {
		"this gateway cannot be asked what became of the message: its own report settles it if one comes; else look at the phone, then confirm it or order a resend",
		"não há como perguntar a este gateway o que houve com a mensagem: um aviso dele ainda resolve, se vier; senão, confira no celular e então confirme ou peça o reenvio"},
	CodeNoTrace: {
		"the gateway has no record of the message, which does not prove that it did not go out: look at the phone, then confirm it or order a resend",
		"o gateway não tem registro da mensagem, o que não prova que ela não saiu: confira no celular e então confirme ou peça o reenvio"},

	CodeContradicted: {
		"a later proof contradicts the record[, which says: {was}][; the proof is {evidence}]",
		"uma prova posterior contradiz o registro[, que diz: {was}][; a prova é: {evidence}]"},

	// Why nothing goes out now.
	CodeStopped: {
		"all sending has been stopped[ by {by}][, since {at}][: {note}]; it goes on when somebody releases it",
		"todos os envios foram parados[ por {by}][, desde {at}][: {note}]; eles continuam quando alguém os liberar"},
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
	CodeRampNoDay: {
		"it caps nothing, since nobody has said which day is the number's first",
		"não limita nada, porque não foi dito qual é o primeiro dia do número"},
	CodeRampAhead: {
		"it caps nothing before the number's first day[, {since}]",
		"não limita nada antes do primeiro dia do número[, {since}]"},
	CodeRampOver: {
		"it is over[ since {since}]",
		"já terminou[, em {since}]"},
	CodeHeld: {
		"the number is held[: {why}][; it is tried again at {until}]",
		"o número está retido[: {why}][; nova tentativa em {until}]"},
	CodeRestricted: {
		"WhatsApp seems to restrict the number[: {errors} errors in a row]; it is held[ since {since}][; one message tries it at {until}]: let it rest, and write to people who know it",
		"o WhatsApp parece restringir o número[: {errors} erros seguidos]; ele está retido[ desde {since}][; uma mensagem o testa em {until}]: deixe-o descansar e escreva a quem já o conhece"},
	CodeColdHeld: {
		"the number sends only to people who know it[: {why}][, until {until}]",
		"o número só fala com quem já o conhece[: {why}][, até {until}]"},
	CodeColdRestricted: {
		"WhatsApp seems to restrict what the number sends to people who do not know it[: {errors} errors in a row][ since {since}][; one message tries it at {until}]: those who know it go on getting messages",
		"o WhatsApp parece restringir o que o número envia a quem não o conhece[: {errors} erros seguidos][ desde {since}][; uma mensagem o testa em {until}]: quem já o conhece continua recebendo"},
	CodeColdOpened: {
		"somebody who did not know the number got its message: it sends to everybody again",
		"uma pessoa que não conhecia o número recebeu a mensagem: ele voltou a falar com todos"},
	CodeUnacked: {
		"the gateway accepts messages of this number, but none arrives any more[: {count} without an acknowledgement]; it is held: look whether the phone is online, or pair it again",
		"o gateway aceita mensagens deste número, mas nenhuma chega mais[: {count} sem confirmação]; ele está retido: veja se o celular está on-line ou conecte-o de novo"},
	CodeNoDaemon: {
		"no daemon is alive to send: start one, and look at its log if it has ended by itself",
		"não há nenhum serviço de envio no ar: inicie um e, se ele parou sozinho, veja o log"},
	CodeClockUnsure: {
		"this machine's clock and the database's may be too far apart to send on time[: by up to {off}]: it is measured again by itself; check both clocks (NTP)",
		"o relógio desta máquina e o do banco de dados podem estar distantes demais para enviar na hora certa[: até {off}]: a medição se repete sozinha; confira os dois relógios (NTP)"},
	CodeGatewayDown: {
		"the gateway cannot be reached; it is tried again by itself: check that it runs and that its address is right",
		"o gateway não responde; a conexão será tentada de novo, sozinha: confira se ele está no ar e se o endereço está certo"},
	CodeRestored: {
		"the database was taken back to an earlier state, so people may have got messages that it does not know of[: {count} events are missing]: check, then resume",
		"o banco de dados voltou a um estado anterior, e pode haver mensagens enviadas que ele desconhece[: faltam {count} eventos]: confira e então retome"},
	CodeInFlight: {
		"the number is sending a message right now",
		"o número está enviando uma mensagem agora"},
	CodeNobodyDue: {
		"everybody who is left is waiting for another try[, the first at {until}][: {why}]",
		"todos os que faltam aguardam nova tentativa[, a primeira em {until}][: {why}]"},
	CodeNobodyLeft: {
		"nobody is left to send to",
		"não falta enviar a ninguém"},
	CodePostponed: {
		"this person is waiting for another try[, at {until}][: {why}]",
		"esta pessoa aguarda nova tentativa[, em {until}][: {why}]"},
	CodeUnderWay: {
		"the message to this person is being sent right now",
		"a mensagem para esta pessoa está sendo enviada agora"},
	CodeAlreadySent: {
		"this person has got the message[: it was sent at {at}]",
		"a mensagem para esta pessoa já foi enviada[: saiu em {at}]"},
	CodeVariablesFailed: {
		"the program failed when it filled a variable in[, {name}]: its log says how; when it is mended, resume the campaign",
		"o programa falhou ao preencher uma variável[, {name}]: o log dele mostra o erro; depois de corrigido, retome a campanha"},
	CodeRotationFailed: {
		"the program failed when it chose the message[, by the rotation {rotation}]: its log says how; when it is mended, resume the campaign",
		"o programa falhou ao escolher a mensagem[, pelo rodízio {rotation}]: o log dele mostra o erro; depois de corrigido, retome a campanha"},
	CodeWindowFailed: {
		"the program failed in the campaign's kind of schedule[, {kind}]: its log says how; when it is mended, resume the campaign",
		"o programa falhou no tipo de agenda da campanha[, {kind}]: o log dele mostra o erro; depois de corrigido, retome a campanha"},
	CodeReadyFailed: {
		"the program failed when it was asked whether it may send, and so nothing is sent: its log says how",
		"o programa falhou ao verificar se pode enviar, e por isso nada é enviado: o log dele mostra o erro"},
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

	CodeBeyondForecast: {
		"the forecast does not look further ahead[ than {until}]: more numbers, or a faster pace, end it sooner",
		"a previsão não olha mais adiante[ do que {until}]: com mais números, ou um ritmo mais rápido, termina antes"},
}

// Codes that only words and lint know besides codes.go.
const (
	// CodeOneBrace warns of a variable in single braces.
	CodeOneBrace Code = "template_one_brace"
	// CodeForeign warns of a variable as other tools write it: [nome], #NOME#.
	CodeForeign Code = "template_foreign"
	// CodeSpintax warns of a choice as other tools write it: {Oi|Olá}.
	CodeSpintax Code = "template_spintax"
	// CodeTypedEscape warns of \n and the like, typed as two characters.
	CodeTypedEscape Code = "template_typed_escape"
	// CodeDefaultIdle warns of the default of a variable that always has a value.
	CodeDefaultIdle Code = "template_default_idle"
	// CodeDefaultOdd warns of quotes around a default, or of a filter in its place.
	CodeDefaultOdd Code = "template_default_odd"
	// CodeDamaged warns of U+FFFD, which stands where a character was lost.
	CodeDamaged Code = "text_damaged"
	// CodeContradicted tells that a message that counted as unsent is proven
	// sent: "was" holds the Outcome that stood, "evidence" the Evidence.
	CodeContradicted Code = "record_contradicted"
)
