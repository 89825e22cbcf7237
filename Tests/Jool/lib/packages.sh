# What the guest is made of: Debian's stock kernel, its headers, Jool's source and programs, downloaded and unpacked into the
# cache. Nothing of it is installed on the host. Sourced by ../guest.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the names in the cache are ../guest's

check_machine() {
    local machine
    machine=$(uname -m)
    if [ "$machine" = x86_64 ] && command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ]; then return; fi
    say "a real Jool is tested in a virtual machine made of Debian 12's packages for amd64, by apt-get, under QEMU."
    say "This machine is $machine with $(command -v apt-get || echo no apt-get): run \`make test-jool\` on Debian 12 amd64."
    fail "DNS64D_WITHOUT_GUEST=1 lets \`make test\` leave it out."
}

check_programs() {
    local program missing=()
    for program in qemu-system-x86_64 /bin/busybox cpio xz make gcc-12 strip /sbin/depmod /sbin/modprobe timeout; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    # objtool and modpost of the kernel's build are linked with it.
    [ -e /usr/lib/x86_64-linux-gnu/libelf.so.1 ] || missing+=(libelf.so.1)
    # Plain "busybox" is linked dynamically and of no use in an initramfs.
    if [ -x /bin/busybox ] && ldd /bin/busybox >/dev/null 2>&1; then missing+=("a static busybox"); fi
    [ ${#missing[@]} -eq 0 ] || fail "missing: ${missing[*]}; \`scripts/need jool\` installs them"
}

# The package of this name that PACKAGE depends on: linux-image-amd64 stands for linux-image-6.1.0-NN-amd64.
dependency() { # PACKAGE PATTERN
    apt-cache depends --no-recommends --no-suggests "$1" 2>/dev/null |
        awk -v pattern="$2" '$1 == "Depends:" && $2 ~ pattern && !found { found = $2 } END { print found }'
}

update_lists() {
    [ "$(id -u)" -eq 0 ] || fail "apt's lists of packages are missing or old: run apt-get update as root"
    apt-get -q update >&2 || fail "apt-get update failed: is Debian's archive within reach of this machine?"
}

# Root's apt would drop to the user _apt, who may not write here: harmless, but noisy unless told.
get_packages() { # FOLDER PACKAGE...
    (cd "$1" && apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 download "${@:2}" >&2)
}

# The names of all that is needed, the kernel's first, or nothing where apt's lists don't have them.
choose_packages() {
    local image version headers common kbuild
    image=$(dependency linux-image-amd64 '^linux-image-[0-9]')
    version=${image#linux-image-}
    headers=linux-headers-$version
    common=$(dependency "$headers" '^linux-headers-.*-common$')
    kbuild=$(dependency "$headers" '^linux-kbuild-')
    [ -n "$version" ] && [ -n "$common" ] && [ -n "$kbuild" ] || return 0
    echo "$image $headers $common $kbuild jool-dkms jool-tools libnl-3-200 libnl-genl-3-200"
}

download_packages() {
    local names new=$packages.new
    read -r -a names < <(choose_packages) || {
        update_lists
        read -r -a names < <(choose_packages) || fail "apt knows no linux-image-amd64 with headers: is this Debian?"
    }
    rm -rf "$new"
    mkdir -p "$new"
    say "downloading ${names[*]}"
    # The lists may be older than the archive: once more with new ones, and with the names that those have.
    get_packages "$new" "${names[@]}" || {
        update_lists
        read -r -a names < <(choose_packages)
        rm -f "$new"/*
        get_packages "$new" "${names[@]}" || fail "the download failed: is Debian's archive within reach of this machine?"
    }
    # Only now is what was there of no more use.
    rm -rf "$modules_made" "$packages"
    mv "$new" "$packages"
    say "downloaded after $SECONDS s"
}

unpack_packages() {
    local package
    rm -rf "$sysroot" "$tools"
    mkdir -p "$sysroot" "$tools"
    for package in "$packages"/*.deb; do
        case ${package##*/} in
        jool-tools_* | libnl-*) dpkg -x "$package" "$tools" ;;
        *) dpkg -x "$package" "$sysroot" ;;
        esac
    done
    # The tools become a layer over a host whose /lib is a link to usr/lib; a real /lib in the layer would hide that link.
    if [ -d "$tools/lib" ]; then
        mkdir -p "$tools/usr/lib"
        cp -a "$tools/lib/." "$tools/usr/lib/"
        rm -rf "${tools:?}/lib"
    fi
    rm -rf "${tools:?}/etc"
}
