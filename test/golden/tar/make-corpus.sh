#!/bin/sh
# Makes the corpus of real tars under fixtures/, and next to each what GNU tar says is in it:
#
#   NAME.tar.gz     the archive
#   NAME.list       GNU tar's listing, one line a member
#   NAME.payloads   SHA-256, size and path of each regular member, in order, as GNU tar extracts
#                   them; for a file with holes ("sparse") those of what lies between the holes;
#                   for members that GNU tar keeps to itself ("other") of the bytes they have
#
# Needs GNU tar, bsdtar, busybox, cpio, pax, python3, and root for device nodes. Run it only to add
# to the corpus: the files are committed, and the tests read nothing else.
set -eu
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "$0")" && pwd)
out=$here/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/src" "$work/sparse" "$work/tars"

# --- content --------------------------------------------------------------------------------------

repeat() { awk -v n="$2" -v s="$1" 'BEGIN { for (i = 0; i < n; i++) printf "%s", s }'; }

cd "$work/src"
seq 1 400 >numbers.txt
: >empty
repeat x 512 >one-block
repeat y 513 >block-and-byte
mkdir -p bin etc "$(repeat d 90)/$(repeat e 50)"
seq 1 3 1500 >bin/tool
chmod 755 bin/tool
echo 'key = value' >etc/config
ln numbers.txt hardlink
ln -s bin/tool symlink
echo 'a path that ustar splits in two' >"$(repeat d 90)/$(repeat e 50)/split.txt"
mkfifo pipe
mknod null c 1 3
mknod loop b 7 0

# What v7 and ustar cannot hold.
mkdir "$work/long"
cd "$work/long"
mkdir -p "$(repeat p 120)/$(repeat q 140)"
echo 'a path that ustar cannot hold' >"$(repeat p 120)/$(repeat q 140)/long.txt"
ln -s "$(repeat t 300)" long-link
echo snow >"$(printf 'sn\303\266-\342\230\203.txt')"
echo latin >"$(printf 'caf\351.txt')"

# One file with few holes, one with more than two extension blocks of an old-GNU map can hold.
cd "$work/sparse"
echo before >before.txt
few() { dd if="$1" of=few-holes bs=512 seek="$2" conv=notrunc status=none; }
repeat A 1024 >"$work/a"; few "$work/a" 8
repeat B 512 >"$work/b"; few "$work/b" 100
truncate -s 262144 few-holes
cat "$work/a" "$work/b" >"$work/few-holes.data"
i=0
: >"$work/many-holes.data"
while [ $i -lt 60 ]; do
  repeat "$(printf "\\$(printf '%03o' $((65 + i % 26)))")" 512 >"$work/c"
  dd if="$work/c" of=many-holes bs=512 seek=$((i * 5 + 3)) conv=notrunc status=none
  cat "$work/c" >>"$work/many-holes.data"
  i=$((i + 1))
done
truncate -s 1048576 many-holes
echo after >after.txt

find "$work/src" "$work/long" "$work/sparse" -exec touch -h -d '2024-01-02 03:04:05Z' {} +

# --- what is recorded -----------------------------------------------------------------------------

# Called by GNU tar for every regular member, whose content comes on stdin.
cat >"$work/record" <<RECORD
#!/bin/sh
data=$work/\$(basename "\$TAR_FILENAME").data
if [ -f "\$data" ]; then
  cat >/dev/null
  sum=\$(sha256sum <"\$data" | cut -d' ' -f1)
  printf 'sparse %s %s %s\n' "\$sum" "\$(stat -c %s "\$data")" "\$TAR_FILENAME"
else
  printf 'file %s %s %s\n' "\$(sha256sum | cut -d' ' -f1)" "\$TAR_SIZE" "\$TAR_FILENAME"
fi
RECORD
chmod +x "$work/record"

# keep NAME [OPTION...]: records work/tars/NAME. GNU tar's complaints about odd archives are part of
# their oddness.
keep() {
  name=$1
  shift
  gzip -9n <"$work/tars/$name" >"$out/$name.tar.gz"
  tar -tv --full-time --numeric-owner --quoting-style=literal --show-stored-names "$@" \
    -f "$work/tars/$name" >"$out/$name.list" 2>/dev/null || true
  rm -rf "$work/x"
  mkdir "$work/x"
  # Through a pipe: tar does not wait for the last command when it gives up on an archive.
  {
    tar -x -C "$work/x" --to-command="$work/record" "$@" -f "$work/tars/$name" 2>/dev/null || true
  } | cat >"$out/$name.payloads"
}

# other FILE PATH, others_first NAME: lines for content that GNU tar does not hand out.
other() {
  sum=$(sha256sum <"$1" | cut -d' ' -f1)
  printf 'other %s %s %s\n' "$sum" "$(stat -c %s "$1")" "$2" >>"$work/others"
}
others_first() {
  cat "$work/others" "$out/$1.payloads" >"$work/both"
  mv "$work/both" "$out/$1.payloads"
  rm "$work/others"
}

pack() { tar --sort=name --mtime='2024-01-02 03:04:05Z' --owner=0 --group=0 --numeric-owner "$@"; }

# --- GNU tar --------------------------------------------------------------------------------------

cd "$work/tars"
for format in v7 oldgnu gnu ustar pax; do
  # v7 has neither long paths nor devices; tar leaves them out with a complaint.
  pack --format=$format -cf gnutar-$format -C "$work/src" . 2>/dev/null || true
  keep gnutar-$format
