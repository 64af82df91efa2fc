package contact

// leaving is what a column that is a variable else says about who wants no
// messages. A row that says so is refused (ReasonLeft), and CSVOptions.Left is
// told. CSVOptions.Mapping makes the column a plain variable.
type leaving uint8

const (
	leavesNot leaving = iota
	leavesIfYes
	leavesIfNo
	leavesIfAny  // an instant, or who asked for it
	leavesByWord // a status
)

// Names of such columns, as other programs export them and people call them,
// compared by VarName; in Portuguese, English and Spanish.
const (
	leftYesNames = " descadastrado descadastrada descadastro descadastrou opt_out optout opted_out email_opt_out e_mail_opt_out " +
		"has_opted_out_of_email has_opted_out sms_opt_out whatsapp_opt_out marketing_opt_out optout_marketing unsubscribed " +
		"unsubscribe is_unsubscribed do_not_contact do_not_call do_not_text dnc donotcontact blocklisted blacklisted " +
		"nao_enviar nao_enviar_mensagens nao_enviar_mensagem nao_perturbe nao_contatar nao_quer_receber_mensagens " +
		"nao_deseja_receber_mensagens saiu_da_lista pediu_para_sair lista_negra " +
		"no_contactar no_enviar no_molestar dado_de_baja dada_de_baja baja cancelo_suscripcion "
	leftNoNames = " aceita_receber aceita_receber_mensagens aceita_receber_mensagem aceita_receber_whatsapp aceita_whatsapp aceita_mensagens " +
		"aceita_contato aceita_marketing aceita_promocoes aceita_receber_promocoes aceita_receber_ofertas aceita_comunicacao " +
		"aceita_receber_comunicacoes aceita_receber_novidades autoriza_contato autoriza_mensagens autoriza_receber_mensagens " +
		"autoriza_whatsapp autoriza_envio deseja_receber_mensagens deseja_receber quer_receber quer_receber_mensagens " +
		"permite_contato permite_mensagens receber_mensagens recebe_mensagens recebe_promocoes recebe_marketing inscrito inscrita " +
		"opted_in is_opted_in whatsapp_opt_in whatsapp_optin sms_opt_in marketing_opt_in email_opt_in allow_broadcast allow_campaign " +
		"accepts_marketing accepts_sms_marketing accepts_email_marketing accepts_messages subscribed is_subscribed " +
		"acepta_recibir_mensajes acepta_mensajes acepta_marketing acepta_publicidad suscrito suscrita "
	leftAnyNames = " descadastrado_em data_descadastro data_do_descadastro data_de_descadastro motivo_descadastro motivo_do_descadastro " +
		"unsubscribed_at unsubscribe_date unsubscribe_time unsub_time unsub_date unsubscribe_reason optout_date opt_out_date opted_out_at opt_out_time opt_out_reason " +
		"fecha_de_baja fecha_baja motivo_de_baja "
	leftStatusNames = " status situacao estado state subscription_status subscriber_status status_da_inscricao status_inscricao " +
		"status_do_contato status_contato contact_status email_status opt_in_status optin_status marketing_status " +
		"email_marketing_status sms_marketing_status status_whatsapp estado_de_suscripcion "
	// What a status says. "Cancelado" counts only where the name of the column
	// says that it is about messages: elsewhere it is an order's.
	leftWords = " unsubscribed unsubscribe blocklisted blacklisted opted_out optout opt_out optedout complained descadastrado descadastrada " +
		"removido_da_lista nao_quer_receber bloqueou dado_de_baja dada_de_baja no_molestar do_not_contact "
	leftInscriptionWords = " cancelado cancelada cancelled canceled bloqueado bloqueada blocked removido removida removed inativo inativa inactive baja cancelled_subscription "
)

// leavingOf is what a column of this name says, in the form of VarName.
func leavingOf(name string) leaving {
	switch {
	case name == "":
	case among(name, leftYesNames):
		return leavesIfYes
	case among(name, leftNoNames):
		return leavesIfNo
	case among(name, leftAnyNames):
		return leavesIfAny
	case among(name, leftStatusNames):
		return leavesByWord
	}
	return leavesNot
}

// left reports whether a cell of the column, which is not empty, says that the
// person wants no messages.
func (c *column) left(cell string) bool {
	said, no := yesNo(cell)
	switch c.leaving {
	case leavesIfYes:
		return said && !no || among(VarName(cell), leftWords)
	case leavesIfNo:
		return said && no || among(VarName(cell), leftWords)
	case leavesIfAny:
		return !said || !no
	case leavesByWord:
		word := VarName(cell)
		return among(word, leftWords) ||
			!among(VarName(c.Name), " status situacao estado state ") && among(word, leftInscriptionWords)
	}
	return false
}

// tellLeft tells who handed in the file of a row that says that its person wants
// no messages.
func (c *CSV) tellLeft(line int, p Phone, at int) error {
	if c.o.Left == nil {
		return nil
	}
	return c.o.Left(Left{Line: line, Phone: p, Column: c.columns[at].title()})
}

// Left is a row that says that its person wants no messages.
type Left struct {
	Line   int // as in TableRow
	Phone  Phone
	Column string // what says so
}
