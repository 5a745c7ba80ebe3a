# SPDX-License-Identifier: GPL-2.0-or-later
# fish's completion of roam: roam completion fish | source. What may come next says the roam that is called.
function __roam_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] completion candidates -- $words[2..] $current 2>/dev/null)
    set -l kind (string split -- \t $answer[1])
    set -l path (string sub --start (math (string length -- "$kind[2]") + 1) -- $current)
    switch $kind[1]
        case files
            printf '%s\n' "$kind[2]"(__fish_complete_path $path)
        case directories
            printf '%s\n' "$kind[2]"(__fish_complete_directories $path '')
    end
    set -e answer[1]
    string join \n -- $answer
end
complete -c roam -f -a '(__roam_complete)'
