package disk

import "golang.org/x/sys/windows"

// Of asks the file system of a directory. It is errors.ErrUnsupported where it
// cannot be asked.
func Of(dir string) (Room, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return Room{}, err
	}
	var r Room
	err = windows.GetDiskFreeSpaceEx(name, &r.Free, &r.Total, nil)
	return r, err
}
