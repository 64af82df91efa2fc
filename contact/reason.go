package contact

import "strings"

// Reason is a code that says why a number, a field, a row or a file was
// refused. Codes never change their meaning; [Reason.Text] has the words.
type Reason string

// Reasons of a [PhoneError], and of rows refused for their phone.
const (
	ReasonEmpty       Reason = "phone_empty"        // no digit at all
	ReasonAreaMissing Reason = "phone_area_missing" // 8 or 9 digits
	ReasonArea        Reason = "phone_area"         // no such Brazilian area code
	ReasonSubscriber  Reason = "phone_subscriber"   // what follows the area code is no mobile and no landline
	ReasonTooShort    Reason = "phone_too_short"    //
	ReasonTooLong     Reason = "phone_too_long"     //
	ReasonScientific  Reason = "phone_scientific"   // 5,51199E+12: digits are lost
	ReasonDate        Reason = "phone_date"         // 02/03/2026
	ReasonDecimal     Reason = "phone_decimal"      // 1190000123.5
	ReasonLetters     Reason = "phone_letters"      //
	ReasonSeveral     Reason = "phone_several"      // two numbers in one place
	ReasonCharacters  Reason = "phone_characters"   // anything else that is no formatting
	ReasonCountry     Reason = "phone_country"      // no such country code
	ReasonRegion      Reason = "phone_region"       // the caller's default region does not exist
	ReasonInvalid     Reason = "phone_invalid"      // not a number of that country
)

// Reasons of a [PhoneError] of [FromAddress].
const (
	ReasonLID       Reason = "address_lid"       // anonymous: the number is elsewhere, or unknown
	ReasonGroup     Reason = "address_group"     //
	ReasonBroadcast Reason = "address_broadcast" // status, lists, channels
	ReasonAddress   Reason = "address_invalid"   //
)

// Reasons of a [FieldError], and of rows refused for a field.
const (
	ReasonFieldLong Reason = "field_too_long"
	ReasonFieldMany Reason = "field_too_many" // more tags or variables than a contact may have
	ReasonEmail     Reason = "email_invalid"
	ReasonTag       Reason = "tag_not_normal"      // see NormalizeTags
	ReasonVar       Reason = "variable_name"       // see VarName
	ReasonText      Reason = "text_invalid"        // not UTF-8, or a NUL
	ReasonBasis     Reason = "legal_basis"         // see Bases
	ReasonNotPhone  Reason = "phone_not_canonical" // see ParsePhone
)

// Reasons of refused rows.
const (
	ReasonDuplicate    Reason = "row_duplicate" // the phone stands in an earlier row
	ReasonRagged       Reason = "row_columns"   // more cells than the header has
	ReasonQuote        Reason = "row_quote"     // a quote that is not closed, or text after a closed one
	ReasonRowLong      Reason = "row_too_long"
	ReasonNUL          Reason = "row_nul"
	ReasonEncoding     Reason = "row_encoding"      // bytes that the file's encoding does not have
	ReasonAreaMismatch Reason = "row_area_mismatch" // the area code column says another one than the phone
	ReasonActive       Reason = "row_active"        // neither yes nor no
	ReasonNoConsent    Reason = "row_no_consent"    // the consent column says no
	ReasonLeft         Reason = "row_left"          // a column says that the person wants no messages
)

// Reasons of a [FileError].
const (
	ReasonFileEmpty     Reason = "file_empty"
	ReasonFileSheet     Reason = "file_spreadsheet" // .xlsx, .xls, .ods, or HTML named .xls
	ReasonFileBinary    Reason = "file_binary"
	ReasonNoHeader      Reason = "file_no_header"
	ReasonNoPhoneColumn Reason = "file_no_phone_column"
	ReasonAmbiguous     Reason = "file_ambiguous" // two columns for one field
	ReasonMapping       Reason = "file_mapping"   // the caller maps a column that is not there, or an unknown field
	ReasonDelimiter     Reason = "file_delimiter" // the caller's delimiter cannot separate cells
	ReasonEncodingName  Reason = "file_encoding_name"
	ReasonSheets        Reason = "file_sheets"   // several sheets: the caller says which one
	ReasonSheet         Reason = "file_sheet"    // the caller's sheet is not there, or not seen by a person
	ReasonDamaged       Reason = "file_damaged"  // a workbook that is cut off or broken
	ReasonUnpacked      Reason = "file_unpacked" // a workbook that is too large when it is unpacked
	ReasonNobody        Reason = "file_nobody"   // no row is a contact
	ReasonFileGone      Reason = "file_gone"     // the file is not there any more
	ReasonFileCards     Reason = "file_vcard"    // an address book's file of cards
	ReasonHeaderRow     Reason = "file_header_row"
)

