package contact_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/alreasense/campaigns/contact"
)

func BenchmarkParsePhone(b *testing.B) {
	for _, s := range []string{"5511900001234", "+55 (11) 90000-1234", "11 8765-4321", "+351 910 000 123"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := contact.ParsePhone(s, "BR"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadCSV prints rows/s for the two shapes of files: bare phones and
// names, and everything with two variables, quotes and Windows-1252.
func BenchmarkReadCSV(b *testing.B) {
	const rows = 100_000
	var plain, full bytes.Buffer
	plain.WriteString("nome;telefone\n")
	full.WriteString("Nome;DDD;Telefone;E-mail;Quem indicou;Etiquetas;Cidade;C\xf3digo;Obs\r\n")
	for i := range rows {
		fmt.Fprintf(&plain, "Maria da Silva;55119%08d\n", i)
		fmt.Fprintf(&full, "Jo\xe3o da Concei\xe7\xe3o;11;9%04d-%04d;joao%d@example.com;\"Souza, Ana\";VIP, Cliente;S\xe3o Paulo;%d;\"diz \"\"oi\"\"\"\r\n", i/10_000, i%10_000, i, i)
	}
	for name, file := range map[string][]byte{"plain": plain.Bytes(), "full": full.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				c := contact.ReadCSV(bytes.NewReader(file), nil)
				n := 0
				for _, err := range c.All() {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != rows {
					b.Fatalf("%d of %d rows, refused %v", n, rows, c.Report().ByReason)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
