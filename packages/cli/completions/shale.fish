# fish completion for shale: put this file into ~/.config/fish/completions under the name shale.fish, or source it.
#
# `shale __complete -- WORDS...` prints what can stand in place of the last word: a candidate a line, with its
# description after a tab, or the one line `:files` or `:directories` where the shell knows better.
function __shale_complete
    set -l current (commandline -ct)
    set -l words (commandline -opc) "$current"
    set -l answer ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    switch "$answer[1]"
        case :files
            __fish_complete_path "$current"
        case :directories
            __fish_complete_directories "$current"
        case '*'
            printf '%s\n' $answer
    end
end
complete -c shale -f -a '(__shale_complete)'
