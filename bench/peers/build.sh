#!/bin/sh
# Builds the ns-3 programs into the folder named, against the ns-3 that is installed (Debian: libns3-dev).
# Ends with status 3 and one line when ns-3 or the compiler is not there.
set -eu
out=$1
here=$(dirname "$0")
modules="core network internet applications bridge csma point-to-point"
packages=""
libraries=""
for module in $modules; do
  packages="$packages ns3-$module"
  # not by pkg-config --libs: what Debian wrote there asks for libraries that libns3-dev does not bring
  libraries="$libraries -lns3-$module"
done

missing() {
  echo "ns-3 is not measured: $1 is not there (apt-get install libns3-dev g++ pkg-config)" >&2
  exit 3
}
command -v g++ >/dev/null || missing g++
command -v pkg-config >/dev/null || missing pkg-config
# shellcheck disable=SC2086
pkg-config --exists $packages || missing libns3-dev

mkdir -p "$out"
for program in cluster chain; do
  source="$here/$program.cc"
  if [ "$out/$program" -nt "$source" ] && [ "$out/$program" -nt "$here/common.h" ]; then continue; fi
  # shellcheck disable=SC2046,SC2086
  g++ -std=c++17 -O3 -Wall -Wextra "$source" -o "$out/$program.new" \
    $(pkg-config --cflags $packages) -Wl,--as-needed $libraries
  mv "$out/$program.new" "$out/$program"
done
pkg-config --modversion ns3-core
