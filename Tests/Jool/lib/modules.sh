# Compiles Jool's modules for the guest's kernel, in the cache. Sourced by ../guest.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the names in the cache are ../guest's

compile_modules() {
    local version headers source part log=$cache/compile.log
    version=$(basename "$sysroot"/lib/modules/*)
    headers=$sysroot/usr/src/linux-headers-$version
    source=$(echo "$sysroot"/usr/src/jool-dkms-*/src/mod)
    # The headers' Makefile includes the common ones by where they would be if they were installed.
    sed -i "s#^include /usr/src/#include $sysroot/usr/src/#" "$headers/Makefile"
    say "compiling Jool's modules for Linux $version"
    : >"$log"
    # In the order of the package's dkms.conf: the other two need the Module.symvers of common.
    for part in common nat64 siit; do
        make -C "$headers" M="$source/$part" -j"$(nproc)" modules >>"$log" 2>&1 || {
            tail -n 30 "$log" >&2
            fail "compiling Jool's $part failed; the whole of it is in $log"
        }
    done
    mkdir -p "$sysroot/lib/modules/$version/extra"
    for part in common/jool_common nat64/jool siit/jool_siit; do
        # Without its debug sections jool_common.ko goes from 20 MB to 0.5 MB.
        strip --strip-debug -o "$sysroot/lib/modules/$version/extra/${part#*/}.ko" "$source/$part.ko"
    done
    /sbin/depmod -b "$sysroot" "$version"
    echo "$version" >"$modules_made"
    say "compiled after $SECONDS s"
}
