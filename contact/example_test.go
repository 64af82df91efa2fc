package contact_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

func ExampleParsePhone() {
	for _, s := range []string{"(11) 90000-1234", "0 15 11 8765-4321", "55990001234", "+351 910 000 123"} {
		p, err := contact.ParsePhone(s, "BR")
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(p, p.Region(), p.AreaCode())
	}
	// Output:
	// +5511900001234 BR 11
	// +5511987654321 BR 11
	// +5555990001234 BR 55
	// +351910000123 PT
}

func ExampleParsePhone_refused() {
	for _, s := range []string{"90000-1234", "5,51199E+12", "11 90000-1234 / 11 90000-5678"} {
		_, err := contact.ParsePhone(s, "BR")
		var pe *contact.PhoneError
		if errors.As(err, &pe) {
			fmt.Println(pe.Reason, "-", pe.Text("pt"))
		}
	}
	// Output:
	// phone_area_missing - falta o DDD: informe o código de área, como em 11 90000-1234
	// phone_scientific - a planilha reduziu o número à notação científica e perdeu dígitos: formate a coluna como texto e digite o número de novo
	// phone_several - há mais de um número aqui: deixe um só
}

func ExampleFromAddress() {
	p, _ := contact.FromAddress("553187654321@s.whatsapp.net")
	fmt.Println(p, p.Variants())
	_, err := contact.FromAddress("123456789012345@lid")
	fmt.Println(err)
	// Output:
	// +5531987654321 [5531987654321 553187654321]
	// contact: phone: an anonymous address (LID) holds no phone number: look at its alternative address
}

func ExamplePhone_Redacted() {
	fmt.Println(contact.Phone("+5511900001234").Redacted())
	// Output: +55119****1234
}

func ExamplePhone_Zone() {
	zone, ok := contact.Phone("+5592900001234").Zone()
	fmt.Println(zone, ok)
	// Output: America/Manaus true
}

func ExampleReadCSV() {
	file := strings.NewReader("sep=;\r\n" +
		"Nome;DDD;Celular;Etiquetas;Cidade\r\n" +
		"Maria Silva;11;90000-0001;VIP, Natal;São Paulo\r\n" +
		"João;;90000-0002;;\r\n" +
		"Maria outra vez;;(11) 90000-0001;;\r\n")

	c := contact.ReadCSV(file, nil)
	for to, err := range c.All() {
		if err != nil {
			fmt.Println(err) // of the whole file
			return
		}
		fmt.Println(to.Phone, to.FirstName(), to.Tags, to.Vars["cidade"])
	}
	r := c.Report()
	fmt.Println(r.Rows, "rows,", r.Accepted, "accepted,", r.Refused, "refused")
	for _, refusal := range r.Refusals {
		fmt.Println(refusal.Text("en"))
	}
	// Output:
	// +5511900000001 Maria [natal vip] São Paulo
	// 3 rows, 1 accepted, 2 refused
	// line 4, Celular: the area code is missing: say the area code, as in 11 90000-1234
	// line 5, Celular: the same phone stands in line 3
}

func ExampleCSV_Layout() {
	c := contact.ReadCSV(strings.NewReader("Pessoa,Fone,Código do cliente\nMaria,11 90000-0001,77\n"),
		&contact.CSVOptions{Mapping: map[string]contact.Field{"pessoa": contact.FieldName}})
	layout, err := c.Layout()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", layout.Delimiter)
	for _, col := range layout.Columns {
		fmt.Printf("%s: %s", col.Name, col.Field)
		if col.Field == contact.FieldVar {
			fmt.Printf(" {{%s}}", col.Var)
		}
		fmt.Println()
	}
	// Output:
	// ","
	// Pessoa: name
	// Fone: phone
	// Código do cliente: var {{codigo_do_cliente}}
}

func ExampleReport_WriteRefused() {
	c := contact.ReadCSV(strings.NewReader("nome,telefone\nMaria,123\n"), nil)
	for range c.All() {
	}
	var file strings.Builder
	if err := c.Report().WriteRefused(&file, "pt"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.NewReplacer("\ufeff", "", "\r\n", "\n").Replace(file.String()))
	// Output:
	// linha_recusa;codigo_recusa;motivo_recusa;nome;telefone
	// 2;phone_too_short;linha 2, telefone: o número tem dígitos de menos;Maria;123
}
