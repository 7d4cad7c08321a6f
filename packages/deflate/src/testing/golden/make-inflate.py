#!/usr/bin/env python3
"""Makes inflate.json: small blobs of real gzip tools, as base64, with the sha256 of what they hold.

Needs GNU gzip, pigz and Go on the path. Run from anywhere: python3 make-inflate.py
"""

import base64
import gzip
import hashlib
import json
import pathlib
import subprocess
import tempfile
import zlib

HERE = pathlib.Path(__file__).parent
GO = """package main

import (
	"compress/gzip"
	"io"
	"os"
	"strconv"
)

func main() {
	level, _ := strconv.Atoi(os.Args[1])
	w, _ := gzip.NewWriterLevel(os.Stdout, level)
	io.Copy(w, os.Stdin)
	w.Close()
}
"""


def words(count, vocabulary):
    """Text of words that come back now and then."""
    state, text = 1, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        text.append("w%x" % ((state >> 8) % vocabulary))
    return " ".join(text).encode()


def run(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def deflated(data, *, level=6, strategy=zlib.Z_DEFAULT_STRATEGY, flushes=()):
    """A blob of zlib with a flush after each part."""
    encoder = zlib.compressobj(level, zlib.DEFLATED, 31, 8, strategy)
    size = len(data) // (len(flushes) + 1)
    out = b""
    for turn, flush in enumerate(flushes):
        out += encoder.compress(data[turn * size : (turn + 1) * size]) + encoder.flush(flush)
    return out + encoder.compress(data[len(flushes) * size :]) + encoder.flush()


def go_blobs(data, levels):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "main.go")
        source.write_text(GO)
        for level in levels:
            yield level, run(["go", "run", str(source), str(level)], data)


def blobs():
    text = words(900, 700)
    run_text = words(60, 50) * 700
    flushes = [zlib.Z_PARTIAL_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_BLOCK] * 3
    for level in (1, 6, 9):
        yield f"gzip -{level}", run(["gzip", f"-{level}", "-n", "-c"], text)
    for level in (1, 6, 11):
        yield f"pigz -{level}", run(["pigz", f"-{level}", "-n", "-c", "-p", "2"], text)
    yield "pigz of several jobs", run(["pigz", "-6", "-n", "-c", "-p", "2"], run_text)
    yield "pigz of independent jobs", run(["pigz", "-i", "-n", "-c", "-p", "2"], run_text)
    for level in (0, 1, 6, 9):
        yield f"python {level}", gzip.compress(text, level, mtime=1_000_000_000)
    yield "zlib, fixed codes", deflated(text, strategy=zlib.Z_FIXED)
    yield "zlib, literals only", deflated(text, strategy=zlib.Z_HUFFMAN_ONLY)
    yield "zlib, runs", deflated(b"a" * 5000 + text[:500], strategy=zlib.Z_RLE)
    yield "zlib, flushes", deflated(text, flushes=flushes)
    yield "members", b"".join(gzip.compress(text[at : at + 99], mtime=0) for at in range(0, 999, 99))
    yield "zeros after it", gzip.compress(text[:200], mtime=0) + bytes(100)
    yield "nothing", gzip.compress(b"", mtime=0)
    for level, blob in go_blobs(text, (-2, 1, 6, 9)):
        yield f"go {level}", blob


def entry(name, blob):
    output = gzip.decompress(blob)
    return {
        "name": name,
        "outputSha256": hashlib.sha256(output).hexdigest(),
        "blob": base64.b64encode(blob).decode(),
    }


made = [entry(name, blob) for name, blob in blobs()]
(HERE / "inflate.json").write_text(json.dumps(made, indent=2) + "\n")
