// Command estargz packs a tar as an eStargz layer: every file of it is a gzip member of its own.
package main

import (
	"io"
	"os"

	"github.com/containerd/stargz-snapshotter/estargz"
)

func main() {
	from, to := os.Args[1], os.Args[2]
	tar, err := os.Open(from)
	check(err)
	info, err := tar.Stat()
	check(err)
	layer, err := estargz.Build(io.NewSectionReader(tar, 0, info.Size()))
	check(err)
	out, err := os.Create(to)
	check(err)
	_, err = io.Copy(out, layer)
	check(err)
	check(layer.Close())
	check(out.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
