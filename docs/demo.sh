#!/bin/sh
# The main job on real files. Run by `make demo`, which sets BIN.
set -u
chapter10="$BIN/chapter10"
rm -rf demo
"$chapter10" start demo
cd demo || exit 1
failed=0

show() {  # show TITLE EXPECTED-EXIT-CODE
    printf '\n──── %s\n$ chapter10 check attention\n' "$1"
    "$chapter10" check attention
    code=$?
    [ "$code" -eq "$2" ] || { echo "expected exit code $2, got $code"; failed=1; }
}

show "The untouched stub" 1
cp ../solutions/misconceptions/attention/no_scaling.py attention.py
show "An answer that forgot to divide by √d" 1
cp ../solutions/attention.py attention.py
show "The reference" 0
printf '\nThe workspace is in %s. Next: cd demo; %s list\n' "$PWD" "$chapter10"
exit $failed
