package campaign

// Names of states, events and commands. In Portuguese a campaign and a message
// are feminine, a number is masculine, and so are the endings.

var statusWords = map[Status]pair{
	Drafted:   {"draft", "rascunho"},
	Scheduled: {"scheduled", "agendada"},
	Active:    {"sending", "em andamento"},
	Paused:    {"paused", "pausada"},
	Completed: {"completed", "concluída"},
	Cancelled: {"cancelled", "cancelada"},
}

var stateWords = map[State]pair{
	Pending:   {"waiting", "na fila"},
	Sending:   {"being sent", "enviando"},
	Unknown:   {"not confirmed", "incerta"},
	Sent:      {"sent", "enviada"},
	Delivered: {"delivered", "entregue"},
	Read:      {"read", "lida"},
	Failed:    {"failed", "falhou"},
	Skipped:   {"left out", "de fora"},
	Dropped:   {"cancelled", "cancelada"},
}

var commandWords = map[Command]pair{
	CommandSchedule: {"Schedule", "Agendar"},
	CommandUnplan:   {"Back to draft", "Voltar para rascunho"},
	CommandStart:    {"Start", "Iniciar"},
	CommandPause:    {"Pause", "Pausar"},
	CommandResume:   {"Resume", "Retomar"},
	CommandCancel:   {"Cancel for good", "Cancelar de vez"},
	CommandComplete: {"Complete", "Concluir"},
	CommandReopen:   {"Reopen", "Reabrir"},
	CommandEdit:     {"Edit", "Editar"},
	CommandAdd:      {"Add people", "Adicionar pessoas"},
	CommandLeaveOut: {"Leave people out", "Tirar pessoas"},
	CommandDelete:   {"Delete", "Excluir"},
}

var causeWords = map[Cause]pair{
	ByUser:     {"by a person", "por uma pessoa"},
	BySystem:   {"by the system", "pelo sistema"},
	BySchedule: {"by the schedule", "pela agenda"},
	ByRestore:  {"after the database was restored", "após a restauração do banco de dados"},
}

var connectionWords = map[Connection]pair{
	ConnectionOpen:       {"connected", "conectado"},
	ConnectionConnecting: {"connecting", "conectando"},
	ConnectionClosed:     {"disconnected", "desconectado"},
	ConnectionUnknown:    {"not known", "desconhecido"},
}

var outcomeWords = map[Outcome]pair{
	OutcomeAccepted:     {"accepted", "aceita"},
	OutcomeNotSent:      {"not sent", "não saiu"},
	OutcomeRefused:      {"refused", "recusada"},
	OutcomeHeld:         {"held back by a fault of the number", "retida por falha do número"},
	OutcomeSlowed:       {"held back, the gateway wants a pause", "retida, o gateway pediu uma pausa"},
	OutcomeLate:         {"not begun in time", "não começou a tempo"},
	OutcomePostponed:    {"put off", "adiada"},
	OutcomeUnknown:      {"not confirmed", "incerta"},
	OutcomeNoTrace:      {"no trace at the gateway", "sem registro no gateway"},
	OutcomeMarkedUnsent: {"marked as not sent", "marcada como não enviada"},
	OutcomeResend:       {"sent again by order", "reenviada por ordem"},
}

var evidenceWords = map[Evidence]pair{
	ByAnswer:   {"the gateway's answer", "resposta do gateway"},
	ByRecord:   {"the gateway's record", "registro do gateway"},
	ByWebhook:  {"the gateway's notice", "aviso do gateway"},
	ByOperator: {"a person's word", "palavra de uma pessoa"},
}

