# fish completion for campaignd. Load it with:
#   campaignd completion fish | source
# or write it to ~/.config/fish/completions/campaignd.fish.
function __campaignd_complete
    set -l before (commandline -opc)
    set -l program $before[1]
    set -e before[1]
    set -l current (commandline -ct)
    for line in ($program complete -- $before "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :dirs
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c campaignd -f -a '(__campaignd_complete)'
