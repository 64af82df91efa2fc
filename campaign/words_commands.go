package campaign

import "strings"

// What keeps a campaign open, or from being completed.
const (
	CodeKeptOpen   Code = "kept_open"
	CodePeopleLeft Code = "people_left"
)

var keptWords = map[Code]pair{
	CodeKeptOpen: {
		"everybody has been sent to, and the campaign is kept open for people who are added",
		"todos já foram atendidos, e a campanha fica aberta para quem for adicionado"},
	CodePeopleLeft: {
		"people are left who have not been sent to: pause or cancel the campaign, or wait",
		"ainda há pessoas a quem enviar: pause ou cancele a campanha, ou espere"},
}

// refusedWords say what cannot be done; %s stands for the campaign, as
// campaignWords names it by its status.
var refusedWords = map[Command]pair{
	CommandSchedule: {"the start of %s cannot be planned", "não dá para agendar %s"},
	CommandUnplan:   {"%s has no planned start to withdraw", "não dá para desfazer o agendamento de %s"},
	CommandStart:    {"%s cannot be started", "não dá para iniciar %s"},
	CommandPause:    {"%s cannot be paused", "não dá para pausar %s"},
	CommandResume:   {"%s cannot be resumed", "não dá para retomar %s"},
	CommandCancel:   {"%s cannot be cancelled", "não dá para cancelar %s"},
	CommandComplete: {"%s cannot be completed", "não dá para concluir %s"},
	CommandReopen:   {"%s cannot be reopened", "não dá para reabrir %s"},
	CommandEdit:     {"%s cannot be changed", "não dá para editar %s"},
	CommandAdd:      {"people cannot be added to %s", "não dá para adicionar pessoas a %s"},
	CommandLeaveOut: {"nobody can be left out of %s", "não dá para tirar pessoas de %s"},
	CommandDelete:   {"%s cannot be deleted", "não dá para excluir %s"},
}

var campaignWords = map[Status]pair{
	Drafted:   {"a draft", "uma campanha em rascunho"},
	Scheduled: {"a scheduled campaign", "uma campanha agendada"},
	Active:    {"a campaign that is sending", "uma campanha em andamento"},
	Paused:    {"a paused campaign", "uma campanha pausada"},
	Completed: {"a completed campaign", "uma campanha concluída"},
	Cancelled: {"a cancelled campaign", "uma campanha cancelada"},
}

// insteadWords say what leads to the same end, where something does.
var insteadWords = map[TransitionError]pair{
	{CommandAdd, Completed}:    {"reopen it in the same step (reopen, --reopen)", "reabra-a no mesmo passo (reopen, --reopen)"},
	{CommandAdd, Cancelled}:    {"make a copy of it", "faça uma cópia dela"},
	{CommandEdit, Active}:      {"pause it first", "pause-a antes"},
	{CommandEdit, Completed}:   {"make a copy of it", "faça uma cópia dela"},
	{CommandEdit, Cancelled}:   {"make a copy of it", "faça uma cópia dela"},
	{CommandDelete, Scheduled}: {"withdraw its start first", "desfaça antes o agendamento"},
	{CommandDelete, Active}:    {"cancel it first", "cancele-a antes"},
	{CommandDelete, Paused}:    {"cancel it first", "cancele-a antes"},
	{CommandUnplan, Active}:    {"it has begun: pause it", "ela já começou: pause-a"},
	{CommandStart, Active}:     {"it has been started already", "ela já foi iniciada"},
	{CommandStart, Paused}:     {"resume it", "retome-a"},
	{CommandStart, Completed}:  {"reopen it", "reabra-a"},
	{CommandStart, Cancelled}:  {"make a copy of it", "faça uma cópia dela"},
	{CommandResume, Drafted}:   {"start it", "inicie-a"},
	{CommandResume, Completed}: {"reopen it", "reabra-a"},
	{CommandReopen, Cancelled}: {"make a copy of it", "faça uma cópia dela"},
	{CommandPause, Scheduled}:  {"withdraw its start", "desfaça o agendamento"},
	{CommandComplete, Paused}:  {"resume it first", "retome-a antes"},
}

// Text says what cannot be done with which campaign, and what to do instead.
func (e *TransitionError) Text(l Language) string {
	text := strings.Replace(l.pick(refusedWords[e.Command]), "%s", l.pick(campaignWords[e.From]), 1)
	if p, ok := insteadWords[*e]; ok {
		text += ": " + l.pick(p)
	}
	return text
}