var eventWords = map[EventType]pair{
	EventCampaignCreated:   {"campaign created", "campanha criada"},
	EventCampaignEdited:    {"campaign edited", "campanha editada"},
	EventCampaignAdded:     {"people added", "pessoas adicionadas"},
	EventCampaignLeftOut:   {"people left out", "pessoas tiradas da campanha"},
	EventCampaignScheduled: {"campaign scheduled", "campanha agendada"},
	EventCampaignUnplanned: {"schedule withdrawn", "agendamento desfeito"},
	EventCampaignStarted:   {"campaign started", "campanha iniciada"},
	EventCampaignPaused:    {"campaign paused", "campanha pausada"},
	EventCampaignResumed:   {"campaign resumed", "campanha retomada"},
	EventCampaignCompleted: {"campaign completed", "campanha concluída"},
	EventCampaignReopened:  {"campaign reopened", "campanha reaberta"},
	EventCampaignCancelled: {"campaign cancelled", "campanha cancelada"},
	EventCampaignDeleted:   {"campaign deleted", "campanha excluída"},

	EventTaken:        {"sending begun", "envio iniciado"},
	EventSent:         {"message sent", "mensagem enviada"},
	EventPostponed:    {"send postponed", "envio adiado"},
	EventRetry:        {"send will be tried again", "envio será tentado de novo"},
	EventFailed:       {"send failed", "envio falhou"},
	EventSkipped:      {"person left out", "pessoa de fora"},
	EventUnknown:      {"outcome lost", "resultado perdido"},
	EventInquired:     {"gateway asked about the outcome", "gateway consultado sobre o resultado"},
	EventReleased:     {"phone released", "telefone liberado"},
	EventResend:       {"resend ordered", "reenvio ordenado"},
	EventReturned:     {"message refused, person waits for another send", "mensagem recusada, pessoa aguarda novo envio"},
	EventDropped:      {"send cancelled", "envio cancelado"},
	EventDelivered:    {"message delivered", "mensagem entregue"},
	EventRead:         {"message read", "mensagem lida"},
	EventResponded:    {"person replied", "pessoa respondeu"},
	EventLeft:         {"person answered by opting out", "pessoa respondeu pedindo para não receber mais"},
	EventBeganLate:    {"send began late", "envio começou tarde"},
	EventContradicted: {"proof contradicts the record", "prova contradiz o registro"},

	EventInstanceAdded:     {"number added", "número adicionado"},
	EventInstanceEdited:    {"number edited", "número editado"},
	EventInstanceRemoved:   {"number removed", "número removido"},
	EventInstanceHeld:      {"number held", "número retido"},
	EventInstanceFreed:     {"number released", "número liberado"},
	EventInstanceColdHeld:  {"number writes only to those who know it", "número só escreve a quem o conhece"},
	EventInstanceColdFreed: {"number writes to everybody again", "número voltou a escrever a todos"},
	EventInstanceSlowed:    {"number slowed down", "número desacelerado"},
	EventInstanceState:     {"connection changed", "conexão mudou"},
	EventInstanceSuspended: {"number suspended", "número suspenso"},
	EventInstanceReports:   {"the gateway's webhook changed", "webhook do gateway mudou"},
	EventOptedOut:          {"person opted out", "pessoa pediu para sair"},
	EventOptedIn:           {"person opted in again", "pessoa voltou a aceitar"},
	EventErased:            {"person erased", "pessoa apagada"},
	EventCalendarChanged:   {"calendar changed", "calendário alterado"},
	EventStoppedAll:        {"everything stopped", "tudo parado"},
	EventResumedAll:        {"sends go on", "envios retomados"},

	EventTenantAdded:    {"customer added", "cliente adicionado"},
	EventTenantEdited:   {"customer edited", "cliente editado"},
	EventUserInvited:    {"user invited", "usuário convidado"},
	EventUserJoined:     {"user joined", "usuário entrou na equipe"},
	EventUserEdited:     {"user edited", "usuário editado"},
	EventUserDisabled:   {"user switched off", "usuário desativado"},
	EventUserEnabled:    {"user switched on", "usuário reativado"},
	EventUserRemoved:    {"user erased", "usuário removido"},
	EventPasswordSet:    {"password changed", "senha alterada"},
	EventSignedIn:       {"user signed in", "usuário entrou"},
	EventSignedOut:      {"user signed out", "usuário saiu"},
	EventSessionsEnded:  {"all sessions ended", "todas as sessões encerradas"},
	EventSignInLocked:   {"too many wrong passwords", "senhas erradas demais"},
	EventLinkMade:       {"link for a new password made", "link para nova senha criado"},
	EventLinkRevoked:    {"link revoked", "link revogado"},
	EventTokenAdded:     {"API token added", "token de API adicionado"},
	EventTokenRevoked:   {"API token revoked", "token de API revogado"},
	EventGatewayAdded:   {"gateway added", "gateway adicionado"},
	EventGatewayEdited:  {"gateway edited", "gateway editado"},
	EventGatewayRemoved: {"gateway removed", "gateway removido"},

	EventWebhookAdded:    {"webhook added", "webhook adicionado"},
	EventWebhookEdited:   {"webhook edited", "webhook editado"},
	EventWebhookRemoved:  {"webhook removed", "webhook removido"},
	EventWebhookDisabled: {"webhook switched off by itself", "webhook desativado automaticamente"},
	EventWebhookGivenUp:  {"an event was given up for a webhook", "webhook perdeu um evento"},

	EventWordAdded:       {"opt-out word added", "palavra de descadastro adicionada"},
	EventWordRemoved:     {"opt-out word removed", "palavra de descadastro removida"},
	EventReviewDismissed: {"message is no opt-out", "mensagem não é descadastro"},
}
