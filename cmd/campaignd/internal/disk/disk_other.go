//go:build !linux && !darwin && !freebsd && !windows

package disk

import "errors"

// Of asks the file system of a directory. It is errors.ErrUnsupported where it
// cannot be asked.
func Of(string) (Room, error) { return Room{}, errors.ErrUnsupported }
