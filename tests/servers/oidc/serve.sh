#!/bin/sh
# The library needs a newer Node than the tests do: an npm package brings it.
cd "$(dirname "$0")" || exit
case $(uname -m) in
  aarch64 | arm64) machine=arm64 ;;
  *) machine=x64 ;;
esac
exec "node_modules/node-linux-$machine/bin/node" serve.mjs "$@"
