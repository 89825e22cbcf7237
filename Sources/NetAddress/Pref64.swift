// RFC 6052: IPv6 Addressing of IPv4/IPv6 Translators. Sections 2.1 (well-known prefix), 2.2 (address format), 2.3
// (algorithms).
// One explicit case a prefix length rather than a clever loop: each line can be held against the table in section 2.2.

/// A NAT64/DNS64 prefix (Pref64::/n): one of the six lengths of RFC 6052, with the "u" octet zero.
public struct Pref64: Hashable, Sendable, CustomStringConvertible {
    public let prefix: IPPrefix
    /// Bits 0 to 63 and 64 to 127 of the prefix; those behind its length are zero.
    @usableFromInline let high: UInt64
    @usableFromInline let low: UInt64

    /// 32, 40, 48, 56, 64 or 96.
    @inlinable
    public var length: Int { prefix.length }

    /// 64:ff9b::/96, the well-known prefix of RFC 6052 section 2.1.
    public static let wellKnown: Pref64 = {
        guard let prefix = IPPrefix(.v6(IPv6Address(high: 0x0064_ff9b << 32, low: 0)), length: 96),
            let pref64 = try? Pref64(prefix)
        else { preconditionFailure("64:ff9b::/96 is a legal prefix") }
        return pref64
    }()

    /// What makes a prefix unfit.
    public enum Failure: Error, Hashable, CustomStringConvertible {
        case notIPv6
        case length(Int)
        case uOctet

        public var description: String {
            switch self {
            case .notIPv6: "a NAT64 prefix is an IPv6 prefix"
            case .length(let length):
                "/\(length) is not one of the lengths of RFC 6052 section 2.2: /32, /40, /48, /56, /64, /96"
            case .uOctet: "bits 64 to 71 of a NAT64 prefix must be zero (RFC 6052 section 2.2)"
            }
        }
    }

    /// "Prefixes can only have one of the following lengths: 32, 40, 48, 56, 64, or 96." "Bits 64 to 71 of the address
    /// are reserved ... These bits MUST be set to zero" (RFC 6052 section 2.2).
    public init(_ prefix: IPPrefix) throws(Failure) {
        guard case .v6(let address) = prefix.address else { throw .notIPv6 }
        guard [32, 40, 48, 56, 64, 96].contains(prefix.length) else { throw .length(prefix.length) }
        guard address.low >> 56 == 0 else { throw .uOctet }
        self.prefix = prefix
        high = address.high
        low = address.low
    }

    public var description: String { prefix.description }

    public var isWellKnown: Bool { self == Pref64.wellKnown }

    /// The IPv6 address that stands for `address`. `suffix` gives the bits behind it (RFC 6052 section 2.2: "SHOULD be
    /// set
    /// to zero"); those it holds elsewhere are not used.
    @inlinable
    public func embed(_ address: IPv4Address, suffix: IPv6Address = IPv6Address(high: 0, low: 0)) -> IPv6Address {
        let v4 = UInt64(address.rawValue)
        switch length {
        case 32: return IPv6Address(high: high | v4, low: suffix.low & 0x00ff_ffff_ffff_ffff)
        case 40: return IPv6Address(high: high | v4 >> 8, low: (v4 & 0xff) << 48 | suffix.low & 0x0000_ffff_ffff_ffff)
        case 48:
            return IPv6Address(high: high | v4 >> 16, low: (v4 & 0xffff) << 40 | suffix.low & 0x0000_00ff_ffff_ffff)
        case 56:
            return IPv6Address(high: high | v4 >> 24, low: (v4 & 0xff_ffff) << 32 | suffix.low & 0x0000_0000_ffff_ffff)
        case 64: return IPv6Address(high: high, low: v4 << 24 | suffix.low & 0x0000_0000_00ff_ffff)
        default: return IPv6Address(high: high, low: low | v4)
        }
    }

    /// The IPv4 address inside `address`; nil where it is not under this prefix or its bits 64 to 71 are not zero.
    @inlinable
    public func extract(_ address: IPv6Address) -> IPv4Address? {
        guard prefix.contains(.v6(address)), address.low >> 56 == 0 else { return nil }
        let v4: UInt64
        switch length {
        case 32: v4 = address.high
        case 40: v4 = address.high << 8 | address.low >> 48
        case 48: v4 = address.high << 16 | address.low >> 40
        case 56: v4 = address.high << 24 | address.low >> 32
        case 64: v4 = address.low >> 24
        default: v4 = address.low
        }
        return IPv4Address(rawValue: UInt32(truncatingIfNeeded: v4))
    }

    /// The mask of the bits that `suffix` may set: those behind the embedded IPv4 address.
    public var suffixMask: UInt64 {
        switch length {
        case 32: 0x00ff_ffff_ffff_ffff
        case 40: 0x0000_ffff_ffff_ffff
        case 48: 0x0000_00ff_ffff_ffff
        case 56: 0x0000_0000_ffff_ffff
        case 64: 0x0000_0000_00ff_ffff
        default: 0
        }
    }
}
