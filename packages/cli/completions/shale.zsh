#compdef shale
# zsh completion for shale: put this file into a directory of $fpath under the name _shale, or source it.
#
# `shale __complete -- WORDS...` prints what can stand in place of the last word: a candidate a line, with its
# description after a tab, or the one line `:files` or `:directories` where the shell knows better.
_shale() {
  local line value description
  local -a candidates
  for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :files) _files; return ;;
      :directories) _files -/; return ;;
      ?*)
        value=${line%%$'\t'*} description=${line#*$'\t'}
        candidates+=("${value//:/\\:}${description:+:$description}")
        ;;
    esac
  done
  _describe -t values shale candidates
}
if [[ $funcstack[1] == _shale ]]; then
  _shale "$@"
else
  compdef _shale shale
fi
