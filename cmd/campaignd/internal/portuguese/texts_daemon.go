package portuguese

// daemon has the texts of the commands that need no installation, or that work
// on its database.
var daemon = map[string]string{
	// The command line itself.
	"Show context-sensitive help.":               "Mostra esta ajuda.",
	"Print JSON for scripts instead of a table.": "Imprime JSON, para scripts, em vez de uma tabela.",
	"Print JSON for scripts.":                    "Imprime JSON, para scripts.",
	"Print JSON.":                                "Imprime JSON.",
	"Print the report as JSON.":                  "Imprime o relatório em JSON.",
	"Do not ask.":                                "Não pede confirmação.",
	"The data directory: database, key, lock. An absolute path. Default: campaignd, where this user keeps data.": "O diretório de dados: banco, chave, trava. Um caminho absoluto. Padrão: campaignd, onde este usuário guarda dados.",

	// demo
	"Play a whole campaign against an emulated gateway.":                                                                         "Roda uma campanha inteira com um gateway emulado.",
	"A CSV file of your own, as a spreadsheet saves it. \"-\" is the standard input. Default: a sample of 60 people.":            "Um CSV seu, como a planilha o salva. \"-\" é a entrada padrão. Padrão: um exemplo com 60 pessoas.",
	"A text with variables such as {{nome}} or {{quem_indicou|um amigo}}. Give it up to five times: the texts take turns.":       "Um texto com variáveis como {{nome}} ou {{quem_indicou|um amigo}}. Use até cinco vezes: os textos se revezam.",
	"When messages may go out: \"immediate\", \"business days\", \"mon-fri 09:00-18:00, skip holidays, zone America/Manaus\", …": "Quando as mensagens podem sair: \"immediate\", \"business days\", \"mon-fri 09:00-18:00, skip holidays, zone America/Manaus\", …",
	"The shortest rest of a number between two messages, such as 300ms or 20s. Default: 300ms, or 20s with --fast-forward.":      "O menor intervalo de um número entre duas mensagens, como 300ms ou 20s. Padrão: 300ms, ou 20s com --fast-forward.",
	"The longest one. Default: 600ms, or 50s.":                                                                                   "O maior intervalo. Padrão: 600ms, ou 50s.",
	"How many numbers send: 1 to 50.":                                                                                  "Quantos números enviam: de 1 a 50.",
	"Keep everything in this directory, and go on with the campaign that it holds.":                                    "Guarda tudo neste diretório e continua a campanha que já está nele.",
	"Play days in seconds, on a clock that jumps, and print each day. Default schedule: business days, over Carnival.": "Passa dias em segundos, com um relógio que salta, e mostra cada dia. Horário padrão: dias úteis, na semana do Carnaval.",
	"The first day of --fast-forward, such as 2026-02-13 or \"2026-02-13 14:00\".":                                     "O primeiro dia de --fast-forward, como 2026-02-13 ou \"2026-02-13 14:00\".",
	"Show the engine's log.": "Mostra o log do motor.",

	// serve
	"Run the daemon.": "Roda o serviço.",
	"Where to listen. Default: 127.0.0.1:8000.":                                                                                               "Onde escutar. Padrão: 127.0.0.1:8000.",
	"Where to listen for /metrics and /debug/pprof/, for the operator alone. Default: nowhere.":                                               "Onde escutar /metrics e /debug/pprof/, só para o operador. Padrão: em lugar nenhum.",
	"Addresses and networks of the proxies whose X-Forwarded-For counts. Default: none.":                                                      "Endereços e redes dos proxies cujo X-Forwarded-For vale. Padrão: nenhum.",
	"A file with a certificate and its chain (PEM): the daemon then speaks https alone. Default: plain http, for a proxy with TLS before it.": "Um arquivo com o certificado e a cadeia (PEM): o serviço passa a falar só https. Padrão: http simples, atrás de um proxy com TLS.",
	"The file with the certificate's key (PEM).":                                                                                              "O arquivo com a chave do certificado (PEM).",
	"How many requests a minute one user or API token may make; 0 is no limit. Default: 6000.":                                                "Quantas requisições por minuto um usuário ou token pode fazer; 0 é sem limite. Padrão: 6000.",
	"How many requests a minute may come from one address, before it is known who asks; 0 is no limit. Default: 12000.":                       "Quantas requisições por minuto podem vir de um endereço, antes de se saber quem é; 0 é sem limite. Padrão: 12000.",
	"How many logins a minute may come from one address; 0 is no limit. Default: 60.":                                                         "Quantos logins por minuto podem vir de um endereço; 0 é sem limite. Padrão: 60.",
	"How many connections one address may have open at once, trusted proxies aside; 0 is no limit. Default: 1000.":                            "Quantas conexões um endereço pode manter abertas ao mesmo tempo, fora os proxies confiáveis; 0 é sem limite. Padrão: 1000.",
	"Where people reach the daemon, and gateways unless --reports says otherwise, such as https://app.example: links begin with it, and gateways report deliveries, replies and opt-outs there. Default: none, and no replies and opt-outs arrive.": "O endereço público do serviço, como https://app.example: os links começam com ele, e os gateways avisam ali entregas, respostas e descadastros (a menos que --reports diga outro). Padrão: nenhum, e respostas e descadastros não chegam.",
	"Where gateways reach the daemon, if that is elsewhere, such as http://campaignd:8000 in a network of containers. Default: the public address.":                                                                                                 "Onde os gateways alcançam o serviço, se for outro lugar, como http://campaignd:8000 numa rede de contêineres. Padrão: o endereço público.",
	"Public addresses and blocks of addresses that belong to the operator's own network, so that no gateway or webhook of a tenant is looked for there. The host's own are always closed.":                                                          "Endereços públicos e blocos de endereços que são da rede do operador: neles não se procura nenhum gateway nem webhook de cliente. Os da própria máquina ficam sempre fechados.",
	"Gateways that tenants may name although their addresses are not public: hosts with or without a port, addresses, blocks of addresses. Default: the one of EVOLUTION_API_URL.":                                                                  "Gateways que os clientes podem usar mesmo sem endereço público: hosts com ou sem porta, endereços, blocos de endereços. Padrão: o de EVOLUTION_API_URL.",
	"Receivers of webhooks that tenants may name although their addresses are not public, written like the gateways'. Default: none.":                                                                                                               "Destinos de webhooks que os clientes podem usar mesmo sem endereço público, escritos como os dos gateways. Padrão: nenhum.",
	"Who keeps two sends from one phone, besides the ledger: redis, postgres, process or db-only. Default: redis where REDIS_URL is set, else postgres on PostgreSQL, else process.":                                                                "Quem impede dois envios ao mesmo telefone, além do registro: redis, postgres, process ou db-only. Padrão: redis com REDIS_URL definida; senão postgres, se o banco for PostgreSQL; senão process.",
	"The base address of Evolution API, such as https://gateway.example.":                                                                                                                                                                           "O endereço base da Evolution API, como https://gateway.example.",

	// test-send
	"Send one message through your gateway, or show what would be sent.":                           "Envia uma mensagem pelo seu gateway, ou mostra o que seria enviado.",
	"The phone, as people write it. Without a country code it is Brazilian.":                       "O telefone, escrito como de costume. Sem código de país, é do Brasil.",
	"The phone, as people write it.":                                                               "O telefone, escrito como de costume.",
	"The text. It may hold variables such as {{saudacao}}. Default: a greeting with day and hour.": "O texto. Aceita variáveis como {{saudacao}}. Padrão: uma saudação com dia e hora.",
	"The person's name, for {{nome}} and {{primeiro_nome}}.":                                       "O nome da pessoa, para {{nome}} e {{primeiro_nome}}.",
	"The gateway's name of the number that sends. Not needed if it has one only.":                  "O nome, no gateway, do número que envia. Dispensável se houver um só.",
	"Show the text and what would hold it up, and send nothing.":                                   "Mostra o texto e o que o impediria de sair; não envia nada.",
	"How long to wait for the number's turn before giving up. Default: 2m.":                        "Quanto esperar pela vez do número antes de desistir. Padrão: 2m.",

	// check, backup, restore, copy
	"Check that the database keeps every rule of the ledger.":                 "Confere se o banco cumpre todas as regras do registro de envios.",
	"Stop after so many violations. Default: 20.":                             "Para depois de tantas violações. Padrão: 20.",
	"Write the database into a file.":                                         "Grava o banco num arquivo.",
	"Put the key of the opt-outs into the backup, which makes it a secret.":   "Inclui a chave dos descadastros no backup, que passa a ser secreto.",
	"The file to write; - writes to the standard output.":                     "O arquivo a gravar; - é a saída padrão.",
	"Make a new database of a backup.":                                        "Recria o banco a partir de um backup.",
	"The file that campaignd backup has written; - reads the standard input.": "O arquivo gravado por campaignd backup; - é a entrada padrão.",
	"Move the installation to another database, SQLite or PostgreSQL.":        "Muda a instalação para outro banco, SQLite ou PostgreSQL.",
	"The database to move out of: sqlite:/path or postgres://user@host/database. Default: the one that DATABASE_URL names, or that of the data directory.": "O banco de origem: sqlite:/caminho ou postgres://usuario@host/banco. Padrão: o de DATABASE_URL, ou o do diretório de dados.",
	"The database to move into. Default: the one that DATABASE_URL names.":                                                                                 "O banco de destino. Padrão: o de DATABASE_URL.",
	"Open the database of --from again, after a move that was given up.":                                                                                   "Reabre o banco de --from, depois de uma mudança abandonada.",

	// status, doctor, health, stop-all
	"What goes on, and what needs somebody.":                                                 "O que está em andamento e o que precisa de atenção.",
	"Look at everything that a daemon needs, and say what to do.":                            "Verifica tudo de que o serviço precisa e diz o que fazer.",
	"Whether a daemon answers, for containers.":                                              "Diz se o serviço responde; para contêineres.",
	"Where the daemon listens. Default: 127.0.0.1:8000.":                                     "Onde o serviço escuta. Padrão: 127.0.0.1:8000.",
	"The daemon's own certificate, if it has one: it is then asked by https.":                "O certificado do serviço, se houver: a pergunta é feita por https.",
	"Ask whether it can do its work, not only whether it lives.":                             "Pergunta se ele consegue trabalhar, não só se está no ar.",
	"How long to wait for the answer.":                                                       "Quanto esperar pela resposta.",
	"Stop everything, in every daemon and over restarts: when this returns, nothing starts.": "Para tudo, em todos os serviços e mesmo após reinícios: quando o comando volta, nenhum envio começa.",
	"Go on after stop-all, in every daemon.":                                                 "Retoma os envios depois de stop-all, em todos os serviços.",
	"Why, for the log.":                                                                      "O motivo, para o histórico.",

	// emulator, simulate
	"Run a stand-in for Evolution API that sends nothing and remembers everything.":            "Roda um substituto da Evolution API, que não envia nada e anota tudo.",
	"Where to listen: an address of this machine alone. Default: 127.0.0.1:8080.":              "Onde escutar: um endereço só desta máquina. Padrão: 127.0.0.1:8080.",
	"Open this instance at the start, as if its QR code had been scanned. May be repeated.":    "Abre esta instância já no início, como se o QR code tivesse sido lido. Pode ser repetida.",
	"Which version it says it is: 2.3.6, 2.3.7 or 2.4.0. Default: 2.3.6.":                      "A versão que ele diz ser: 2.3.6, 2.3.7 ou 2.4.0. Padrão: 2.3.6.",
	"The directory of its ledger. Default: emulator, in the data directory ($CAMPAIGND_DATA).": "O diretório das anotações. Padrão: emulator, no diretório de dados ($CAMPAIGND_DATA).",
	"Play days of crashes in seconds, and look for a broken promise.":                          "Simula dias de quedas em segundos, à procura de uma promessa quebrada.",
	"How many worlds to play.":                                                     "Quantos mundos simular.",
	"How many days of faults each of them has.":                                    "Quantos dias de falhas cada um tem.",
	"The first seed. The same seed is the same history, every time.":               "A primeira semente. A mesma semente dá sempre a mesma história.",
	"Where the worlds keep their rows: memory,sqlite.":                             "Onde os mundos guardam os dados: memory,sqlite.",
	"How many people the largest campaign has. Default: 200, or 850 with --dense.": "Quantas pessoas tem a maior campanha. Padrão: 200, ou 850 com --dense.",
	"Larger campaigns and faster numbers, for long runs.":                          "Campanhas maiores e números mais rápidos, para rodadas longas.",
	"How many worlds to play at a time. Default: one for each processor.":          "Quantos mundos simular ao mesmo tempo. Padrão: um por processador.",
	"Tell every decision, a line each. One world at a time.":                       "Conta cada decisão, uma por linha. Um mundo de cada vez.",

	// holidays, variables, version, completion
	"List a year's holidays, one a line.":                                                           "Lista os feriados de um ano, um por linha.",
	"Add the holidays of a state, by its two letters.":                                              "Inclui os feriados de um estado, pela sigla.",
	"Add the days on which offices may close: Carnival, Ash Wednesday, Corpus Christi, 28 October.": "Inclui os pontos facultativos: Carnaval, Quarta-feira de Cinzas, Corpus Christi, 28 de outubro.",
	"The year, such as 2026.":                                                                       "O ano, como 2026.",
	"List what a message can ask for: {{nome}}, {{saudacao}} …":                                     "Lista o que uma mensagem pode pedir: {{nome}}, {{saudacao}} …",
	"Print the version, Go's version and the commit.":                                               "Mostra a versão, a versão do Go e o commit.",
	"Print the script by which bash, zsh or fish complete a line.":                                  "Imprime o script com que bash, zsh ou fish completam a linha.",
	"bash, zsh or fish.":                                    "bash, zsh ou fish.",
	"What a line can go on with.":                           "Como uma linha pode continuar.",
	"The words after the program's name, up to the cursor.": "As palavras depois do nome do programa, até o cursor.",
}
