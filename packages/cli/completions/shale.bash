# bash completion for shale: source this file, or put it where bash-completion looks.
#
# `shale __complete -- WORDS...` prints what can stand in place of the last word: a candidate a line, with its
# description after a tab, or the one line `:files` or `:directories` where the shell knows better.
#
# bash splits words at the characters of COMP_WORDBREAKS, and so splits `alpine:3.19`. The line is therefore split at
# blanks here, and what bash takes for words of their own is cut off from the candidates again.
_shale() {
  local line=${COMP_LINE:0:COMP_POINT} current kept candidate
  local -a words=()
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(""); fi
  current=${words[-1]}
  kept=${current%"${current##*["$COMP_WORDBREAKS"]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case $candidate in
      :files) compopt -o default; return ;;
      :directories) compopt -o dirnames; return ;;
      *) COMPREPLY+=("${candidate#"$kept"}") ;;
    esac
  done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _shale shale
