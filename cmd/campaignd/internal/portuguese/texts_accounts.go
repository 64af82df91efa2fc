package portuguese

// accounts has the texts of campaignd tenant, user and token.
var accounts = map[string]string{
	"Customers of this installation.": "Clientes desta instalação.",
	"List tenants.":                   "Lista os clientes.",
	"Make a tenant, and the link of its first administrator.": "Cria um cliente, com o link do primeiro administrador.",
	"Lower case letters, digits and hyphens.":                 "Letras minúsculas, dígitos e hifens.",
	"Let nobody of a tenant log in.":                          "Impede os usuários de um cliente de entrar.",
	"The tenant's name.":                                      "O nome do cliente.",
	"Let the users of a tenant log in again.":                 "Permite de novo que os usuários de um cliente entrem.",

	"Who may log in.": "Quem pode entrar.",
	"List users.":     "Lista os usuários.",
	"Make the link of the first administrator anew, when it was lost.":             "Gera de novo o link do primeiro administrador, se ele se perdeu.",
	"Make a link with which somebody joins.":                                       "Gera um link de convite.",
	"viewer reads, operator runs campaigns, admin also changes numbers and users.": "viewer lê, operator cuida das campanhas, admin muda também números e usuários.",
	"Whom it is for.": "Para quem é.",
	"Make a link with which a user chooses another password.": "Gera um link para um usuário trocar de senha.",
	"The user's e-mail address.":                              "O e-mail do usuário.",
	"Remove a user.":                                          "Remove um usuário.",

	"API tokens, for programs.":                "Tokens da API, para programas.",
	"List API tokens.":                         "Lista os tokens da API.",
	"Make an API token and show it, once.":     "Cria um token da API e o mostra uma única vez.",
	"viewer, operator or admin.":               "viewer, operator ou admin.",
	"How many days it works; 0 is for ever.":   "Por quantos dias vale; 0 é para sempre.",
	"End an API token at once.":                "Encerra um token da API na hora.",
	"The token's name (campaignd token list).": "O nome do token (campaignd token list).",
}