// Text gives the words of a reason, in Portuguese for languages that begin with
// "pt" and in English for all others. A code that this package does not know is
// returned as it is.
func (r Reason) Text(lang string) string {
	w, ok := reasonWords(r)
	switch {
	case !ok:
		return string(r)
	case strings.HasPrefix(strings.ToLower(lang), "pt"):
		return w.pt
	}
	return w.en
}

type words struct{ en, pt string }

func reasonWords(r Reason) (words, bool) {
	switch r {
	case ReasonEmpty:
		return words{"there is no phone number", "não há número de telefone"}, true
	case ReasonAreaMissing:
		return words{"the area code is missing: say the area code, as in 11 90000-1234", "falta o DDD: informe o código de área, como em 11 90000-1234"}, true
	case ReasonArea:
		return words{"there is no such area code in Brazil", "esse DDD não existe"}, true
	case ReasonSubscriber:
		return words{"after the area code comes neither a mobile number (9 and eight digits) nor a landline (eight digits that begin with 2 to 5)", "depois do DDD não vem nem um celular (9 e mais oito dígitos) nem um fixo (oito dígitos que começam de 2 a 5)"}, true
	case ReasonTooShort:
		return words{"the number has too few digits", "o número tem dígitos de menos"}, true
	case ReasonTooLong:
		return words{"the number has too many digits; put + before the country code if it is from another country", "o número tem dígitos demais; se for de outro país, ponha + antes do código do país"}, true
	case ReasonScientific:
		return words{"the spreadsheet has shortened the number to scientific notation and digits are lost: format the column as text and type the number again", "a planilha reduziu o número à notação científica e perdeu dígitos: formate a coluna como texto e digite o número de novo"}, true
	case ReasonDate:
		return words{"this is a date and not a phone number: look for the right column, or format the column as text and type the number again", "isso é uma data e não um telefone: veja se a coluna é essa, ou formate-a como texto e digite o número de novo"}, true
	case ReasonDecimal:
		return words{"the number has a fraction: format the column as text", "o número tem casas decimais: formate a coluna como texto"}, true
	case ReasonLetters:
		return words{"the number contains letters", "o número contém letras"}, true
	case ReasonSeveral:
		return words{"there is more than one number here: leave one", "há mais de um número aqui: deixe um só"}, true
	case ReasonCharacters:
		return words{"the number contains characters that do not belong to it", "o número contém caracteres que não pertencem a ele"}, true
	case ReasonCountry:
		return words{"there is no such country code", "esse código de país não existe"}, true
	case ReasonRegion:
		return words{"the default region is not a country: use its two-letter code, as in BR", "a região padrão não é um país: use a sigla de duas letras, como BR"}, true
	case ReasonInvalid:
		return words{"this is not a number of that country", "esse número não existe nesse país"}, true
	case ReasonLID:
		return words{"an anonymous address (LID) holds no phone number: look at its alternative address", "um endereço anônimo (LID) não contém telefone: veja o endereço alternativo"}, true
	case ReasonGroup:
		return words{"this is the address of a group", "esse é o endereço de um grupo"}, true
	case ReasonBroadcast:
		return words{"this is the address of a list or a channel", "esse é o endereço de uma lista ou de um canal"}, true
	case ReasonAddress:
		return words{"this is not a WhatsApp address", "esse não é um endereço do WhatsApp"}, true
	case ReasonFieldLong:
		return words{"the text is too long", "o texto é longo demais"}, true
	case ReasonFieldMany:
		return words{"there are too many of them", "há itens demais"}, true
	case ReasonEmail:
		return words{"this is not an e-mail address", "esse não é um endereço de e-mail"}, true
	case ReasonTag:
		return words{"tags are lower case, trimmed and unique", "tags são minúsculas, sem espaços nas pontas e sem repetição"}, true
	case ReasonVar:
		return words{"names of variables are lower case letters, digits and underscores", "nomes de variáveis são letras minúsculas, dígitos e sublinhados"}, true
	case ReasonText:
		return words{"the text contains bytes that are not text", "o texto contém bytes que não são texto"}, true
	case ReasonBasis:
		return words{"this is not one of the legal bases of article 7 of the LGPD: choose one of " + basisCodes,
			"essa não é uma das bases legais do artigo 7º da LGPD: escolha uma destas: " + basisCodes}, true
	case ReasonNotPhone:
		return words{"the phone is not in its canonical form: parse it first", "o telefone não está na forma canônica: interprete-o antes"}, true
	}
	return rowWords(r)
}

