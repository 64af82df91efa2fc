//go:build !linux

package socket

import (
	"net"
	"os/user"
)

// Peer names the user at the other end of a connection to the door. This
// system does not tell whose it is; the directory's owner alone can open it.
func Peer(net.Conn) (string, error) {
	me, err := user.Current()
	if err != nil {
		return "", err
	}
	return me.Username, nil
}
