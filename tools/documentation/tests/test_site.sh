#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/site: the site of the tree is made without a warning, is searched without a server, and needs no other host; a document
# with a dead link, a dead heading or no place in the menu is an error.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

if ! /usr/bin/python3 -c 'import sphinx, myst_parser, furo' 2>/dev/null; then
    echo 'tools/setup --site installs what this needs'
    exit 77
fi

# --- a small tree ---
mkdir -p small/tools small/part small/.github
cp -R "$root/tools/site" "$root/tools/documentation" small/tools/
rm -r small/tools/documentation/tests small/tools/documentation/README.md
echo 'project(small VERSION 7.8.9)' >small/CMakeLists.txt
printf 'Parts:\n  part/README.md\n    part/more.md\n  .github/CHANGES.md\n' >small/tools/documentation/navigation
printf '# Small\n\n[part](part/) [more](part/more.md#one-heading) [code](part/code.c) `part/more.md`\n\n```\na `part/more.md` [c](d)\n```\n' \
    >small/README.md
printf '# Part\n\n[above](../README.md) [changes](../.github/CHANGES.md)\n' >small/part/README.md
printf '# More\n\n## One heading\n\nWord.\n' >small/part/more.md
printf '# Changes\n' >small/.github/CHANGES.md
printf 'int zyzzyva; /* ``` */\n' >small/part/code.c
status 0 small/tools/site -o made
says out "made/index.html"
says made/index.html 'roam 7.8.9'
says made/index.html 'href="part/README.html"'
says made/index.html 'href="part/more.html#one-heading"'
says made/index.html 'href="part/code.c.html"'
same "$(grep -c 'href="part/more.html"' made/index.html)" 2 'links to a document: in the menu, and where a sentence names it'
says made/index.html '[c](d)'
says made/part/README.html 'href="../project/CHANGES.html"'
says made/part/code.c.html zyzzyva
touch made/old.html
status 0 small/tools/site --output=made
[[ ! -e made/old.html ]] || fail 'a page of the site before is left'

# wrong FILE TEXT MESSAGE: FILE with TEXT at its end.
wrong() {
    cp "small/$1" kept
    printf '\n%s\n' "$2" >>"small/$1"
    status 1 small/tools/site -o other
    says err "$3"
    [[ ! -e other ]] || fail "a site was made with '$2'"
    mv kept "small/$1"
}
wrong README.md '[x](part/none.md)' 'README.md: there is no part/none.md'
wrong README.md '[x](../outside.md)' 'README.md: there is no ../outside.md'
wrong part/README.md '[x](more.md#two-headings)' 'two-headings'
wrong part/README.md '[x](#none)' 'none'
wrong tools/documentation/navigation '  part/absent.md' 'navigation: there is no part/absent.md'
echo '# Lost' >small/part/lost.md
status 1 small/tools/site -o other
says err "part/lost.md: WARNING: document isn't included in any toctree"
rm small/part/lost.md

mkdir mine && touch mine/precious
status 2 small/tools/site -o mine
says err 'mine is there and is no site'
[[ -e mine/precious ]] || fail 'a file of somebody else is gone'
status 2 small/tools/site -o
status 2 small/tools/site --nonsense
status 2 small/tools/site word
status 0 small/tools/site --help
says out 'exit status: 0 made'

# --- the tree ---
status 0 "$root/tools/site" -o site
same "$(cat err)" '' 'what the generator says'
for page in index scenarios/README scenarios/glossary scenarios/catalogue results/columns sim/endpoint/matrix core/README project/CONTRIBUTING; do
    [[ -e site/$page.html ]] || fail "there is no $page.html"
done
# What a browser loads: scripts, styles, pictures and fonts, all from the site itself.
loads=$(find site -name '*.html' -exec grep -ohE '<(script|img|link|iframe|source)[^>]*>' {} + | grep -oE '(src|href)="[^"]*"' | sort -u)
((${#loads} > 500)) || fail 'pages load nothing'
if grep -E '"(https?:)?//|"/' <<<"$loads"; then fail 'a page loads something from elsewhere'; fi
if grep -nE '(@import|url\()[^)]{0,9}(https?:|/)' site/_static/*.css site/_static/styles/*.css | grep -v 'url([^)]*\.\./'; then
    fail 'a style sheet loads something from elsewhere'
fi
says site/index.html '@media (prefers-color-scheme: dark)'
says site/index.html '--color-background-primary: #131416'
[[ -e site/.nojekyll ]] || fail 'GitHub would leave _static out'
says site/searchindex.js '"Path validation"'
says site/scenarios/README.html 'class="highlight-yaml'
says site/index.html '<img alt="SRTT, congestion window and goodput'

if command -v chromium >/dev/null; then
    timeout 100 chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$scratch/profile" --virtual-time-budget=30000 \
        --dump-dom "file://$scratch/site/search.html?q=rebinding" >found 2>chromium.err || fail "chromium: exit status $?"
    says found 'href="scenarios/glossary.html#rebinding"'
fi

exit $failed
