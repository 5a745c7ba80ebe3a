# SPDX-License-Identifier: GPL-2.0-or-later
# fish --no-config ask.fish <LINES: what fish offers at the end of each line, as "NUMBER WORD".
roam completion fish | source
set number 0
while read --line line
    complete -C $line | string replace --regex '\t.*' '' | string replace --regex ^ "$number "
    set number (math $number + 1)
end
