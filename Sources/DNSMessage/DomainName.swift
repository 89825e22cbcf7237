// A domain name in its uncompressed wire form (RFC 1035 section 3.1). Comparison ignores ASCII case (RFC 4343).

/// A domain name. Keeps the letters' case as given; equality and hashing ignore it.
public struct DomainName: Sendable, CustomStringConvertible {
    /// Length-prefixed labels and the root's zero octet: 1 to 255 octets.
    public let wire: [UInt8]

    /// "." alone.
    public static let root = DomainName(uncheckedWire: [0])

    @inlinable
    init(uncheckedWire wire: [UInt8]) { self.wire = wire }

    /// nil unless `wire` is exactly one uncompressed name: labels of 1 to 63 octets, 255 octets in all.
    public init?(wire: some Collection<UInt8>) {
        let bytes = Array(wire)
        guard bytes.count <= 255, !bytes.isEmpty else { return nil }
        var index = 0
        while bytes[index] != 0 {
            guard bytes[index] <= 63 else { return nil }
            index += Int(bytes[index]) + 1
            guard index < bytes.count else { return nil }
        }
        guard index == bytes.count - 1 else { return nil }
        self.wire = bytes
    }

    /// The name under which a cache or a table files this one: ASCII letters in lower case.
    public var lowercased: DomainName { DomainName(uncheckedWire: wire.map(Self.lower)) }

    /// Octets lower-cased. Length octets are at most 63, below "A", so that one pass over the wire form is right.
    public var canonicalWire: [UInt8] { wire.map(Self.lower) }

    @inlinable
    public static func lower(_ octet: UInt8) -> UInt8 { octet &- 65 < 26 ? octet | 0x20 : octet }

    public var isRoot: Bool { wire.count == 1 }

    /// How many labels, the root's not counted.
    public var labelCount: Int {
        var count = 0
        var index = 0
        while wire[index] != 0 {
            count += 1
            index += Int(wire[index]) + 1
        }
        return count
    }

    /// The name without its first label; nil for the root.
    public var parent: DomainName? {
        isRoot ? nil : DomainName(uncheckedWire: Array(wire[(Int(wire[0]) + 1)...]))
    }

    /// This name and each name above it, the root last.
    public var ancestors: [DomainName] {
        var result = [self]
        while let next = result[result.count - 1].parent { result.append(next) }
        return result
    }

    /// Whether this name is `other` or lies under it.
    public func isSubdomain(of other: DomainName) -> Bool {
        let skip = wire.count - other.wire.count
        guard skip >= 0 else { return false }
        var index = 0
        while index < skip { index += Int(wire[index]) + 1 }
        guard index == skip else { return false }
        return zip(wire[skip...], other.wire).allSatisfy { Self.lower($0) == Self.lower($1) }
    }

    /// Whether this name lies under `other` and is not it.
    public func isProperSubdomain(of other: DomainName) -> Bool {
        wire.count > other.wire.count && isSubdomain(of: other)
    }

    /// This name with its ending `old` replaced by `new` (RFC 6672 section 2.2). nil where it is not under `old` or the
    /// result
    /// would be longer than 255 octets.
    public func replacing(_ old: DomainName, with new: DomainName) -> DomainName? {
        guard isSubdomain(of: old) else { return nil }
        let bytes = wire[..<(wire.count - old.wire.count)] + new.wire
        return bytes.count <= 255 ? DomainName(uncheckedWire: Array(bytes)) : nil
    }

    /// `label` in front of this name; nil where that is too long.
    public func prepending(label: some Collection<UInt8>) -> DomainName? {
        guard (1...63).contains(label.count), wire.count + label.count + 1 <= 255 else { return nil }
        return DomainName(uncheckedWire: [UInt8(label.count)] + label + wire)
    }

    /// Master file form with the dot at its end, escaped where needed (RFC 1035 section 5.1).
    public var description: String { PresentationFormat.text(of: self) }

    /// Reads the master file form; a missing dot at the end is forgiven. nil for what is no name.
    public init?(_ text: String) {
        guard let name = PresentationFormat.name(from: text) else { return nil }
        self = name
    }
}

extension DomainName: Hashable {
    public static func == (lhs: DomainName, rhs: DomainName) -> Bool {
        lhs.wire.count == rhs.wire.count && zip(lhs.wire, rhs.wire).allSatisfy { lower($0) == lower($1) }
    }

    public func hash(into hasher: inout Hasher) {
        for octet in wire { hasher.combine(Self.lower(octet)) }
    }
}
