package xlsx_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/xuri/excelize/v2"

	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/xlsx"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "clientes.xlsx")
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"Nome", "Celular"})
	f.SetSheetRow("Sheet1", "A2", &[]any{"Maria", 5511900000001})
	f.SetSheetRow("Sheet1", "A3", &[]any{"José", "5,51199E+12"})
	if err := f.SaveAs(path); err != nil {
		fmt.Println(err)
		return
	}

	book, err := xlsx.Open(path, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer book.Close()
	rows, err := book.Rows("") // the only sheet
	if err != nil {
		fmt.Println(err)
		return
	}
	people := contact.ReadTable(rows, nil)
	for to, err := range people.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(to.Name, to.Phone)
	}
	for _, r := range people.Report().Refusals {
		fmt.Println(r.Line, r.Column, r.Reason)
	}
	// Output:
	// Maria +5511900000001
	// 3 Celular phone_scientific
}
