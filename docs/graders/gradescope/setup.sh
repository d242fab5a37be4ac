#!/usr/bin/env bash
# Runs once, when Gradescope builds the image. The wheel is the client's: `pip wheel --no-deps ./client` makes it.
set -euo pipefail
# On Ubuntu 22.04; on 24.04 write python3 for python3.11 below.
apt-get update
apt-get install -y --no-install-recommends python3.11 python3.11-venv
python3.11 -m venv /autograder/venv
/autograder/venv/bin/pip install gradescope-utils /autograder/source/stepgrade-*.whl
