package portuguese

// detail is the long text of a command in Portuguese, and the sum of the
// English text that it stands for.
type detail struct {
	sum  uint32 // CRC-32 of the English text
	text string
}

// details are the long texts, by the path of their command.
var details = map[string]detail{
	"": {0x34a465cd, `Envia campanhas de WhatsApp pela Evolution API: ninguém recebe duas vezes, ninguém fica sem.

As configurações vêm das opções ou do ambiente, que cada opção indica. Segredos
vêm só do ambiente, diretamente ou num arquivo:

  EVOLUTION_API_KEY    ou EVOLUTION_API_KEY_FILE    a chave do gateway
  DATABASE_URL         ou DATABASE_URL_FILE         sqlite:/caminho/absoluto ou
                                                    postgres://usuario:senha@host:5432/banco
  REDIS_URL            ou REDIS_URL_FILE            redis://, rediss:// ou unix://
  CAMPAIGND_SECRET     ou CAMPAIGND_SECRET_FILE     a chave dos descadastros e das chaves dos
                                                    gateways; sem isso, fica no diretório de
                                                    dados
`},
	"demo": {0x232b13d1, `Uma campanha de um arquivo CSV até o último aviso de entrega, com o mesmo registro, o mesmo cliente HTTP e os mesmos webhooks do uso real. Só o gateway é emulado, numa porta local, e faz suas próprias anotações em disco. No fim as duas são comparadas: cada pessoa tem exatamente uma mensagem, ou aparece pelo nome. O código de saída é 1 se alguém se perdeu ou recebeu duas.

Exemplos:

  campaignd demo
  campaignd demo --data ./run        (kill -9 no meio: o mesmo comando continua)
  campaignd demo --contacts people.csv \
      --message "Oi, {{primeiro_nome}}!" --message "{{saudacao}}, {{nome}}."
  campaignd demo --fast-forward --from 2026-04-01 \
      --schedule "mon-fri 09:00-12:00 13:30-18:00, skip holidays"`},
	"optout": {0x104b748d, `Exemplos:

  campaignd optout "+55 11 90000-0001" --evidence "pediu por telefone em 3 de maio"
  campaignd optout list
  campaignd optout export -o descadastrados.csv
  campaignd optout words add "não quero"
  campaignd optout review list`},
	"optout review": {0xc29bfccb, `Sai da lista quem escreve uma palavra ou frase que não pode ter outro sentido. O que só parece isso ("chega", "quero cancelar meu pedido", "sair?") não muda nada e espera aqui, por 90 dias, que alguém leia.

Exemplos:

  campaignd optout review
  campaignd optout review take 1764500000000123
  campaignd optout review dismiss 1764500000000123 1764500000000456`},
	"serve": {0x4f5ebcca, `Roda o motor: as campanhas ativas continuam de onde pararam. O diretório de dados e o endereço aparecem no início. Sem gateway ele roda mesmo assim, e /readyz diz o que falta.

  GET /healthz   200 "ok" enquanto o processo vive
  GET /readyz    200, ou 503 com os motivos em JSON
  /api/          a API; /api/docs/ a explica, /api/openapi.json é o documento dela
  /webhooks/     onde os gateways avisam: isto e /api/ são o que o proxy encaminha
  GET /join      aonde leva o link do primeiro acesso

CAMPAIGND_PUBLIC_URL diz onde as pessoas e os gateways o alcançam (CAMPAIGND_REPORTS_URL, onde os gateways o alcançam, se for outro lugar). Sem ela nada é registrado neles: as entregas são consultadas e chegam tarde, e respostas e descadastros não chegam.

Cada cliente pode definir um gateway próprio; EVOLUTION_API_URL serve a quem não definiu. O de um cliente só é chamado em endereços públicos e nos de CAMPAIGND_GATEWAY_ALLOW.

Os sistemas de um cliente são avisados do que acontece por webhooks (campaignd webhook add), em endereços públicos e nos de CAMPAIGND_WEBHOOK_ALLOW.

Senhas e tokens precisam de https: ponha um proxy com TLS na frente e indique-o em CAMPAIGND_TRUSTED_PROXIES, ou dê um certificado ao serviço com CAMPAIGND_TLS_CERT e CAMPAIGND_TLS_KEY. Arquivos renovados são lidos sem reiniciar.

Quem pergunta mais do que CAMPAIGND_RATE_CALLER, CAMPAIGND_RATE_ADDRESS e CAMPAIGND_RATE_LOGIN permitem recebe 429 e quando perguntar de novo; um décimo das requisições de um minuto pode vir de uma vez. Os avisos dos gateways não têm esse limite. Um endereço com CAMPAIGND_CONNECTIONS conexões abertas não abre mais, a não ser que seja um proxy confiável.

SIGTERM ou Ctrl-C: nada novo começa, os envios em andamento são esperados e registrados, e o processo termina. Um segundo sinal o encerra na hora; o que estava em andamento é consultado no gateway na próxima partida, e nunca reenviado às cegas.

Exemplo:

  export EVOLUTION_API_URL=https://gateway.example
  export EVOLUTION_API_KEY_FILE=/run/secrets/evolution
  export CAMPAIGND_PUBLIC_URL=https://app.example
  campaignd serve`},
	"test-send": {0xe66af269, `Envia uma mensagem como uma campanha de uma pessoa, com o mesmo registro, ritmo e trava de todas. O código de saída é 0 só se o gateway aceitou a mensagem; um envio de resultado perdido é chamado de incerto, e nunca é repetido sozinho.

Vai pelo gateway de EVOLUTION_API_URL e EVOLUTION_API_KEY, ou por um definido no serviço, e precisa de um banco SQLite só para si: encerre antes o campaignd serve. Com PostgreSQL funciona ao lado de outros serviços.

Exemplos:

  campaignd test-send --to "(11) 90000-0001" --dry-run
  campaignd test-send --to +5511900000001 --instance vendas \
      --name "Ana Souza" --text "Oi, {{primeiro_nome}}! Recebeu?"`},
	"check": {0x42a7c348, `Lê o banco inteiro e diz se ele merece confiança: se as contagens são a soma das linhas, se ninguém recebeu duas vezes, se cada evento está lá e como foi selado, e as outras regras do registro. Não altera nada, e funciona com o serviço no ar ou parado.

O código de saída é 0 se tudo confere e 1 se algo não confere; as primeiras violações são então mostradas.

Exemplos:

  campaignd check
  campaignd check --data /var/lib/campaignd --json`},
	"backup": {0x90c0781c, `Grava o banco inteiro, como está num dado instante, num arquivo comprimido que só o dono pode ler. Serve para SQLite e PostgreSQL, venha de qual vier. O serviço no ar continua durante isso. O arquivo só ganha seu nome quando está completo e no disco.

Ele contém nomes, telefones e textos: guarde-o como guarda o banco. Sem a chave dos descadastros (suppression.key, no diretório de dados) um backup serve de pouco, pois não se saberia quem se descadastrou; com --with-key ela vai no arquivo, e quem tem o arquivo tem a chave. Guarde a chave à parte, ou use --with-key e guarde bem o arquivo.

No PostgreSQL um backup demorado impede a limpeza de linhas antigas, e um serviço ocupado fica mais lento enquanto dura: com um milhão de pessoas, prefira uma hora calma, pg_dump numa réplica, ou o arquivamento do próprio PostgreSQL.

Exemplos:

  campaignd backup /backup/segunda.dump
  campaignd backup - | ssh seguro.example 'cat > segunda.dump'`},
	"restore": {0xe7728c3b, `Recria o banco a partir de um backup: o de DATABASE_URL, ou o do diretório de dados. Ele não pode existir ainda, ou tem de estar vazio. Nada fica lá antes que o arquivo inteiro tenha sido lido, esteja íntegro, tenha sido comparado com o que foi gravado e conferido como em campaignd check.

O que foi enviado depois do backup não está nele: essas pessoas ainda estariam na fila, e receberiam duas vezes. Por isso toda campanha que poderia enviar fica pausada, com o motivo "restored", à espera de alguém. Antes de retomar uma, veja no gateway quem já recebeu desde o instante mostrado, e tire essas pessoas. O que estava a caminho quando o backup foi feito é consultado no gateway, e não é reenviado às cegas.

A chave dos descadastros tem de ser a mesma com que o banco começou: no diretório de dados, em CAMPAIGND_SECRET, ou no backup (veja campaignd backup --with-key).

Exemplo:

  campaignd restore --data /var/lib/campaignd /backup/segunda.dump`},
	"copy": {0x76630cd4, `Muda uma instalação de um banco para outro, SQLite ou PostgreSQL: cada linha, com seu número, como está. Encerre antes o serviço. O novo banco tem de estar vazio; nele as campanhas continuam de onde pararam, e o que estava a caminho quando o serviço terminou fica incerto, é consultado, e nunca reenviado às cegas.

O banco antigo é fechado antes da leitura da primeira linha, e continua fechado: um serviço iniciado nele se recusa, dizendo para onde a instalação se mudou, pois dois que enviam enviariam duas vezes. Se a cópia falha ou é interrompida, ele é reaberto e nada mudou; se é morta, rode de novo. O novo banco abre quando cada linha nele foi comparada com o que foi lido, e campaignd check não achou nada.

Senhas não vão na linha de comando: deixe-as fora e defina PGPASSWORD, ou escreva o endereço com a senha em DATABASE_URL e omita aquela opção. A chave dos descadastros não faz parte do banco: os serviços do novo precisam da mesma chave, no diretório de dados ou em CAMPAIGND_SECRET_FILE.

Exemplos:

  export DATABASE_URL=postgres://campaigns:segredo@db.example/campaigns
  campaignd copy --from sqlite:/var/lib/campaignd/campaigns.db
  campaignd serve

  campaignd copy --from sqlite:/var/lib/campaignd/campaigns.db --reopen`},
	"campaign new": {0xc15440ba, `Exemplo:

  campaignd campaign new "Páscoa" --instance vendas --group clientes \
      --message "{{saudacao}}, {{primeiro_nome|amigo}}! O cardápio chegou." \
      --schedule business_days

Um rascunho não tem compromisso: o que faltar é dito ao iniciar. Sem --schedule ela
envia em horário comercial, das 09:00 às 18:00 em todos os dias; para enviar a qualquer
hora, escolha --schedule imediato.`},
	"campaign edit": {0x9c4ac125, `Só muda o que uma opção indica. Exemplos:

  campaignd campaign edit 4 --zone America/Manaus
  campaignd campaign edit 4 --text '2=Bom dia, {{primeiro_nome|amigo}}!'
  campaignd campaign edit 4 --start-at "31/12/2026 09:00"

--message escreve de novo a lista inteira de mensagens.`},
	"contacts import": {0xfc047757, `Exemplos:

  campaignd contacts import clientes.csv --consent "formulário da loja, 2026"
  campaignd contacts import "Base 2026.xlsx" --sheet Clientes --group vip --skip
  campaignd contacts import lista.csv --no-header --columns nome,telefone
  campaignd contacts import - --group vip --yes < lista.csv

O arquivo é lido como está: separadores, codificações e jeitos de escrever telefones
são descobertos, um título acima do cabeçalho é pulado, e linhas que um filtro
esconde ficam de fora. O que cada coluna contém é mostrado antes de qualquer coisa.
Uma linha que não serve é recusada com o motivo e gravada num arquivo à parte, para
ser corrigida e importada de novo.

Uma importação continua quando este comando é interrompido: campaignd contacts
imports lista, cancela e desfaz.`},
	"instance default": {0x835b3481, `Uma campanha criada sem --instance recebe o número padrão. Um cliente tem no máximo um: o anterior deixa de ser.

Exemplos:

  campaignd instance default vendas
  campaignd instance default vendas --undo`},
	"webhook add": {0x21aa94fb, `Cada evento é um POST de JSON, assinado como diz standardwebhooks.com, com um webhook-id pelo qual se reconhece uma repetição. É reenviado até ser aceito; o que não aceita nada por cinco dias é desligado.

Exemplo:

  campaignd webhook add https://loja.example/hooks --event 'campaign.*,recipient.responded'`},
	"doctor": {0xff9650da, `Verifica tudo de que o serviço precisa, com as configurações deste ambiente, e diz de cada coisa se está certa (ok), se pode melhorar (warn) ou se impede algo de funcionar (fail), e o que fazer. Não altera nada, e funciona com o serviço no ar ou parado.

São verificados: o diretório de dados e sua chave, o banco, o relógio, o Redis, o serviço, a versão e a chave de cada gateway e, de cada número, o estado, se o gateway avisa, e se o gateway lembra do que enviou.

O código de saída é 0, a menos que algo falhe.

Exemplos:

  campaignd doctor
  campaignd doctor --json`},
	"health": {0xf190c2e1, `Pergunta a um serviço no ar por /healthz, ou com --ready por /readyz, e termina com 0 se a resposta é boa. Para contêineres, cuja imagem não tem outro programa.`},
	"emulator": {0xae077a93, `Um substituto da Evolution API 2.3.6 que não envia nada e anota em disco o que lhe pediram para enviar, antes de responder. Pode ser mandado falhar: veja os caminhos sob /_emulator/, que não pedem chave; por isso ele só escuta em endereços locais.

Exemplo:

  campaignd emulator --open vendas`},
	"simulate": {0x3043e8fc, `Simula dias de campanhas em segundos, com o motor de verdade num relógio que salta: processos que morrem em cada passo de um envio, bancos e travas que falham, operadores que pausam e mudam de ideia, e um gateway que responde errado, tarde ou nunca. As anotações do gateway são comparadas com o registro a cada gravação. Depois as falhas cessam, e toda campanha tem de chegar ao fim.

Imprime uma linha por semente e a soma. O código de saída é 1 se uma promessa foi quebrada; rode aquela semente de novo com -v para ver como.

Exemplos:

  campaignd simulate --seeds 100 --days 7
  campaignd simulate --seeds 1 --seed 42 -v
  campaignd simulate --seeds 5 --days 1 --store sqlite`},
	"holidays": {0xbd3143c3, `Um dia por linha: data, dia da semana, tipo, nome. Meios feriados dizem até que hora vão. Os dias são calculados pela lei, e não digitados, para qualquer ano a partir de 1950.

Exemplos:

  campaignd holidays 2026
  campaignd holidays 2027 --state SP --optional`},
	"calendar": {0x3e5d1cba, `Nos feriados não enviam as campanhas de business_days (dias úteis), nem as de horários que dizem "sem feriados". Os nacionais contam sempre. Carnaval, Quarta-feira de Cinzas até as 14:00, Corpus Christi e 28 de outubro contam até que se diga o contrário. Uma mudança vale na hora, também para campanhas em andamento; campaign forecast diz quais são os dias.

Exemplos:

  campaignd calendar --year 2027
  campaignd calendar set --state SP --no-optional
  campaignd calendar add 25/01/2027 "Aniversário de São Paulo" --municipal --yearly
  campaignd calendar add 24/12/2026 "Véspera de Natal" --until 12:00
  campaignd calendar remove 24/12/2026`},
	"variables": {0xdae569ef, `Numa mensagem {{nome}} é o nome da pessoa, e {{nome|amigo}} é ele com um valor padrão para quem não tem. As colunas de uma importação também são variáveis: {{cidade}}. docs/messages.md explica tudo.`},
	"completion": {0x8e65252d, `O script pergunta ao próprio campaignd o que cabe, e por isso continua certo quando o campaignd é atualizado.

Exemplos:

  source <(campaignd completion bash)       no ~/.bashrc
  source <(campaignd completion zsh)        no ~/.zshrc, depois de compinit
  campaignd completion fish | source        no ~/.config/fish/config.fish`},
}
