package control

import (
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/schedule"
)

// Codes of problems that only this surface has.
const (
	codeNoRoute     campaign.Code = "no_such_route"
	codeBadMethod   campaign.Code = "method_not_allowed"
	codeBadQuery    campaign.Code = "query_malformed"
	codeInternal    campaign.Code = "internal_error"
	codeUnavailable campaign.Code = "unavailable"
	codeCrowded     campaign.Code = "too_many_requests"
	codeTooOften    campaign.Code = "asked_too_often"
	codeMissingPart campaign.Code = "not_configured"
	codeNoCaller    campaign.Code = "not_authenticated"
	codeLinkSpent   campaign.Code = "link_spent"
	codeForbidden   campaign.Code = "forbidden"
	codeNotFound    campaign.Code = "not_found"
	codeStatus      campaign.Code = "wrong_status"
	codeDuplicate   campaign.Code = "exists_already"
	codeStale       campaign.Code = "changed_meanwhile"
	codeConflict    campaign.Code = "not_possible_now"
	codeInvalid     campaign.Code = "invalid"
	codeObstacles   campaign.Code = "cannot_start"
	codeComputed    campaign.Code = "computed_holiday"

	codeElsewhere     campaign.Code = "file_elsewhere"
	codeGone          campaign.Code = "file_removed"
	codeAskConsent    campaign.Code = "consent_missing"
	codeWrongPassword campaign.Code = "wrong_password"
	codeExpired       campaign.Code = "session_expired"
	codeLocked        campaign.Code = "too_many_wrong_passwords"
	codeLastAdmin     campaign.Code = "last_admin"
	codeNoTenant      campaign.Code = "no_such_tenant"
	codeWhichTenant   campaign.Code = "tenant_not_named"
	codeBegun         campaign.Code = "has_users_already"

	codeNotJSON      campaign.Code = "body_not_json"
	codeNotText      campaign.Code = "body_not_utf8"
	codeNoBody       campaign.Code = "body_missing"
	codeBodyLarge    campaign.Code = "body_too_large"
	codeBodySlow     campaign.Code = "body_too_slow"
	codeBodyCut      campaign.Code = "body_incomplete"
	codeContentType  campaign.Code = "content_type_unknown"
	codeUnknownField campaign.Code = "unknown_field"
	codeWrongType    campaign.Code = "wrong_type"
	codeNotOneOf     campaign.Code = "not_one_of"
	codeTooSmall     campaign.Code = "too_small"
	codeTooShort     campaign.Code = "too_short"
	codeNotATime     campaign.Code = "not_a_time"
	codeNotADate     campaign.Code = "not_a_date"
	codeTwoWays      campaign.Code = "said_twice"

	// reportsCode begins the codes of the states of Reports.
	reportsCode campaign.Code = "reports_"

	codeKeyUsed    campaign.Code = "idempotency_key_reused"
	codeKeyBusy    campaign.Code = "idempotency_in_progress"
	codeKeyLost    campaign.Code = "idempotency_outcome_unknown"
	codeKeySecret  campaign.Code = "idempotency_answer_secret"
	codeKeyInvalid campaign.Code = "idempotency_key_invalid"
)

type pair struct{ en, pt string }

