# SPDX-License-Identifier: GPL-2.0-or-later
# fish's completion of roam: roam completion fish | source. What may come next says the roam that is called.
function __roam_complete
    set -l words (commandline -opc)
    # A token as it is typed: with its escapes, or with a quote that is still open.
    set -l current (commandline -ct | string collect)
    set -l unescaped (string unescape -- $current; or string sub --start 2 -- $current)
    set current "$unescaped"
    set -l answer ($words[1] completion candidates -- $words[2..] $current 2>/dev/null)
    set -l kind (string split -- \t $answer[1])
    set -l path (string sub --start (math (string length -- "$kind[2]") + 1) -- $current)
    set -l below (string replace --regex '^~/' "$HOME/" -- $path)
    set -l found
    switch $kind[1]
        case files
            set found (__fish_complete_path $below)
        case directories
            set found (__fish_complete_directories (string escape --no-quoted -- $below) '')
    end
    if string match --quiet '~/*' -- $path # stays as it is typed
        set found (string replace -- "$HOME/" '~/' $found)
    end
    set -q found[1]; and printf '%s\n' "$kind[2]"$found
    set -e answer[1]
    string join \n -- $answer
end
complete -c roam -f -a '(__roam_complete)'
