// Gzip by Go's standard library, from stdin to stdout, at the level given.
package main

import (
	"compress/gzip"
	"io"
	"os"
	"strconv"
)

func main() {
	level, err := strconv.Atoi(os.Args[1])
	check(err)
	w, err := gzip.NewWriterLevel(os.Stdout, level)
	check(err)
	_, err = io.CopyBuffer(w, struct{ io.Reader }{os.Stdin}, make([]byte, 1<<20))
	check(err)
	check(w.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
