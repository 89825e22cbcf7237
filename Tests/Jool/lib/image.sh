# What QEMU boots: the kernel, and an initramfs of a static busybox and the few modules that it takes to see the host's files.
# Sourced by ../guest.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the names in the cache are ../guest's

make_image() {
    local version key
    version=$(cat "$modules_made")
    # Taken first: scripts that change meanwhile make it anew next time.
    key=$(scripts_key)
    rm -f "$image_made"
    extract_kernel "$sysroot/boot/vmlinuz-$version" "$kernel" || cp "$sysroot/boot/vmlinuz-$version" "$kernel"
    make_initramfs "$version"
    find_accelerator "$version"
    echo "$key" >"$image_made"
}

# QEMU enters an uncompressed kernel directly (PVH); under emulation that saves the seconds that it takes a bzImage to unpack
# itself. Debian 12 packs with xz; with anything else the bzImage is booted as it is. The places are those of the kernel's
# Documentation/arch/x86/boot.rst: setup_sects, payload_offset and payload_length, which counts a size of 4 bytes at its end.
extract_kernel() { # BZIMAGE KERNEL
    local sectors offset length
    sectors=$(od -An -tu1 -j497 -N1 "$1")
    offset=$(od -An -tu4 -j584 -N4 "$1")
    length=$(od -An -tu4 -j588 -N4 "$1")
    # head closes the pipe early, so that the status of what is before it means nothing.
    (
        set +o pipefail
        tail -c +$(((sectors + 1) * 512 + offset + 1)) "$1" | head -c $((length - 4)) |
            xz -dc --single-stream >"$2" 2>/dev/null
    ) && [ "$(head -c 4 "$2" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]
}

make_initramfs() { # VERSION
    local root module path
    root=$(mktemp -d)
    mkdir -p "$root"/{bin,proc,sys,dev,modules,host,tools,rw,new}
    cp /bin/busybox "$root/bin/busybox"
    # Needed before the cache's /lib/modules is in sight, in the order in which insmod wants them.
    for module in virtio_pci virtio_console 9pnet_virtio 9p overlay; do
        /sbin/modprobe -d "$sysroot" -S "$1" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
        cp "$path" "$root/modules/"
        echo "${path##*/}"
    done >"$root/modules/order"
    install -m 755 "$here/lib/init" "$root/init"
    install -m 755 "$here/lib/init-command" "$root/init-command"
    # Not compressed: the guest would need longer to unpack it than QEMU to load it.
    (cd "$root" && find . -print0 | sort -z | cpio --null -o -H newc --quiet) >"$initramfs"
    rm -rf "$root"
}

# /dev/kvm may be there and not boot this kernel (one that is nested, or takes only guests made for it): try once.
find_accelerator() { # VERSION
    local host
    host="$1 on $(uname -r), $([ -w /dev/kvm ] && echo kvm || echo none)"
    if [ -f "$accelerator" ] && [ "$(cat "$accelerator.host" 2>/dev/null)" = "$host" ]; then return; fi
    echo tcg >"$accelerator"
    if [ -w /dev/kvm ] && (boot --accel kvm --timeout 20 -- true) >/dev/null 2>&1; then echo kvm >"$accelerator"; fi
    echo "$host" >"$accelerator.host"
}