done
for format in gnu pax; do
  pack --format=$format -cf long-names-$format -C "$work/long" .
  keep long-names-$format
  pack --format=$format -V 'a label' -cf labelled-$format -C "$work/src/etc" .
  keep labelled-$format
  tar --format=$format --sort=name -g "$work/snapshot-$format" --mtime=@1700000000 \
    --owner=0 --group=0 -cf incremental-$format -C "$work/src" bin etc numbers.txt
  keep incremental-$format
  tar --format=$format --owner=big:4000000000 --group=big:4000000000 --mtime=@-1000000000 \
    -cf far-numbers-$format -C "$work/src" numbers.txt etc/config
  keep far-numbers-$format
  # A volume is full in the middle of a file.
  seq 1 3000 >"$work/spans"
  volumes=$(printf -- '-f volume-%s-1 -f volume-%s-2 -f volume-%s-3 ' $format $format $format)
  pack --format=$format -M -L 10 $volumes -c -C "$work" spans -C src numbers.txt \
    2>/dev/null </dev/null || true
  for i in 1 2; do keep volume-$format-$i; done
  cat volume-$format-1 volume-$format-2 >volumes-joined-$format
  keep volumes-joined-$format -i
done
# The label of a PAX archive is in a global header, which is no member of it.
sed -i '/^V/d' "$out/labelled-pax.list"
# Old GNU puts a directory's list of names where a file's content is.
printf 'Ytool\0\0' >"$work/bin.names"
printf 'Yconfig\0\0' >"$work/etc.names"
other "$work/bin.names" bin/
other "$work/etc.names" etc/
others_first incremental-gnu
# GNU tar passes over the rest of a file whose beginning it has not seen.
continued=$(sed -n 's/.*Continued at byte \([0-9]*\)--$/\1/p' "$out/volume-gnu-2.list")
tail -c +$((continued + 1)) "$work/spans" >"$work/spans.rest"
other "$work/spans.rest" spans
others_first volume-gnu-2
holes() {
  pack --hole-detection=raw -S -C "$work/sparse" "$@" after.txt before.txt few-holes many-holes
}
holes --format=gnu -cf sparse-gnu
keep sparse-gnu
for version in 0.0 0.1 1.0; do
  holes --format=pax --sparse-version=$version -cf sparse-pax-$version
  keep sparse-pax-$version
done

pack --format=pax --pax-option='globexthdr.name=global,comment=made for a test' -cf pax-global \
  -C "$work/src" etc numbers.txt
keep pax-global
pack --format=pax --pax-option='SCHILY.xattr.user.note:=12 size=7,comment:=seven = 7' \
  -cf pax-records -C "$work/src" etc numbers.txt
keep pax-records

pack --format=gnu -cf duplicates -C "$work/src" etc/config numbers.txt
pack --format=gnu -rf duplicates -C "$work/src" etc/config
pack --format=gnu -rf duplicates -C "$work/src" --transform='s,bin/tool,etc/config,' bin/tool
keep duplicates

# --- archives put together and torn apart ---------------------------------------------------------

cat gnutar-ustar gnutar-gnu gnutar-pax >joined
keep joined -i
{ cat gnutar-ustar; repeat 'no tar here ' 512; cat gnutar-pax; } >joined-over-junk
keep joined-over-junk -i
{ cat gnutar-gnu; repeat junk 300; } >junk-behind
keep junk-behind
# The second header of three is damaged: its entry is lost, the next one is found again.
pack --format=ustar -cf damaged-header -C "$work/src" bin/tool etc/config numbers.txt
size=$(stat -c %s "$work/src/bin/tool")
second=$((512 + (size + 511) / 512 * 512))
printf X | dd of=damaged-header bs=1 seek=$second conv=notrunc status=none
keep damaged-header
head -c 1000 gnutar-pax >cut-in-extension
keep cut-in-extension
head -c 2048 damaged-header >cut-in-payload
keep cut-in-payload
{ head -c 512 damaged-header; head -c "$size" "$work/src/bin/tool"; } >cut-before-padding
keep cut-before-padding
# GNU tar does not hand out a block that is not whole, though the file is.
printf 'file %s %s bin/tool\n' "$(sha256sum <"$work/src/bin/tool" | cut -d' ' -f1)" "$size" \
  >"$out/cut-before-padding.payloads"
head -c $second damaged-header >no-trailer
keep no-trailer

# --- other writers --------------------------------------------------------------------------------

some='bin etc empty one-block numbers.txt hardlink symlink'
for format in v7 ustar pax gnutar; do
  bsdtar --format=$format -cf bsdtar-$format -C "$work/src" $some pipe
  keep bsdtar-$format
done
(cd "$work/src" && busybox tar -cf "$work/tars/busybox" $some)
keep busybox
for format in ustar tar; do
  (cd "$work/src" && find bin etc numbers.txt symlink | sort | cpio --quiet -o -H $format) \
    >cpio-$format
  keep cpio-$format
done
for format in ustar tar; do
  (cd "$work/src" && pax -w -x $format bin etc numbers.txt hardlink symlink) >pax-$format
  keep pax-$format
done
python3 - "$work" <<'PYTHON'
import os, sys, tarfile
work = sys.argv[1]
for name, format in ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT):
    with tarfile.open(f"{work}/tars/python-{name}", "w", format=format) as tar:
        for member in ("src/numbers.txt", "src/hardlink", "src/bin", "src/symlink"):
            tar.add(f"{work}/{member}", arcname=member)
        tar.add(f"{work}/src/etc/config", arcname="etc/" + "ü" * 130)
PYTHON
for format in gnu pax; do keep python-$format; done

du -ch "$out"/*.gz | tail -1
