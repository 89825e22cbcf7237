// Error texts with their exit status: recorded from 4.1.9, or as the sources of 4.1.9 to 4.1.15 word them.

@testable import JoolBackend

enum KnownFailures {
    static let refused = "Error: The kernel module returned error "

    static let all: [(Int32, String, JoolFailure.Cause)] = [
        (
            253,
            "Error: Jool's socket family doesn't seem to exist.\n(This probably means Jool hasn't been modprobed.)\n"
                + "Netlink error message: Object not found\n", .moduleMissing
        ),
        (22, refused + "22: NAT64 Jool has not been modprobed. (Try `modprobe jool`)\n", .moduleMissing),
        (3, refused + "3: This namespace lacks an instance named 'nosuch'.\n", .instanceMissing),
        (3, refused + "3: The requested instance does not exist.\n", .instanceMissing),
        (17, refused + "17: This namespace already has a Jool instance named 'default'.\n", .instanceExists),
        (17, refused + "17: This namespace already has a Netfilter Jool instance.\n", .netfilterTaken),
        (1, refused + "1: CAP_NET_ADMIN capability required. (Maybe try su or sudo?)\n", .noRights),
        (228, "Error: Error receiving the kernel module's response: Operation not permitted\n", .noRights),
        (
            17,
            refused + "17: Entry 192.0.2.1#45000|2001:db8:1::3#80 collides with 192.0.2.1#45000|2001:db8:1::2#80.\n",
            .entryExists
        ),
        (17, refused + "17: The requested entry already exists.\n", .entryExists),
        (3, refused + "3: The entry wasn't in the database.\n", .entryMissing),
        (3, refused + "3: Could not find the requested entry in the IPv4 pool.\n", .entryMissing),
        (
            22,
            refused
                + "22: The transport address '192.0.2.9#80' does not belong to pool4.\nPlease add it there first.\n",
            .notInPool4
        ),
        (22, refused + "22: Sorry; you can't change a NAT64 instance's pool6 for now.\n", .pool6Fixed),
        (22, refused + "22: Sorry; you can't change an instance's framework for now.\n", .frameworkFixed),
        (
            22,
            refused + "22: Port range 32768-60000 intersects with the namespace's ephemeral range (32768-60999).\n"
                + "Please read https://nicmx.github.io/Jool/en/usr-flags-pool4.html#port-range\n"
                + "Rejecting request; add --force to skip this validation.\n", .portsOverlap
        ),
        (
            249,
            "Error: Warning: You're adding lots of addresses, which might defeat the whole point of NAT64 over SIIT.\n"
                + "Error: Will cancel the operation. Use --force to override this.\n", .tooManyAddresses
        ),
        (
            22, refused + "22: 95 is not a valid prefix length (32, 40, 48, 56, 64, 96).\n",
            .badValue("/95 is no prefix length of RFC 6052 section 2.2: 32, 40, 48, 56, 64, 96")
        ),
        (
            22, refused + "22: '64:ff9b::1/96' seems to have a suffix; please fix.\n",
            .badValue("64:ff9b::1/96 has bits set behind its length")
        ),
        (
            22, refused + "22: The u-bit is nonzero; see https://github.com/NICMx/Jool/issues/174.\n",
            .badValue("bits 64 to 71 of the prefix must be zero (RFC 6052 section 2.2)")
        ),
        (22, refused + "22: pool6 is mandatory in NAT64 instances.\n", .badValue("a NAT64 instance needs a prefix")),
        (
            22, refused + "22: The 'tcp-est' timeout (3600000) is too small. (min: 7200000)\n",
            .badValue("tcp-est-timeout of 1:00:00 is below the least that Jool takes, 2:00:00")
        ),
        (
            22, refused + "22: lowest-ipv6-mtu (100) is too small (min: 1280).\n",
            .badValue("lowest-ipv6-mtu 100 is below the least that Jool takes, 1280")
        ),
        (22, refused + "22: f-args (16) is out of range. (0-15)\n", .badValue("a number out of its range")),
        (
            22, refused + "22: The plateaus list contains nothing but zeroes.\n",
            .badValue("the list of plateaus is empty or too long")
        ),
        (234, "Error: '70000' is out of bounds (0-65535).\n", .badValue("70000 is not within 0-65535")),
        (234, "Error: Cannot parse 'banana' as an IPv6 address.\n", .badValue("can't read 'banana'")),
        (1, "Error: 'banana' is not an unsigned integer. (error code 1)\n", .badValue("can't read 'banana'")),
        (
            234, "Error: Cannot parse 'maybe' as a bool (true|false|1|0|yes|no|on|off).\n",
            .badValue("can't read 'maybe'")
        ),
        (
            234, "Error: 'banana' does not seem to follow the '[HH:[MM:]]SS[.mmm]' format.\n",
            .badValue("can't read 'banana'")
        ),
        (
            234, "Error: The instance name must be a null-terminated ascii string, 15 characters max.\n",
            .badValue("an instance's name has at most 15 characters, all ASCII")
        ),
        (
            234, "Unexpected token: 'nosuchkey'\nAvailable options: manually-enabled pool6 mtu-plateaus f-args \n",
            .badUsage
        ),
        (234, "The command is missing a protocol (--tcp, --udp or --icmp).\n", .badUsage),
        (234, "Error: Only one protocol is allowed per request.\n", .badUsage),
        (64, "display: unrecognized option '--nosuchflag'\nTry `display --help' for more information.\n", .badUsage),
        (22, refused + "22: Invalid request: 'Operand' attribute is missing.\n", mismatch),
        (234, "Error: The kernel module's response is too small.\n", mismatch),
        (234, "Error: The kernel's response has too many plateaus.\n", mismatch),
        (
            11, refused + "11: Oops. Pool4 changed while I was iterating so I lost track of where I was. Try again.\n",
            .changedMeanwhile
        ),
        (12, refused + "12: Cannot allocate memory\n", .outOfMemory), (244, "Error: Unknown error -12\n", .outOfMemory),
        (
            22,
            refused + "22: pool4 was probably left in an inconsistent state because of a memory allocation failure "
                + "or a bug. Please remove NAT64 Jool from your kernel.\n", .moduleConfused
        ),
        (2, "Error: Could not open file \"/x.json\": Permission denied\n", .other),
        (255, "Cannot open network namespace \"inside\": No such file or directory\n", .namespaceMissing),
        (255, "exec of \"jool\" failed: No such file or directory\n", .programMissing),
        (234, "Error: Could not open the socket to kernelspace: Protocol not supported\n", .other),
        (236, "Error: Error receiving the kernel module's response: Operation not supported\n", mismatch),
        (5, "Error: Something new.\n", .other), (17, "", .other), (253, "", .moduleMissing), (64, "?", .badUsage),
    ]

    static let mismatch = JoolFailure.Cause.versionMismatch(client: nil, module: nil)
}
