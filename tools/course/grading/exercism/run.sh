#!/bin/sh
# A test runner of Exercism: run.sh SLUG INPUT OUTPUT, where SLUG is the number or the name of an exercise.
#
# INPUT holds src/ of that exercise, or the whole course with exercises/.
set -eu
slug=$1 input=${2%/} output=${3%/}
grading=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -d "$input/exercises" ]; then
    name=$(basename "$(ls -d "$grading/../../../exercises/$slug"*)")
    whole=$(mktemp -d)
    trap 'rm -rf "$whole"' EXIT
    mkdir -p "$whole/exercises"
    cp -RP "$input" "$whole/exercises/$name"
    input=$whole
fi
"$grading/one" exercism "$input" "$output/results.json" "$slug"