func rowWords(r Reason) (words, bool) {
	switch r {
	case ReasonDuplicate:
		return words{"the same phone stands in an earlier row", "o mesmo telefone está em uma linha anterior"}, true
	case ReasonRagged:
		return words{"the row has more cells than the header: a cell that contains the separator needs quotes", "a linha tem mais células que o cabeçalho: uma célula que contém o separador precisa de aspas"}, true
	case ReasonQuote:
		return words{"the quotes of the row do not match", "as aspas da linha não fecham"}, true
	case ReasonRowLong:
		return words{"the row is too long", "a linha é longa demais"}, true
	case ReasonNUL:
		return words{"the row contains NUL bytes", "a linha contém bytes nulos"}, true
	case ReasonEncoding:
		return words{"the row contains damaged characters: correct them and save the file as UTF-8", "a linha contém caracteres danificados: corrija-os e salve o arquivo como UTF-8"}, true
	case ReasonAreaMismatch:
		return words{"the area code column does not agree with the phone", "a coluna do DDD não concorda com o telefone"}, true
	case ReasonActive:
		return words{"write yes or no", "escreva sim ou não"}, true
	case ReasonLeft:
		return words{"the file says that this person wants no messages", "o arquivo diz que esta pessoa não quer receber mensagens"}, true
	case ReasonNoConsent:
		return words{"the consent column says no", "a coluna de consentimento diz não"}, true
	case ReasonFileEmpty:
		return words{"the file is empty", "o arquivo está vazio"}, true
	case ReasonFileSheet:
		return words{"this is a spreadsheet, not a CSV file: open it and save it as CSV UTF-8", "esse arquivo é uma planilha, não um CSV: abra-o e salve como CSV UTF-8"}, true
	case ReasonFileBinary:
		return words{"this is not a text file: save the contacts as CSV UTF-8", "esse não é um arquivo de texto: salve os contatos como CSV UTF-8"}, true
	case ReasonNoHeader:
		return words{"the first row looks like a contact and not like a header: add a header with the names of the columns, or say that there is none and name the columns", "a primeira linha parece um contato e não um cabeçalho: acrescente um cabeçalho com os nomes das colunas, ou diga que não há cabeçalho e dê nome às colunas"}, true
	case ReasonNoPhoneColumn:
		return words{"no column is known as the phone: call it telefone, celular, whatsapp or phone, say which one it is, or in which row the header stands", "nenhuma coluna é reconhecida como telefone: chame-a de telefone, celular, whatsapp ou phone, diga qual é, ou em que linha está o cabeçalho"}, true
	case ReasonAmbiguous:
		return words{"several columns could be the phone: say which one it is", "várias colunas podem ser o telefone: diga qual é"}, true
	case ReasonMapping:
		return words{"the mapping names a column that the file does not have, or a field that does not exist", "o mapeamento cita uma coluna que o arquivo não tem, ou um campo que não existe"}, true
	case ReasonDelimiter:
		return words{"this character cannot separate columns: use ; , tab or |", "esse caractere não serve de separador: use ; , tabulação ou |"}, true
	case ReasonSheets:
		return words{"several sheets of the workbook have text: say which one it is", "várias planilhas do arquivo têm texto: diga qual delas"}, true
	case ReasonSheet:
		return words{"the workbook has no visible sheet of this name with text", "o arquivo não tem uma planilha visível com esse nome e com texto"}, true
	case ReasonDamaged:
		return words{"the workbook is damaged or protected by a password: open it, save it again as .xlsx without a password, or as CSV UTF-8", "o arquivo está danificado ou protegido por senha: abra-o e salve de novo como .xlsx sem senha, ou como CSV UTF-8"}, true
	case ReasonUnpacked:
		return words{"the workbook is too large: take pictures and other sheets out, split it, or save it as CSV UTF-8", "o arquivo é grande demais: retire imagens e outras planilhas, divida-o, ou salve como CSV UTF-8"}, true
	case ReasonNobody:
		return words{"no row of the file is a contact: see the refused rows for the reasons, correct them or the mapping of the columns, and hand the file in again", "nenhuma linha do arquivo é um contato: veja os motivos nas linhas recusadas, corrija-as ou o mapeamento das colunas, e envie o arquivo de novo"}, true
	case ReasonFileCards:
		return words{"this is a file of vCards, not a table: in the address book choose export as CSV (Google Contacts: Export, Google CSV)", "esse arquivo é de vCards, não uma tabela: na agenda, escolha exportar como CSV (Contatos do Google: Exportar, CSV do Google)"}, true
	case ReasonHeaderRow:
		return words{"there is no header in the row that you named: give the line in which the names of the columns stand, counted from 1", "não há cabeçalho na linha informada: dê a linha em que estão os nomes das colunas, contada a partir de 1"}, true
	case ReasonFileGone:
		return words{"the file has been removed before it was read: hand it in again", "o arquivo foi removido antes de ser lido: envie-o de novo"}, true
	case ReasonEncodingName:
		return words{"this encoding is not known: use utf-8, utf-16le, utf-16be or windows-1252", "essa codificação não é conhecida: use utf-8, utf-16le, utf-16be ou windows-1252"}, true
	}
	return words{}, false
}
