// Ports that the host keeps for others (ip-sysctl: ip_local_reserved_ports): "These ports will not be used by automatic port
// assignments". The kernel keeps to that where it chooses; where dns64d chooses by itself, it does.

internal import Glibc
internal import Telemetry

/// Unpredictable ports to send from, without those that are reserved. Belongs to one thread, whose network namespace's list it
/// reads, once a second at most.
struct SourcePorts {
    private var reserved: [ClosedRange<UInt16>] = []
    private var readAt: MonotonicTime?
    private let file: String

    /// RFC 5452 section 9.2: "the range of available ports (53, or 1024 and above)".
    static let range: ClosedRange<UInt16> = 1024...65535
    /// Where that many draws were all reserved, hardly any port is not.
    private static let draws = 64
    private static let interval: UInt64 = 1_000_000_000

    init(file: String = "/proc/sys/net/ipv4/ip_local_reserved_ports") { self.file = file }

    /// The next one; 0, which leaves the choice to the kernel, if none was found.
    mutating func next(using generator: inout RandomSource.Generator) -> UInt16 {
        let now = MonotonicTime.read()
        if readAt.map({ now.since($0) >= Self.interval }) ?? true {
            readAt = now
            reserved = Self.read(file)
        }
        for _ in 0..<Self.draws {
            let port = UInt16.random(in: Self.range, using: &generator)
            if !reserved.contains(where: { $0.contains(port) }) { return port }
        }
        return 0
    }

    /// The kernel's list, `8080,9148-9150`; what can't be read reserves nothing.
    private static func read(_ path: String) -> [ClosedRange<UInt16>] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        let isDigit = { (octet: UInt8) in octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") }
        return text.split(separator: UInt8(ascii: ",")).compactMap { part in
            let bounds = part.split(separator: UInt8(ascii: "-"))
                .map { UInt16(String(decoding: $0.filter(isDigit), as: UTF8.self)) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last else { return nil }
            return first...last
        }
    }
}
