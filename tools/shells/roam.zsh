#compdef roam
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh's completion of roam: eval "$(roam completion zsh)" behind compinit, or as _roam in a folder of fpath. What may
# come next says the roam that is called.
_roam() {
    local line kind prefix word about current=${(Q)words[CURRENT]}
    local -a answer whole begun
    answer=("${(@f)$(${~${(Q)words[1]}} completion candidates -- "${(@Q)words[2,CURRENT-1]}" "${current#[\"\']}" 2>/dev/null)}")
    kind=${answer[1]%%$'\t'*} prefix=${answer[1]#*$'\t'}
    for line in "${(@)answer[2,-1]}"; do
        word=${${line%%$'\t'*}//:/\\:} about=
        if [[ $line == *$'\t'* ]]; then about=:${line#*$'\t'}; fi
        if [[ $word == *[=/] ]]; then begun+=("$word$about"); else whole+=("$word$about"); fi
    done
    ((!$#whole)) || _describe roam whole
    ((!$#begun)) || _describe roam begun -S ''
    if [[ $kind != words ]]; then
        compset -P "${(b)prefix}"
        if [[ $kind == files ]]; then _files; else _files -/; fi
    fi
}
if [[ ${funcstack[1]-} == _roam ]]; then _roam "$@"; else compdef _roam roam; fi
