# SPDX-License-Identifier: GPL-2.0-or-later
# bash ask.bash <LINES: what bash offers at the end of each line, as "NUMBER WORD" with whole words. The function that
# `complete` names gets what readline would give it: words cut at blanks, at runs of '=' and at ':'.
eval "$(roam completion bash)"
function=$(complete -p roam | sed -n 's/.*-F \([^ ]*\) roam$/\1/p')
number=0
while IFS= read -r line; do
    mapfile -t COMP_WORDS < <(grep -oE '[=:]+|[^[:blank:]=:]+' <<<"$line")
    [[ $line != *[[:blank:]] ]] || COMP_WORDS+=('')
    COMP_LINE=$line COMP_POINT=${#line} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    "$function" roam
    cut=${line##*[[:blank:]]}
    cut=${cut%"${cut##*[=:]}"}
    for word in "${COMPREPLY[@]}"; do echo "$number $cut$word"; done
    number=$((number + 1))
done
