# SPDX-License-Identifier: GPL-2.0-or-later
# zsh -f ask.zsh <LINES: what zsh offers at the end of each line, as "NUMBER WORD" with whole words: an interactive zsh on
# a terminal of its own gets the line and a tab; its compadd says what it adds. where there is a folder functions/, the script is _roam in it.
zmodload zsh/zpty
cat >setting.zsh <<'ZSH'
PS1= PROMPT_EOL_MARK=
fpath=($PWD/functions $fpath)
autoload -Uz compinit && compinit -D -u
[[ -d functions || -h functions ]] || eval "$(roam completion zsh)"
number=0
compadd() {
    local -a hits before hidden
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    builtin compadd -A hits "$@"
    zparseopts -E P:=before p:=hidden
    local hit
    for hit in $hits; do print -r -- "$number $IPREFIX${before[2]-}${hidden[2]-}$hit" >>said; done
    builtin compadd "$@"
}
next() { number=$((number + 1)); print -r -- "$number" >done; zle kill-whole-line; }
zle -N next
bindkey '^I' complete-word '^G' next
print -r -- 0 >done
ZSH
: >said
rm -f done
wait_for() { # until the inner shell says that it has answered so many lines
    local i
    for ((i = 0; i < 1200; i++)); do
        while zpty -r -t inner >/dev/null; do :; done
        [[ ! -s done || $(<done) != $1 ]] || return 0
        sleep 0.02
    done
    print -u2 -r -- "zsh did not answer line $1"
    exit 3
}
zpty inner zsh -f -i
zpty -w inner "source $PWD/setting.zsh"
wait_for 0
asked=0
while IFS= read -r line; do
    zpty -w -n inner "$line"$'\t\C-g'
    asked=$((asked + 1))
    wait_for $asked
done
zpty -d inner
cat said
