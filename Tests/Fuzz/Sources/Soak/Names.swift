// The names that the soak asks for. What a name is says its first letter, so that upstream knows what to answer and
// the client what to expect, and neither needs to remember anything.

internal import DNSMessage

/// What upstream says about a name.
enum NameKind: Character, CaseIterable {
    /// One A record, for long.
    case v4only = "h"
    /// One A record, for a second.
    case shortLived = "e"
    /// One A record; a name that is asked for once.
    case cold = "c"
    /// Native AAAA and A.
    case dual = "d"
    /// An alias of a v4only name.
    case alias = "a"
    case nxdomain = "x"
    /// One A record, over TCP alone.
    case truncated = "b"
    /// One A record, behind answers that nobody asked for.
    case liar = "l"
    case servfail = "f"
    /// No answer at all.
    case silent = "s"
}

struct SoakName {
    static let zone = "soak.example.net."
    let kind: NameKind
    let number: Int

    init(_ kind: NameKind, _ number: Int) {
        self.kind = kind
        self.number = number
    }

    init?(_ name: DomainName) {
        let text = name.lowercased.description
        guard text.hasSuffix("." + Self.zone), let first = text.first, let kind = NameKind(rawValue: first),
            let number = Int(text.dropFirst().prefix { $0 != "." })
        else { return nil }
        self.init(kind, number)
    }

    var text: String { "\(kind.rawValue)\(number).\(Self.zone)" }
    var wire: DomainName { DomainName(text) ?? .root }

    /// What an alias leads to.
    var target: SoakName { SoakName(.v4only, number) }

    /// RDATA of the A record.
    var ipv4: [UInt8] { [198, 51, UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)] }

    /// RDATA of the AAAA record that the zone has, if it has one.
    var nativeIPv6: [UInt8]? { kind == .dual ? [0x20, 0x01, 0x0d, 0xb8] + Array(repeating: 0, count: 8) + ipv4 : nil }

    /// RDATA of the AAAA record that is made of the A record.
    var synthesizedIPv6: [UInt8] { [0x00, 0x64, 0xff, 0x9b] + Array(repeating: 0, count: 8) + ipv4 }
}