var ownWords = map[campaign.Code]pair{
	codeNoRoute:     {"there is nothing at this address", "não há nada neste endereço"},
	codeBadMethod:   {"this address does not take the method[; it takes {allowed}]", "este endereço não aceita o método[; aceita {allowed}]"},
	codeBadQuery:    {"the query of the address is malformed", "os parâmetros do endereço estão malformados"},
	codeInternal:    {"something went wrong here and was written to the log: report the request_id", "algo deu errado aqui e foi registrado no log: informe o request_id"},
	codeUnavailable: {"the service cannot answer at the moment: try again", "o serviço não pode responder no momento: tente de novo"},
	codeCrowded:     {"too many requests are being worked on: try again in a moment", "há requisições demais em andamento: tente de novo em instantes"},
	codeTooOften:    {"too many requests in a short time[: try again in {seconds} s]", "requisições demais em pouco tempo[: tente de novo em {seconds} s]"},
	codeMissingPart: {"this installation has no {part}", "esta instalação não tem {part}"},
	codeNoCaller:    {"log in first, or send a valid token", "entre primeiro, ou envie um token válido"},
	codeForbidden:   {"your role does not allow this", "o seu perfil não permite isto"},
	codeNotFound:    {"there is no such thing here", "isto não existe aqui"},
	codeStatus:      {"this is not possible while the campaign is {status}", "isto não é possível com a campanha {status}"}, // see campaign.TransitionError.Text
	codeDuplicate:   {"another record has this {field}[: number {id}]", "já existe um registro com o mesmo {field}[ (nº {id})]"},
	codeStale:       {"it was changed meanwhile: read it again and repeat the change", "foi alterado nesse meio-tempo: leia de novo e repita a alteração"},
	codeConflict:    {"this is not possible now", "isto não é possível agora"},
	codeInvalid:     {"some fields are not right: see errors", "há campos inválidos: veja errors"},
	codeObstacles:   {"the campaign cannot start yet: see errors", "a campanha ainda não pode começar: veja errors"},

	codeComputed: {"this day is computed from the law: choose states and optional days in the calendar instead", "este dia é calculado a partir da lei: escolha estados e pontos facultativos no calendário"},

	codeElsewhere:     {"the file lies on another machine of this installation: ask there", "o arquivo está em outra máquina desta instalação: pergunte lá"},
	codeGone:          {"the file has been removed, since its time was over: hand it in again", "o arquivo foi removido porque o prazo acabou: envie-o de novo"},
	codeAskConsent:    {"say where the people's consent comes from (consent), or the legal basis (legal_basis)", "informe de onde vem o consentimento das pessoas (consent), ou a base legal (legal_basis)"},
	codeWrongPassword: {"the e-mail address or the password is wrong", "o e-mail ou a senha está errado"},
	codeExpired:       {"the session, token or link has expired: log in again, or ask for another one", "a sessão, o token ou o link expirou: entre de novo, ou peça outro"},
	codeLinkSpent:     {"this link has been used, has expired or is not whole: ask who sent it for another one", "este link já foi usado, venceu ou está incompleto: peça outro a quem o enviou"},
	codeLocked:        {"too many wrong passwords[: try again after {until}]", "senhas erradas demais[: tente de novo depois de {until}]"},
	codeLastAdmin:     {"the tenant would be left without an administrator: name another one first", "a conta ficaria sem administrador: nomeie outro antes"},
	codeNoTenant:      {"there is no such tenant[: {name}][; did you mean {near}?][ There are: {known}]", "não há este cliente[: {name}][; você quis dizer {near}?][ Há: {known}]"},
	codeWhichTenant:   {"there are several tenants: say which one is meant[: {known}]", "há vários clientes: diga qual deles[: {known}]"},
	codeBegun:         {"there are users already, who can invite others; a lost password is renewed for its user", "já há usuários, que podem convidar outros; uma senha perdida é renovada para o seu usuário"},

	codeNotJSON: {"the body is not JSON", "o corpo não é JSON"},
	codeNotText: {"the body has bytes that are no characters, or half a character: send it in UTF-8",
		"o corpo tem bytes que não são caracteres, ou metade de um caractere: envie-o em UTF-8"},
	codeNoBody:       {"the request needs a body", "a requisição precisa de um corpo"},
	codeBodyLarge:    {"the body is too large[: at most {max} bytes]", "o corpo é grande demais[: no máximo {max} bytes]"},
	codeBodySlow:     {"the body took too long to arrive", "o corpo demorou demais para chegar"},
	codeBodyCut:      {"the body did not arrive as a whole", "o corpo não chegou inteiro"},
	codeContentType:  {"send the body as application/json", "envie o corpo como application/json"},
	codeUnknownField: {"there is no such field here", "este campo não existe aqui"},
	codeWrongType:    {"the value has the wrong form[: this takes {want}]", "o valor está na forma errada[: aqui vai {want}]"},
	codeNotOneOf:     {"choose one of: {allowed}", "escolha um destes: {allowed}"},
	codeTooSmall:     {"the value is too small[: at least {min}]", "o valor é pequeno demais[: no mínimo {min}]"},
	codeTooShort:     {"this is too short[: at least {min}]", "isto é curto demais[: no mínimo {min}]"},
	codeNotATime:     {"write the instant as 2026-12-31T15:04:05-03:00", "escreva o instante como 2026-12-31T15:04:05-03:00"},
	codeNotADate:     {"write the day as 2026-12-31", "escreva o dia como 2026-12-31"},
	codeTwoWays:      {"give either schedule or the single fields, not both", "informe schedule ou os campos avulsos, não os dois"},

	CodeNameTaken: {"there is a number of this name at the gateway[: {name}]: choose another name, or record the one that is there",
		"já existe um número com este nome no gateway[: {name}]: escolha outro nome, ou registre o que já existe"},
	CodeForHost: {"several customers share this gateway, and only the operator of the installation records what is there already: create a new number",
		"vários clientes usam este gateway, e só o operador da instalação registra o que já existe nele: crie um número novo"},

	CodeGatewayInUse: {"numbers use this gateway[: {instances}]: remove them first",
		"há números neste gateway[: {instances}]: remova-os antes"},

	CodeLeftThere: {"the number is forgotten here and is still at the gateway: remove it in the gateway's own pages",
		"o número foi esquecido aqui e continua no gateway: remova-o nas páginas do próprio gateway"},

	reportsCode + "verified": {"the gateway reports deliveries, replies and opt-outs", "o gateway avisa sobre entregas, respostas e descadastros"},
	reportsCode + "registered": {"the gateway has our address and has not reported anything yet",
		"o gateway tem o nosso endereço e ainda não avisou nada"},
	reportsCode + "not_registered": {"the gateway was not asked yet to report", "ainda não se pediu ao gateway que avise"},
	reportsCode + "no_public_url": {"no replies and no opt-outs arrive, and deliveries late: this installation has no public address, which its operator sets",
		"respostas e descadastros não chegam, e entregas só com atraso: esta instalação não tem endereço público, que o operador configura"},
	reportsCode + "failing": {"the gateway does not take our address: no replies and no opt-outs arrive, and deliveries late",
		"o gateway não aceita o nosso endereço: respostas e descadastros não chegam, e entregas só com atraso"},

	reportsCode + "elsewhere": {"the gateway reports to another system[, at {address}]: no replies and no opt-outs arrive, and deliveries late; let that system listen by another channel of the gateway (websocket, rabbitmq, sqs) or by the webhooks of campaigns, then take the webhook (take_webhook, campaignd instance connect … --take-webhook)",
		"o gateway avisa outro sistema[, em {address}]: respostas e descadastros não chegam, e entregas só com atraso; deixe esse sistema ouvir por outro canal do gateway (websocket, rabbitmq, sqs) ou pelos webhooks das campanhas e então assuma o webhook (take_webhook, campaignd instance connect … --take-webhook)"},
	reportsCode + "nowhere": {"the gateway does not report here now: no replies and no opt-outs arrive until it gets our address, which it is being sent; ask again in a moment",
		"o gateway não avisa aqui neste momento: respostas e descadastros não chegam até ele receber o nosso endereço, que está sendo enviado; pergunte de novo em instantes"},
	reportsCode + "unasked": {"the gateway could not be asked where it reports to: whether replies and opt-outs arrive is not known now",
		"não foi possível perguntar ao gateway para onde ele avisa: não se sabe agora se respostas e descadastros chegam"},

	codeKeyUsed: {"this Idempotency-Key was used for another request: use a new one", "esta Idempotency-Key foi usada em outra requisição: use uma nova"},
	codeKeyBusy: {"the request with this Idempotency-Key is being worked on: ask again in a moment", "a requisição com esta Idempotency-Key está em andamento: pergunte de novo em instantes"},
	codeKeyLost: {"nobody knows what became of the request with this Idempotency-Key: look whether it took effect, then use a new key", "não se sabe o que houve com a requisição desta Idempotency-Key: veja se ela teve efeito e então use uma nova"},
	codeKeySecret: {"the request with this Idempotency-Key was carried out, and its answer held a secret, which is not kept: if it did not arrive, draw another one with a new key",
		"a requisição com esta Idempotency-Key foi executada, e a resposta trazia um segredo, que não é guardado: se ele não chegou, gere outro com uma chave nova"},
	codeKeyInvalid: {"an Idempotency-Key has 1 to 200 visible characters", "uma Idempotency-Key tem de 1 a 200 caracteres visíveis"},
}

