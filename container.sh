#!/bin/sh
# The steps of Containerfile, apart from it so that they run, and are tested, without an engine:
#
#     sh container.sh SOURCES ENVIRONMENT [options of pip]
#
# makes an environment with lstm_viz's wheel and the versions of requirements.txt.
set -eu
sources=$1 environment=$2
shift 2

pip() {
    command=$1
    shift
    "$environment/bin/python" -m pip "$command" --disable-pip-version-check --no-cache-dir "$@"
}

"${PYTHON:-python3}" -m venv "$environment"
pip wheel "$@" --no-deps --wheel-dir "$environment/wheels" "$sources"
pip install "$@" -r "$sources/requirements.txt" "$environment"/wheels/*.whl
rm -r "$environment/wheels"
