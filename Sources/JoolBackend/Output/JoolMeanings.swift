// What the counters mean that only Jool has, a few words each, for clients that were not asked to explain them.

enum JoolMeanings {
    static func of(_ name: String) -> String { table[name] ?? "counted by Jool as \(OutputFailure.shown(name.utf8))" }

    private static let table = [
        // State, and what became of packets.
        "JSTAT_SUCCESS": "packets translated, of either family",
        "JSTAT_BIB_ENTRIES": "bindings that there are now",
        "JSTAT_SESSIONS": "sessions that there are now",
        "JSTAT_UNKNOWN": "packets lost to an error in Jool's program",
        // Not translated, for a setting.
        "JSTAT_XLATOR_DISABLED": "not translated while manually-enabled is false",
        "JSTAT_POOL6_UNSET": "not translated for want of a prefix",
        "JSTAT_POOL6_MISMATCH": "IPv6 packets to other destinations, left to the host",
        "JSTAT_POOL4_MISMATCH": "IPv4 packets to what is not in pool4, left to the host",
        "JSTAT_MASK_DOMAIN_NOT_FOUND": "IPv6 packets for whose protocol and mark pool4 has no entry",
        "JSTAT_ICMP6_FILTER": "ICMPv6 queries dropped as drop-icmpv6-info says",
        "JSTAT_V4_SYN": "TCP connections from outside dropped as drop-externally-initiated-tcp says",
        "JSTAT_UNTRANSLATABLE_DST6": "IPv6 destinations that are not in the prefix",
        "JSTAT_UNTRANSLATABLE_DST4": "IPv4 sources that the prefix can't take",
        "JSTAT64_SRC": "IPv6 sources that have no translation",
        "JSTAT64_DST": "IPv6 destinations that have no translation",
        "JSTAT46_SRC": "IPv4 sources that have no translation",
        "JSTAT46_DST": "IPv4 destinations that have no translation",
        "JSTAT64_6791_ENOENT": "no IPv4 address found for an ICMP error's source",
        "JSTAT46_6791_ENOENT": "no IPv6 address found for an ICMP error's source",
        // Not translated, for what the packet is.
        "JSTAT64_FRAGMENTED_ICMP": "ICMPv6 in fragments, whose checksum can't be translated",
        "JSTAT46_FRAGMENTED_ICMP": "ICMPv4 in fragments, whose checksum can't be translated",
        "JSTAT46_FRAGMENTED_ZERO_CSUM": "UDP over IPv4 without a checksum",
        // Not translated, for the kernel.
        "JSTAT_ENOMEM": "memory that the kernel did not give",
        "JSTAT_6056_F": "source ports that could not be computed",
        "JSTAT_SKB_SHARED": "packets that the kernel does not let be changed",
        "JSTAT_L3HDR_OFFSET": "packets that the kernel handed over damaged",
        "JSTAT64_PSKB_COPY": "no memory for the IPv4 packet",
        "JSTAT46_PSKB_COPY": "no memory for the IPv6 packet",
        // Translated, and not sent.
        "JSTAT46_BAD_MTU": "routed through a device whose MTU is below 1280",
        "JSTAT_FAILED_ROUTES": "translated packets that there was no route for",
        "JSTAT_DST_OUTPUT": "translated packets that the kernel did not send",
        // Errors that Jool sent itself.
        "JSTAT_ICMP6ERR_SUCCESS": "ICMPv6 errors sent",
        "JSTAT_ICMP6ERR_FAILURE": "ICMPv6 errors that could not be sent",
        "JSTAT_ICMP4ERR_SUCCESS": "ICMPv4 errors sent",
        "JSTAT_ICMP4ERR_FAILURE": "ICMPv4 errors that could not be sent",
        // A name that the client doesn't know: the module is newer.
        "????": "counters of the module that its older client has no name for",
    ]
}
