#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipes for GitHub and GitLab, step by step, in a project of somebody else: roam is fetched from a clone and must be what
# is pinned, is packed and installed, and the gate is green; with a millisecond more in the user's scenario it is red. Nothing
# is downloaded: apt-get unpacks packages that were made, and takes all others for installed.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
build=${ROAM_BUILD:?}
git -C "$root" rev-parse --verify --quiet HEAD >/dev/null || { echo 'skipped: no repository' && exit 77; }
python3 -c 'import yaml' 2>/dev/null || { echo 'skipped: no python3-yaml' && exit 77; }
command -v dpkg-shlibdeps >/dev/null || { echo 'skipped: no dpkg-dev' && exit 77; }
cmake --build "$build" --target roam_command roam_shared roam_live_shared >build.log 2>&1 || { cat build.log && exit 1; }

git clone --quiet --bare "file://$root" roam.git
git -C roam.git config uploadpack.allowAnySHA1InWant true
commit=$(git -C "$root" rev-parse HEAD)
sha256=$(git -C "$root" archive "$commit" | sha256sum | cut -d ' ' -f 1)

# A root's worth of PATH: what is installed is below $HOME.
mkdir shims
cat >shims/apt-get <<'SHIM'
#!/usr/bin/env bash
echo "apt-get $*" >>"$HOME/apt.log"
for package; do
    [[ $package == ./*.deb ]] || continue
    dpkg-deb -x "$package" "$HOME/installed"
done
SHIM
chmod +x shims/apt-get

# job RECIPE [VARIABLE=VALUE]...: in the project, in a new HOME.
job() {
    local recipe=$1
    shift
    python3 "$root/tools/ci/tests/steps.py" "$root/tools/ci/recipe/$recipe.yml" >"$scratch/$recipe.sh"
    (cd "$scratch/$recipe" && env -i HOME="$scratch/$recipe.home" PATH="$scratch/shims:$scratch/$recipe.home/installed/usr/bin:/usr/bin:/bin" \
        ROAM_BUILD="$build" ROAM_REPOSITORY="file://$scratch/roam.git" ROAM_COMMIT="$commit" ROAM_SHA256="$sha256" \
        GITHUB_WORKSPACE="$scratch/$recipe" GITHUB_STEP_SUMMARY="$scratch/$recipe.home/summary.md" "$@" bash "$scratch/$recipe.sh")
}

for recipe in github gitlab; do
    mkdir -p $recipe/migration $recipe.home
    moves hop expect='{migration: move, result: ok}' >$recipe/migration/hop.yaml
    (cd $recipe && "$roam" gate --quiet --baseline migration/baselines --update migration/hop.yaml) >/dev/null

    # What is not pinned is not installed.
    status 1 job $recipe ROAM_SHA256=${sha256//?/0}
    says err 'roam is not what is pinned'
    [[ ! -e $recipe.home/installed ]] || fail "$recipe: installed although it is not what is pinned"
    rm -rf $recipe/roam-source

    status 0 job $recipe
    says out 'green: 1 scenario, 3 runs, against the baselines in migration/baselines: no difference'
    says $recipe.home/apt.log 'apt-get install -y ./roam-packages/roam_'
    [[ -x $recipe.home/installed/usr/bin/roam ]] || fail "$recipe: no roam was installed"
    rm -rf $recipe/roam-source

    # The packages are cached now, so that the clone is not needed: GitHub leaves the step of an `if:` out, GitLab's script asks.
    sed -i 's/delay: 35ms/delay: 36ms/' $recipe/migration/hop.yaml
    CACHE_HIT=true status 1 job $recipe ROAM_REPOSITORY="$scratch/none"
    says out 'validation: move'
    says out '+2.000 ms'
    says out 'red: 1 scenario'
    xmllint --noout $recipe/gate.xml || fail "$recipe: gate.xml is no XML"
    says $recipe/gate.xml 'failures="1"'
done
says out 'red: 1 scenario'
says gitlab/gate.md 'Migration latency: red'
says github.home/summary.md 'Migration latency: red'
says github.home/summary.md 'Migration latency: green'
exit "$failed"
