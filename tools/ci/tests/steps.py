# SPDX-License-Identifier: GPL-2.0-or-later
"""steps.py FILE: the commands of the one job of a recipe, as one shell script: what GitHub's runner and GitLab's do with
them. Each step of GitHub has a shell of its own, with errexit and pipefail; GitLab's lines share one. Variables of the
recipe are set unless the environment has them already; with CACHE_HIT=true steps are left out that run where nothing is
cached."""
import os
import shlex
import sys

import yaml

document = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
github = "jobs" in document
(job,) = document["jobs"].values() if github else document.values()
print("set -e")
for name, value in (document["env"] if github else job["variables"]).items():
    print(f"export {name}=${{{name}:-{shlex.quote(value)}}}")
if github:
    steps = []
    for step in job["steps"]:
        cached = "cache-hit != 'true'" in step.get("if", "")
        if "run" in step and not (cached and os.environ.get("CACHE_HIT") == "true"):
            steps.append(step["run"])
else:
    steps = job["before_script"] + job["script"]
assert len(steps) >= 3, steps
for step in steps:
    print(f"bash -eo pipefail -c {shlex.quote(step)}" if github else step)
