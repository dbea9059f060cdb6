#!/bin/bash
# Builds the fuzz targets as oss-fuzz wants them: with $CXX, $CXXFLAGS and $LIB_FUZZING_ENGINE, into $OUT, each with its dictionary and
# the zip file of its corpus. Needs libpcre2-dev, libcdb-dev, liblmdb-dev, libidn2-dev and libpsl-dev.
set -eu
cd "$(dirname "$0")/../.."
# Another release of the compiler may warn of more.
make -j"$(nproc)" FLAVOUR=fuzz FUZZ_CXX="$CXX" FUZZ_SANITIZE= FUZZ_ENGINE="$LIB_FUZZING_ENGINE" WARNINGS= fuzzers
mkdir -p "$OUT/modules"
cp build/fuzz/modules/*.so "$OUT/modules/"
for target in build/fuzz/*_fuzzer; do
  name=${target##*/}
  cp "$target" "$OUT/"
  cp build/fuzz/words.dict "$OUT/$name.dict"
  zip -q -j "$OUT/${name}_seed_corpus.zip" "tests/fuzz/corpus/${name%_fuzzer}"/*
done
