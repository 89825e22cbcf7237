// The error texts of Jool 4.1.9 to 4.1.15, client and module, each with its cause. A piece of the text decides, so that
// prefixes ("Error: ", "The kernel module returned error 3: ") don't matter, nor what is put before or behind; the first
// piece that is found wins. The module runs several messages into one without even a space between them.

struct JoolWords {
    let text: String

    init(_ text: String) { self.text = text }

    /// nil: words that are not known.
    var cause: JoolFailure.Cause? {
        for (piece, cause) in Self.table where text.contains(piece) { return cause(self) }
        return nil
    }

    private typealias Cause = JoolFailure.Cause
    private typealias Entry = (piece: String, cause: @Sendable (JoolWords) -> Cause)

    private static let table: [Entry] =
        entries(of: { $0.mismatch }, "Version mismatch")
        + entries(
            .other, "Could not open file", "Could not seek", "Could not ftell", "Could not fseek", "File read error")
        + entries(.namespaceMissing, "Cannot open network namespace", "cannot open /run/netns/", "no network namespace")
        + entries(.programMissing, "exec of \"", "failed to execute")
        + entries(.noRights, "CAP_NET_ADMIN", "Operation not permitted", "Permission denied")
        + entries(.moduleMissing, "has not been modprobed", "socket family doesn't seem to exist")
        + instances + entriesOfTables + misunderstandings + commandLine + values
        + entries(
            .outOfMemory, "Out of memory", "out of memory", "Cannot allocate memory", "Unknown error -12",
            "Could not allocate")
        // Not the command line's fault, though the status is the same.
        + entries(
            .other, "Could not open the socket to kernelspace", "Netlink socket allocation failure",
            "Cannot initialize Netlink headers", "Could not register response handler",
            "Could not dispatch the request",
            "Error receiving the kernel module's response")

    private static let instances: [Entry] =
        entries(
            .instanceMissing, "lacks an instance named", "requested instance does not exist", "Instance not found.")
        + entries(.instanceExists, "already has a Jool instance named")
        + entries(.netfilterTaken, "already has a Netfilter Jool instance")
        + entries(.frameworkFixed, "change an instance's framework")
        + entries(.pool6Fixed, "change a NAT64 instance's pool6")
        + entries(
            .frameworkUnavailable, "iptables cannot be used", "only available instance framework",
            "the only available instance frameworks")

    private static let entriesOfTables: [Entry] =
        entries(.moduleConfused, "left in an inconsistent state")
        + entries(.notInPool4, "does not belong to pool4")
        + entries(.portsOverlap, "namespace's ephemeral range")
        + entries(.tooManyAddresses, "adding lots of addresses")
        + entries(.changedMeanwhile, "changed while I was iterating", "Offset not found", "already in progress")
        + entries(
            .entryExists, "collides with", "requested entry already exists", "already contains prefix",
            "overlaps with EAM", "already exists.")
        + entries(
            .entryMissing, "wasn't in the database", "Could not find the requested entry", "No entries match mark")

    /// Neither side would say these things to a partner of its own version.
    private static let misunderstandings = entries(
        .versionMismatch(client: nil, module: nil), "does not follow Jool's protocol", "Invalid request:",
        "attribute is malformed", "Malformed ", "request is missing", "Request is missing", "request lacks",
        "request contains no prefixes", "lacks a Jool header", "The kernel's response", "The kernel module's response",
        "Invalid kernel response", "Jool's Netlink response", "unknown stat counter", "lacks an error code attribute",
        "Command unsupported by", "Packet is meant for", "Operation not supported", "instance type must be either",
        "Unknown translator type", "Unknown status", "Unknown session timer", "Unknown protocol:",
        "Netlink packet is too small", "globals metadata array is not properly sorted", "jstat_metadatas array")

    private static let values: [Entry] =
        entries(of: { .badValue($0.tooSmall) }, "too small (min", "too small. (min")
        + entries(of: { .badValue($0.prefixLength) }, "not a valid prefix length")
        + entries(of: { .badValue($0.suffix) }, "seems to have a suffix")
        + entries(
            .badValue("bits 64 to 71 of the prefix must be zero (RFC 6052 section 2.2)"), "u-bit is nonzero")
        + entries(.badValue("a NAT64 instance needs a prefix"), "pool6 is mandatory")
        + entries(.badValue("an instance's name has at most 15 characters, all ASCII"), "instance name must be")
        + entries(
            .badValue("the list of plateaus is empty or too long"), "plateaus list", "plateaus string",
            "Too many plateaus")
        + entries(.badValue("a number of iterations that contradicts itself"), "Max Iterations")
        + entries(of: { .badValue($0.outOfBounds) }, "is out of bounds", "is out of range")
        + entries(
            of: { .badValue($0.unreadable) }, "Cannot parse '", "is not an unsigned integer", "threw error code",
            "must length at least 3 digits", "does not seem to follow", "too long for this poor",
            "does not seem to contain a port", "is malformed: ", "Prefix length ", "Protocol '", "Unknown framework:",
            "Unrecognized string:", "is not a valid", "appears to be an", "has unknown type",
            "intersects with subnet scoped network")

    private static let commandLine = entries(
        .badUsage, "Unexpected token:", "Ambiguous token:", "More arguments expected", "The command is missing",
        "unrecognized option", "invalid option", "requires an argument", "is ambiguous", "doesn't allow an argument",
        "Too many arguments", "Only one protocol is allowed", "two different instance names",
        "can only be hooked to one framework", "Missing value of key", "Unknown protocol key", "Unknown tag:",
        "JSON parser got confused", "tags found. Aborting", "is missing the '", "does not contain an instance name",
        "does not match the instance name", "SIIT doesn't have", "NAT64 doesn't have")

    private static func entries(_ cause: Cause, _ pieces: String...) -> [Entry] {
        pieces.map { ($0, { _ in cause }) }
    }

    private static func entries(of cause: @escaping @Sendable (JoolWords) -> Cause, _ pieces: String...) -> [Entry] {
        pieces.map { ($0, cause) }
    }
}