var catalogues = func() map[campaign.Language]campaign.Words {
	en, pt := map[campaign.Code]string{}, map[campaign.Code]string{}
	for _, words := range []map[campaign.Code]pair{ownWords, queryWords} {
		for code, p := range words {
			en[code], pt[code] = p.en, p.pt
		}
	}
	return map[campaign.Language]campaign.Words{
		campaign.English:    campaign.WordsIn(campaign.English).With(en),
		campaign.Portuguese: campaign.WordsIn(campaign.Portuguese).With(pt),
	}
}()

var defaultZone = func() *time.Location {
	loc, err := (schedule.Spec{}).Location()
	if err != nil {
		return time.UTC
	}
	return loc
}()

// say puts a reason into words, with times by the clock of the default zone.
func (v *visit) say(why campaign.Reason) string { return v.sayIn(why, defaultZone) }

func (v *visit) sayIn(why campaign.Reason, loc *time.Location) string {
	if why.IsZero() {
		return ""
	}
	words := catalogues[v.language]
	if !v.now.IsZero() && loc != nil {
		words = words.At(v.now.In(loc))
	}
	return words.Text(why, loc)
}

var titles = map[int]string{
	http.StatusBadRequest:            "Requisição inválida",
	http.StatusUnauthorized:          "Não autenticado",
	http.StatusForbidden:             "Não permitido",
	http.StatusNotFound:              "Não encontrado",
	http.StatusMethodNotAllowed:      "Método não permitido",
	http.StatusRequestTimeout:        "Tempo esgotado",
	http.StatusConflict:              "Conflito",
	http.StatusGone:                  "Não existe mais",
	http.StatusPreconditionFailed:    "Versão desatualizada",
	http.StatusRequestEntityTooLarge: "Corpo grande demais",
	http.StatusUnsupportedMediaType:  "Tipo de conteúdo não aceito",
	http.StatusUnprocessableEntity:   "Dados inválidos",
	http.StatusTooManyRequests:       "Tentativas demais",
	http.StatusInternalServerError:   "Erro interno",
	http.StatusNotImplemented:        "Não disponível nesta instalação",
	http.StatusBadGateway:            "O gateway de WhatsApp falhou",
	http.StatusServiceUnavailable:    "Indisponível no momento",
}

func title(l campaign.Language, status int) string {
	if t, ok := titles[status]; ok && l == campaign.Portuguese {
		return t
	}
	return http.StatusText(status)
}
