#compdef campaignd
# zsh completion for campaignd. Load it after compinit with:
#   source <(campaignd completion zsh)
# or write it to a file _campaignd in a directory of $fpath.
_campaignd() {
    local line word
    local -a found
    while IFS= read -r line; do
        case $line in
            :files) _files ;;
            :dirs) _files -/ ;;
            *)
                word=${${line%%$'\t'*}//:/\\:} line=${line#*$'\t'}
                found+=("$word${line:+:$line}")
                ;;
        esac
    done < <("${(Q)words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( $#found )) && _describe campaignd found
}
if [[ $funcstack[1] == _campaignd ]]; then
    _campaignd "$@"
else
    compdef _campaignd campaignd
fi
