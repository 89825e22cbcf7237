// What a TUN device and its reader leave undone for each other (TUNSETOFFLOAD), from the most to nothing.

internal import CLinux
internal import Glibc
internal import LinuxIO

/// What is asked for.
public enum OffloadWish: String, CaseIterable, Hashable, Sendable {
    /// All that the kernel has and does right.
    case automatic
    /// All that the kernel has.
    case full
    /// All but UDP segmentation.
    case withoutUDP
    /// Whole packets with whole checksums.
    case none
}

/// What the kernel hands over unfinished, and so what has to be understood of the packets that are read.
public struct TunOffload: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let checksum = TunOffload(rawValue: 1)
    public static let tcp4 = TunOffload(rawValue: 2)
    public static let tcp6 = TunOffload(rawValue: 4)
    public static let tcpECN = TunOffload(rawValue: 8)
    /// UDP_L4 over both families: Linux 6.2 and later.
    public static let udp = TunOffload(rawValue: 16)

    /// `csum tso4 tso6 tso-ecn uso`, or `none`.
    public var description: String {
        let names: [(TunOffload, String)] = [
            (.checksum, "csum"), (.tcp4, "tso4"), (.tcp6, "tso6"), (.tcpECN, "tso-ecn"), (.udp, "uso"),
        ]
        let present = names.filter { contains($0.0) }.map(\.1)
        return present.isEmpty ? "none" : present.joined(separator: " ")
    }
}

extension TunOffload {
    private static let tcp: TunOffload = [.checksum, .tcp4, .tcp6]

    /// What to try, the richest first.
    static func steps(for wish: OffloadWish, on kernel: KernelRelease = .running) -> [TunOffload] {
        let withoutUDP: [TunOffload] = [tcp.union(.tcpECN), tcp, .checksum, []]
        switch wish {
        case .automatic: return steps(for: kernel.manglesLargeUDP ? .withoutUDP : .full)
        case .full: return [tcp.union([.tcpECN, .udp])] + withoutUDP
        case .withoutUDP: return withoutUDP
        case .none: return [[]]
        }
    }

    var kernelBits: UInt32 {
        var bits: UInt32 = 0
        if contains(.checksum) { bits |= CLINUX_TUN_CHECKSUM }
        if contains(.tcp4) { bits |= CLINUX_TUN_TSO4 }
        if contains(.tcp6) { bits |= CLINUX_TUN_TSO6 }
        if contains(.tcpECN) { bits |= CLINUX_TUN_TSO_ECN }
        if contains(.udp) { bits |= CLINUX_TUN_USO4 | CLINUX_TUN_USO6 }
        return bits
    }

    /// Takes the first step that the kernel takes; an older one refuses with EINVAL what it doesn't know.
    static func negotiate(_ wish: OffloadWish, on queue: Int32) throws(Errno) -> TunOffload {
        var refusal = Errno.invalidArgument
        for step in steps(for: wish) {
            let result = clinux_tun_set_offload(queue, step.kernelBits)
            if result >= 0 { return step }
            refusal = Errno(code: -result)
        }
        throw refusal
    }
}

/// The kernel's version, as in `uname -r`.
struct KernelRelease: Comparable {
    var major = 0
    var minor = 0
    var patch = 0

    /// `6.18.44-generic` is 6.18.44; what is no number counts as 0.
    init(_ text: some StringProtocol) {
        let numbers = text.split(separator: ".").prefix(3).map { part in Int(part.prefix { $0.isNumber }) ?? 0 }
        if numbers.count > 0 { major = numbers[0] }
        if numbers.count > 1 { minor = numbers[1] }
        if numbers.count > 2 { patch = numbers[2] }
    }

    static var running: KernelRelease {
        var name = utsname()
        guard uname(&name) == 0 else { return KernelRelease("0") }
        return withUnsafeBytes(of: name.release) { bytes in
            KernelRelease(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }

    static func < (lhs: KernelRelease, rhs: KernelRelease) -> Bool {
        (lhs.major, lhs.minor, lhs.patch) < (rhs.major, rhs.minor, rhs.patch)
    }

    /// Linux 7.0 to 7.1.4 write wrong headers when they cut large UDP packets up.
    var manglesLargeUDP: Bool { (KernelRelease("7.0")...KernelRelease("7.1.4")).contains(self) }
}
