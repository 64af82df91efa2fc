package imports

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// Who wants no messages by a file's own word does not come in, the preview says
// so, and the host is told on what evidence.
func TestPeopleWhoHaveLeftAreTold(t *testing.T) {
	var told []string
	down := errors.New("down")
	var err error = down
	s := open(t, Options{Left: func(_ context.Context, tenant string, p contact.Phone, evidence string) error {
		if err == nil {
			told = append(told, tenant+" "+string(p)+": "+evidence)
		}
		return err
	}})
	j := s.upload("clientes.csv", "Nome;Celular;Aceita receber mensagens?;Descadastrado\n"+
		"Maria;11900000001;Sim;Não\nJosé;11900000002;Não;Não\nAna;11900000003;Sim;Sim\n")
	p, perr := s.desk().Preview(s.ctx, j.ID, nil)
	require.NoError(t, perr)
	require.Equal(t, 2, p.ByReason[contact.ReasonLeft])
	require.Empty(t, told, "a preview changes nothing")

	_, serr := s.desk().Start(s.ctx, j.ID)
	require.NoError(t, serr)
	_, serr = s.Step(s.ctx)
	require.ErrorIs(t, serr, down, "nobody is forgotten because the store was down")
	err = nil
	s.drain()
	j = s.get(j.ID)
	require.Equal(t, Done, j.Status)
	require.EqualValues(t, 1, j.Progress.Added)
	require.EqualValues(t, 2, j.Progress.ByReason[contact.ReasonLeft])
	require.Equal(t, []string{
		"shop +5511900000002: arquivo clientes.csv, linha 3, coluna Aceita receber mensagens?",
		"shop +5511900000003: arquivo clientes.csv, linha 4, coluna Descadastrado",
	}, told)
}
