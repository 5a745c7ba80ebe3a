#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tools/soak makes of what it sees, without networks and nodes.
exec python3 "$(dirname "$0")/soak_judge.py"
