// Packets that no program would send: SYNs with ports of nobody's, fragments without their rest. All counts are bounded.

import Foundation

enum Flood {
    private static func raw(_ family: Int32, _ proto: Int32) throws -> Socket {
        let descriptor = socket(family, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), proto)
        guard descriptor >= 0 else { throw Socket.failure("raw socket") }
        let socket = Socket(adopting: descriptor)
        socket.set(SOL_SOCKET, SO_SNDBUF, 1 << 20)
        return socket
    }

    /// So that the flood floods the translator and not the queue of an interface.
    private static func pace(_ index: Int) { if index % 50 == 49 { usleep(1000) } }

    private static func tcp(_ source: UInt16, _ destination: UInt16, flags: UInt8) -> [UInt8] {
        Wire.number(source) + Wire.number(destination) + Wire.number(UInt32.random(in: 0 ... .max))
            + Wire.number(UInt32(0)) + [0x50, flags] + Wire.number(UInt16(64_000)) + Wire.number(UInt16(0))
            + Wire.number(UInt16(0))
    }

    /// SYNs over IPv6 from one source port after the other, which nobody listens on.
    static func synchronize6(_ place: Namespace, _ source: String, to destination: String, port: UInt16, count: Int)
        throws
    {
        let socket = try place.enter { try raw(AF_INET6, Int32(IPPROTO_TCP)) }
        // The kernel fills in the checksum, which is 16 octets into the header (IPV6_CHECKSUM).
        socket.set(Int32(IPPROTO_IPV6), 7, 16)
        try socket.bind(Endpoint(source, 0))
        for index in 0..<count {
            socket.send(
                tcp(UInt16(1024 + index % 64_000), port + UInt16(index / 64_000), flags: 2),
                to: Endpoint(destination, 0))
            pace(index)
        }
    }

    /// SYNs over IPv4 from spoofed addresses of 198.19.0.0/16 to ports of `destination`.
    static func synchronize4(_ place: Namespace, to destination: String, count: Int) throws {
        let socket = try place.enter { try raw(AF_INET, Int32(IPPROTO_RAW)) }
        let target = octets(destination)
        for index in 0..<count {
            let source: [UInt8] = [198, 19, UInt8(index >> 8 & 255), UInt8(index & 255)]
            var segment = tcp(UInt16.random(in: 1024 ... .max), UInt16(1 + index % 65_535), flags: 2)
            let sum = checksum(source + target + [0, 6] + Wire.number(UInt16(segment.count)) + segment)
            segment.replaceSubrange(16..<18, with: Wire.number(sum))
            socket.send(
                header4(source, target, proto: 6, identification: UInt16(index & 0xffff), fragment: 0, segment.count)
                    + segment, to: Endpoint(destination, 0))
            pace(index)
        }
    }

    /// Fragments over IPv6 whose datagrams never become whole: first ones, and every other time one from the middle.
    static func fragments6(_ place: Namespace, _ source: String, to destination: String, count: Int) throws {
        let socket = try place.enter { try raw(AF_INET6, 44) }
        try socket.bind(Endpoint(source, 0))
        let payload = datagram(sourcePort: 4000, destinationPort: 9, length: 1024)
        for index in 0..<count {
            let offset: UInt16 = index % 2 == 0 ? 0 : 1024
            let header = [17, 0] + Wire.number(offset | 1) + Wire.number(UInt32(truncatingIfNeeded: index &* 7919))
            socket.send(header + payload, to: Endpoint(destination, 0))
            pace(index)
        }
    }

    /// The same over IPv4.
    static func fragments4(_ place: Namespace, _ source: String, to destination: String, port: UInt16, count: Int)
        throws
    {
        let socket = try place.enter { try raw(AF_INET, Int32(IPPROTO_RAW)) }
        let payload = datagram(sourcePort: 9, destinationPort: port, length: 1024)
        for index in 0..<count {
            let moreFragments: UInt16 = 0x2000
            let header = header4(
                octets(source), octets(destination), proto: 17, identification: UInt16(index % 65_535 + 1),
                fragment: moreFragments | (index % 2 == 0 ? 0 : 128), payload.count)
            socket.send(header + payload, to: Endpoint(destination, 0))
            pace(index)
        }
    }

    private static func datagram(sourcePort: UInt16, destinationPort: UInt16, length: Int) -> [UInt8] {
        Wire.number(sourcePort) + Wire.number(destinationPort) + Wire.number(UInt16(4096)) + [0x12, 0x34]
            + [UInt8](repeating: 0x61, count: length - 8)
    }

    /// The kernel fills in the length and the checksum.
    private static func header4(
        _ source: [UInt8], _ destination: [UInt8], proto: UInt8, identification: UInt16, fragment: UInt16,
        _ payload: Int
    ) -> [UInt8] {
        [0x45, 0] + Wire.number(UInt16(20 + payload)) + Wire.number(identification) + Wire.number(fragment)
            + [64, proto, 0, 0] + source + destination
    }

    private static func octets(_ address: String) -> [UInt8] { address.split(separator: ".").compactMap { UInt8($0) } }

    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        }
        if bytes.count % 2 == 1 { sum += UInt32(bytes[bytes.count - 1]) << 8 }
        while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }
}
