package campaign

// addedWords are those of codes that other packages give.
var addedWords = map[Code]pair{
	// What package gateway adds.
	"gateway_address_refused": {
		"this address is not one that is called for a customer[: {name} is {kind}][; if the gateway is the operator's own, allow it with {note}]",
		"este endereço não pode ser chamado por um cliente[: {name} é {kind}][; se o gateway é do próprio operador, libere com {note}]"},
	"gateway_url_invalid": {
		"this is not a gateway's address: write it like https://gateway.example, without a user, a query or a fragment",
		"isto não é o endereço de um gateway: escreva como https://gateway.example, sem usuário, consulta ou fragmento"},
	"gateway_key_invalid": {
		"the key holds a line break or another control character: copy it again",
		"a chave tem uma quebra de linha ou outro caractere de controle: copie de novo"},
	"gateway_profile_unknown": {
		"there is no such profile: choose v2.4.0, v2.3.7, v2.3.6, v2 or v1.8, or leave it out",
		"esse perfil não existe: escolha v2.4.0, v2.3.7, v2.3.6, v2 ou v1.8, ou deixe em branco"},

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
		"o gateway considera o número ou o texto inválido: corrija o contato ou a mensagem"},
	"gateway_refused": {
		"WhatsApp's business service refuses the message[ (status {status})]: see the log for its words",
		"o serviço comercial do WhatsApp recusou a mensagem[ (status {status})]: veja o motivo no registro"},
	"instance_unknown": {
		"the gateway has no instance of that name[: {instance}]: create it there, or correct the name",
		"o gateway não tem uma instância com esse nome[: {instance}]: crie-a ou corrija o nome"},
	"wrong_key": {
		"the gateway refuses the key: set the right one in its settings",
		"o gateway recusou a chave: informe a correta na configuração"},
	"gateway_forbidden": {
		"the key may not use this instance, or the name is taken: set another key or choose another name",
		"a chave não pode usar esta instância, ou o nome já existe: informe outra chave ou escolha outro nome"},
	"license_required": {
		"the gateway waits for its licence: activate it in its own pages",
		"o gateway aguarda a licença: ative-a nas páginas dele"},
	"disconnected": {
		"the number is not connected to WhatsApp: connect it, with a new QR code if need be",
		"o número não está conectado ao WhatsApp: conecte-o, com um novo QR code se preciso"},
	"rate_overlimit": {
		"WhatsApp refuses the number's requests for a while: let it rest, and send more slowly",
		"o WhatsApp está recusando os pedidos deste número por um tempo: deixe-o descansar e envie mais devagar"},
	"gateway_unknown": {
		"no gateway is set up for this number: enter its address and key",
		"não há gateway configurado para este número: informe o endereço e a chave"},
	"gateway_misconfigured": {
		"the gateway's address or key cannot be used: correct its settings",
		"o endereço ou a chave do gateway não pode ser usado: corrija a configuração"},
	"gateway_unreachable": {
		"the gateway cannot be reached: check its address and that it runs",
		"não foi possível alcançar o gateway: confira o endereço e se ele está no ar"},
	"too_late": {
		"nothing went out: the send could not begin in time, and gets another turn",
		"nada foi enviado: o envio não pôde começar a tempo e terá outra vez"},
	"no_answer": {
		"the gateway did not answer, and may have sent the message: look at the phone before you order a resend",
		"o gateway não respondeu e pode ter enviado a mensagem: confira no celular antes de pedir o reenvio"},
	"unclear_answer": {
		"the gateway's answer[ (status {status})] does not tell whether the message went out: look at the phone before you order a resend",
		"a resposta do gateway[ (status {status})] não diz se a mensagem saiu: confira no celular antes de pedir o reenvio"},
	"accepted_without_id": {
		"the gateway sent the message and did not say under which id: its record is being looked for, do not send it again",
		"o gateway enviou a mensagem e não disse com qual identificação: o registro dela está sendo procurado, não envie de novo"},
	"gateway_rejected": {
		"the gateway did not do what was asked[ (status {status})]: check its version and address",
		"o gateway não fez o que foi pedido[ (status {status})]: confira a versão e o endereço"},
}
