//go:build linux || darwin || freebsd

package disk

import "golang.org/x/sys/unix"

// Of asks the file system of a directory. It is errors.ErrUnsupported where it
// cannot be asked.
func Of(dir string) (Room, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Room{}, err
	}
	size := uint64(s.Bsize)
	return Room{Free: uint64(max(0, int64(s.Bavail))) * size, Total: s.Blocks * size}, nil
}
