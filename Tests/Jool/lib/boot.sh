# Boots the guest, runs one command in it, and brings back its output and its exit status. Sourced by ../guest.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the names in the cache are ../guest's

qemu='' run=''
cleanup() {
    [ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
    [ -z "$run" ] || rm -rf "$run"
}

boot() { # [OPTION...] [--] COMMAND [ARGUMENT...], see ../guest
    local timeout=${DNS64D_GUEST_TIMEOUT:-300} memory=${DNS64D_GUEST_MEMORY:-2G} cpus=${DNS64D_GUEST_CPUS:-2}
    local accel=${DNS64D_GUEST_ACCEL:-auto} append='' console='' verbose='' jool=1 writable=()
    while [ $# -gt 0 ]; do
        case $1 in
        --no-jool) jool=0 && shift && continue ;;
        --verbose) verbose=1 && shift && continue ;;
        --) shift && break ;;
        -*) [ $# -ge 2 ] || fail "run: $1 wants a value" ;;
        *) break ;;
        esac
        case $1 in
        --rw) writable+=("$(realpath -e "$2")") || fail "run: no folder $2" ;;
        --timeout) timeout=$2 ;;
        --memory) memory=$2 ;;
        --cpus) cpus=$2 ;;
        --accel) accel=$2 ;;
        --append) append=$2 ;;
        --console) console=$2 ;;
        *) fail "run: unknown option $1" ;;
        esac
        shift 2
    done
    [ $# -gt 0 ] || fail "run: no command given"
    [ "$accel" != auto ] || accel=$(cat "$accelerator")

    trap cleanup EXIT
    trap 'exit 130' INT TERM HUP
    run=$(mktemp -d "$cache/run.XXXXXX")
    write_job "$@"
    local began=$EPOCHREALTIME status=0
    start_qemu || status=$?
    [ -z "$console" ] || cp "$run/console" "$console" || true
    report "$status"
}

# The guest reads what to run, where and with which environment from the host's root.
write_job() { # COMMAND [ARGUMENT...]
    printf '%s\0' "$@" >"$run/arguments"
    export -p >"$run/environment"
    printf '%s' "$PWD" >"$run/folder"
    cp "$here/lib/job" "$run/job"
}

# Returns QEMU's status, or timeout's.
start_qemu() { # uses boot's settings
    local cpu=max arguments number
    case $accel in
    kvm) cpu=host ;;
    *) accel=tcg,thread=multi ;;
    esac
    # mitigations, init_on_alloc, apparmor: only cost time in a guest that runs one command. panic=-1 with -no-reboot: QEMU
    # ends when the kernel panics.
    local words="console=ttyS0 quiet panic=-1 nokaslr mitigations=off init_on_alloc=0 apparmor=0 audit=0
        random.trust_cpu=on tsc=reliable clocksource=tsc
        guest.run=$run guest.sysroot=$sysroot guest.rw=${#writable[@]} guest.jool=$jool $append"
    # shellcheck disable=SC2054 # QEMU's commas
    arguments=(
        -name dns64d-guest -machine pc -accel "$accel" -cpu "$cpu" -smp "$cpus" -m "$memory"
        -nodefaults -no-user-config -display none -monitor none -no-reboot
        -kernel "$kernel" -initrd "$initramfs" -append "${words//[$'\n']/ }" -serial "file:$run/console"
        -fsdev local,id=hostroot,path=/,security_model=none,readonly=on,multidevs=remap
        -device virtio-9p-pci,fsdev=hostroot,mount_tag=hostroot
        # A share of its own: overlayfs refuses a layer that lies inside another.
        -fsdev "local,id=tools,path=$tools,security_model=none,readonly=on"
        -device virtio-9p-pci,fsdev=tools,mount_tag=tools
        -device virtio-serial-pci
        -add-fd fd=3,set=1 -chardev file,id=out,path=/dev/fdset/1,append=on
        -add-fd fd=4,set=2 -chardev file,id=err,path=/dev/fdset/2,append=on
        -chardev "file,id=status,path=$run/status"
        -device virtserialport,nr=1,chardev=out
        -device virtserialport,nr=2,chardev=err
        -device virtserialport,nr=3,chardev=status
    )
    for number in "${!writable[@]}"; do
        printf '%s' "${writable[number]}" >"$run/rw$number"
        arguments+=(
            -fsdev "local,id=rw$number,path=${writable[number]},security_model=none,multidevs=remap"
            -device "virtio-9p-pci,fsdev=rw$number,mount_tag=rw$number"
        )
    done
    run_qemu "${arguments[@]}"
}

run_qemu() { # ARGUMENT...
    local out err status=0
    # A pipe each, so that it does not matter what our own outputs are: a terminal, a file, a socket.
    exec 3> >(exec cat)
    out=$!
    exec 4> >(exec cat >&2)
    err=$!
    timeout --kill-after=10 "$timeout" qemu-system-x86_64 "$@" </dev/null >"$run/qemu.log" 2>&1 9>&- &
    qemu=$!
    wait "$qemu" || status=$?
    qemu=
    exec 3>&- 4>&-
    wait "$out" "$err" 2>/dev/null || true
    return "$status"
}

report() { # QEMU'S STATUS
    local status='' init='' started='' ended=''
    [ ! -s "$run/status" ] || read -r status init started ended <"$run/status"
    if [ -n "$status" ]; then
        [ -z "$verbose" ] || say "the guest's clock: init at $init s, the command from $started to $ended s;" \
            "all in all $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }') s ($accel)"
        exit "$status"
    fi
    if [ "$1" -eq 124 ] || [ "$1" -eq 137 ]; then
        tail -n 5 "$run/console" >&2 || true
        say "the time was up after $timeout s"
        exit 124
    fi
    cat "$run/qemu.log" >&2
    tail -n 40 "$run/console" >&2 || true
    fail "the guest went down without a word (QEMU's status was $1)"
}
