// Public addresses of the translator: the ranges of `nat64.pool4`, the bindings of `nat64.static`.

public import NetAddress

extension Configuration.NAT64 {
    /// Addresses, with the ports of each that may be used: `192.0.2.10`, `192.0.2.16/28`, `192.0.2.10 40000-49999`,
    /// `192.0.2.10-192.0.2.20`.
    public struct Pool4Range: Hashable, Sendable, CustomStringConvertible {
        public var addresses: ClosedRange<IPv4Address>
        /// Also the range of ICMP identifiers. Not 0.
        public var ports: ClosedRange<UInt16>

        public init(_ addresses: ClosedRange<IPv4Address>, ports: ClosedRange<UInt16> = 1...65_535) {
            self.addresses = addresses
            self.ports = ports
        }

        /// The same addresses as prefixes, the fewest that there can be, in ascending order.
        public var prefixes: [IPPrefix] {
            var result: [IPPrefix] = []
            var next = UInt64(addresses.lowerBound.rawValue)
            let end = UInt64(addresses.upperBound.rawValue) + 1
            while next < end {
                // As many addresses as `next` is aligned for and the range has left.
                let aligned = next == 0 ? 32 : min(32, next.trailingZeroBitCount)
                let left = (end - next).bitWidth - 1 - (end - next).leadingZeroBitCount
                let bits = min(aligned, left)
                let address = IPAddress.v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: next)))
                if let prefix = IPPrefix(address, length: 32 - bits) { result.append(prefix) }
                next += 1 << UInt64(bits)
            }
            return result
        }

        /// True if some address and port are in both.
        public func overlaps(_ other: Self) -> Bool {
            addresses.overlaps(other.addresses) && ports.overlaps(other.ports)
        }

        public var description: String {
            let prefixes = prefixes
            var text = "\(addresses.lowerBound)-\(addresses.upperBound)"
            if prefixes.count == 1 { text = prefixes[0].length == 32 ? "\(addresses.lowerBound)" : "\(prefixes[0])" }
            return switch ports {
            case 1...65_535: text
            case _ where ports.count == 1: "\(text) \(ports.lowerBound)"
            default: "\(text) \(ports.lowerBound)-\(ports.upperBound)"
            }
        }
    }

    /// A binding that is always there, so that servers behind the NAT64 can be reached.
    public struct StaticBinding: Hashable, Sendable {
        public var proto: TransportProtocol
        public var client: ClientAddress
        public var `public`: PublicAddress

        public init(proto: TransportProtocol, client: ClientAddress, public: PublicAddress) {
            self.proto = proto
            self.client = client
            self.public = `public`
        }
    }

    /// What has bindings (RFC 6146 section 2).
    public enum TransportProtocol: String, CaseIterable, Hashable, Sendable {
        case tcp, udp
        /// ICMP queries; their identifier stands where others have a port.
        case icmp
    }

    /// An IPv6 transport address.
    public struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
        public var address: IPv6Address
        /// Not 0.
        public var port: UInt16

        public init(_ address: IPv6Address, port: UInt16) {
            self.address = address
            self.port = port
        }

        public var description: String { "[\(address)]:\(port)" }
    }

    /// An IPv4 transport address on the public side.
    public struct PublicAddress: Hashable, Sendable, CustomStringConvertible {
        /// nil: this host's own address, whatever it is at the time; only where `pool4` is empty.
        public var address: IPv4Address?
        /// Not 0.
        public var port: UInt16

        public init(_ address: IPv4Address?, port: UInt16) {
            self.address = address
            self.port = port
        }

        public var description: String { "\(address.map { "\($0)" } ?? "*"):\(port)" }
    }
}
