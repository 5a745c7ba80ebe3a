# SPDX-License-Identifier: GPL-2.0-or-later
# bash's completion of roam: eval "$(roam completion bash)". What may come next says the roam that is called.
_roam() {
    local rest=$COMP_LINE word before line kind prefix current cut='' quoted='' i
    local -a words=() answer=() found=()
    # bash cuts words at '=' and ':'; what no blank is between is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        before=${rest%%"$word"*}
        [[ -n $word || ${COMP_LINE:COMP_POINT-1:1} != [[:blank:]] ]] || before=' '
        if ((i > 0)) && [[ -z $before ]]; then words[-1]+=$word; else words+=("$word"); fi
        rest=${rest#"$before$word"}
    done
    current=${words[-1]}
    # What follows an open quote is what readline replaces.
    case $current in [\"\']*) current=${current:1} quoted=yes words[-1]=$current ;; esac
    mapfile -t answer < <("${words[0]/#\~/$HOME}" completion candidates -- "${words[@]:1}" 2>/dev/null)
    IFS=$'\t' read -r kind prefix <<<"${answer[0]-}"
    case $kind in
    files) mapfile -t found < <(compgen -f -- "${current#"$prefix"}") ;;
    directories) mapfile -t found < <(compgen -d -- "${current#"$prefix"}") ;;
    esac
    [[ $kind == words ]] || compopt -o filenames 2>/dev/null
    COMPREPLY=("${found[@]/#/$prefix}")
    for line in "${answer[@]:1}"; do COMPREPLY+=("${line%%$'\t'*}"); done
    # bash replaces only what is behind its last cut.
    case $COMP_WORDBREAKS in *=*) [[ $quoted || $current != *[=:]* ]] || cut=${current%"${current##*[=:]}"} ;; esac
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=/] ]]; then compopt -o nospace 2>/dev/null; fi
    return 0
}
complete -F _roam roam
