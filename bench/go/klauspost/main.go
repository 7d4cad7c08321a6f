// Gzip by klauspost's encoder, from stdin to stdout, as people get it who ask for nothing: one
// stream, or pgzip's blocks.
package main

import (
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/pgzip"
)

func main() {
	var w io.WriteCloser = gzip.NewWriter(os.Stdout)
	if os.Args[1] == "pgzip" {
		w = pgzip.NewWriter(os.Stdout)
	}
	_, err := io.CopyBuffer(w, struct{ io.Reader }{os.Stdin}, make([]byte, 1<<20))
	check(err)
	check(w.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
