// The corpus that the translator's entries begin with: `Fuzz seeds FOLDER` writes it anew. One packet of each kind, in
// the settings in which there is most to be done to it.

internal import Glibc
internal import NetAddress
internal import Translator

struct SeedPackets {
    private var files: [(folder: String, name: String, octets: [UInt8])] = []
    private let client = IPAddress.v6(TestNetwork.clients[0])
    private let host = IPAddress.v4(TestNetwork.peers[0])
    private let pool = IPAddress.v4(TestNetwork.peers[4])
    private let prefix = TestNetwork.prefixes[0][0]
    private var host6: IPAddress { .v6(prefix.embed(TestNetwork.peers[0])) }
    private let text = [UInt8]("payload!".utf8)

    private static let usual: Delivery = [.repaired, .afterSetup]
    private static let aimed: Delivery = [.repaired, .afterSetup, .aimed]

    init() {
        addSixToFour()
        addFourToSix()
        addErrorsFromClients()
        addErrorsFromHosts()
        addSequences()
    }

    /// Writes `folder/ENTRY/NAME`.
    func write(to folder: String) {
        for file in files {
            mkdir("\(folder)/\(file.folder)", 0o755)
            guard let stream = fopen("\(folder)/\(file.folder)/\(file.name)", "w") else {
                return perror("\(folder)/\(file.folder)/\(file.name)")
            }
            fwrite(file.octets, 1, file.octets.count, stream)
            fclose(stream)
        }
        print("\(files.count) seeds")
    }

    // MARK: IPv6

    private mutating func six(
        _ name: String, _ packet: [UInt8], _ how: Delivery = usual, settings: UInt8 = 4, size: UInt8 = 8
    ) { files.append(("sixtofour", "seed-" + name, [settings, how.rawValue, size] + packet)) }

    private func six(
        _ proto: UInt8, _ payload: [UInt8], between: [UInt8] = [], next: UInt8? = nil, hopLimit: UInt8 = 64
    )
        -> [UInt8]
    {
        PacketWriting.packet(
            from: client, to: host6, proto: proto, payload, hopLimit: hopLimit, between: between, next: next)
    }

    private mutating func addSixToFour() {
        six("udp", six(17, PacketWriting.udp(5_000, 53)))
        six("tcp-syn", six(6, PacketWriting.tcp(5_002, 80, flags: 2, options: [2, 4, 5, 0xb4])), settings: 0x14)
        six(
            "tcp-syn-odd-option", six(6, PacketWriting.tcp(5_002, 80, flags: 2, options: [1, 2, 4, 5, 0xb4, 0, 0, 0])),
            settings: 0x14)
        six("tcp-data", six(6, PacketWriting.tcp(5_001, 80, flags: 24, text)))
        six("echo", six(58, PacketWriting.echo(128, 7)))
        six("other-protocol", six(132, text))
        six("hop-limit", six(17, PacketWriting.udp(5_000, 53), hopLimit: 1))
        six("hop-by-hop", six(17, PacketWriting.udp(5_000, 53), between: [17, 0, 1, 4, 0, 0, 0, 0], next: 0))
        six("routing-ended", six(17, PacketWriting.udp(5_000, 53), between: [17, 0, 0, 0, 0, 0, 0, 0], next: 43))
        six("routing", six(17, PacketWriting.udp(5_000, 53), between: [17, 0, 0, 1, 0, 0, 0, 0], next: 43))
        six("atomic-fragment", six(17, PacketWriting.udp(5_000, 53), between: [17, 0, 0, 0, 0, 0, 0, 9], next: 44))
        six("fragment", six(17, PacketWriting.udp(5_000, 53, text), between: [17, 0, 0, 1, 0, 0, 0, 9], next: 44))
        let chain: [UInt8] = [60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 9]
        six("chain", six(6, PacketWriting.tcp(5_001, 80, flags: 16, text), between: chain, next: 0))
        let long = [UInt8](repeating: 7, count: 120)
        six("cut", six(17, PacketWriting.udp(5_000, 53, long)), [.repaired, .afterSetup, .cut], size: 4)
        six("cut-reversed", six(58, PacketWriting.echo(128, 7, long)), [.repaired, .cut, .reversed], size: 4)
        six(
            "segments", six(6, PacketWriting.tcp(5_001, 80, flags: 24, long)),
            [.repaired, .afterSetup, .partialChecksum, .segmented], size: 4)
        six("partial", six(17, PacketWriting.udp(5_000, 53)), [.repaired, .partialChecksum])
        let other = IPAddress.v6(prefix.embed(TestNetwork.peers[4]))
        six("hairpin", PacketWriting.packet(from: client, to: other, proto: 17, PacketWriting.udp(5_000, 4_001)))
        let own = IPAddress.v6(TestNetwork.settings(0).ownAddress6)
        six("own-echo", PacketWriting.packet(from: client, to: own, proto: 58, PacketWriting.echo(128, 7)))
        for settings in UInt8(1)...3 {
            let prefix = TestNetwork.prefixes[Int(settings)][0]
            let packet = PacketWriting.packet(
                from: client, to: .v6(prefix.embed(TestNetwork.peers[0])), proto: 17, PacketWriting.udp(5_000, 53))
            six("prefix-\(prefix.length)", packet, settings: settings)
            // Behind the IPv4 address something stands (RFC 6052 section 2.2).
            var suffixed = packet
            suffixed[39] = 1
            six("suffix-\(prefix.length)", suffixed, settings: settings)
        }
    }

    /// About what the sessions' hosts sent to the client.
    private mutating func addErrorsFromClients() {
        let inner: [(String, [UInt8])] = [
            ("udp", PacketWriting.packet(from: host6, to: client, proto: 17, PacketWriting.udp(53, 5_000))),
            ("tcp", PacketWriting.packet(from: host6, to: client, proto: 6, PacketWriting.tcp(80, 5_001, flags: 16))),
            ("echo", PacketWriting.packet(from: host6, to: client, proto: 58, PacketWriting.echo(129, 7))),
        ]
        for (name, packet) in inner {
            six("error-1-\(name)", six(58, PacketWriting.icmp(1, code: 4, Self.unused, packet)))
            six("error-2-\(name)", six(58, PacketWriting.icmp(2, [0, 0, 5, 0], packet)))
            six("error-3-\(name)", six(58, PacketWriting.icmp(3, Self.unused, packet)))
            six("error-4-\(name)", six(58, PacketWriting.icmp(4, [0, 0, 0, 7], packet)))
        }
        let padded = inner[0].1 + [UInt8](repeating: 0, count: 128 - inner[0].1.count)
        var strange = inner[0].1
        strange[0] = 0
        six("error-inner-version", six(58, PacketWriting.icmp(2, [0, 0, 5, 0], strange)))
        six("error-extended", six(58, PacketWriting.icmp(3, [16, 0, 0, 0], padded + Self.extensions)))
        six(
            "error-cut", six(58, PacketWriting.icmp(1, code: 4, Self.unused, inner[2].1)),
            [.repaired, .afterSetup, .cut], size: 4)
    }

    private static let unused: [UInt8] = [0, 0, 0, 0]
    /// A header of RFC 4884 and an object of RFC 4950.
    private static let extensions: [UInt8] = [0x20, 0, 0, 0, 0, 8, 1, 1, 1, 2, 3, 4]

    // MARK: IPv4

    private mutating func four(
        _ name: String, _ packet: [UInt8], _ how: Delivery = aimed, settings: UInt8 = 4, size: UInt8 = 8
    ) { files.append(("fourtosix", "seed-" + name, [settings, how.rawValue, size] + packet)) }

    private func four(_ proto: UInt8, _ payload: [UInt8], between: [UInt8] = [], hopLimit: UInt8 = 64, flags: Int = 0)
        -> [UInt8]
    {
        PacketWriting.packet(
            from: host, to: pool, proto: proto, payload, hopLimit: hopLimit, between: between, flags: flags)
    }

    private mutating func addFourToSix() {
        four("udp", four(17, PacketWriting.udp(53, 4_001)))
        four("tcp-syn", four(6, PacketWriting.tcp(9_000, 4_001, flags: 2, options: [2, 4, 5, 0xb4])), settings: 0x14)
        four("tcp-syn-stored", four(6, PacketWriting.tcp(9_000, 4_009, flags: 2)), [.repaired], settings: 0)
        four("tcp-data", four(6, PacketWriting.tcp(80, 4_001, flags: 24, text), flags: 0x4000))
        four("echo", four(1, PacketWriting.echo(0, 7)))
        four("echo-request", four(1, PacketWriting.echo(8, 7)))
        four("other-protocol", four(132, text))
        four("time-to-live", four(17, PacketWriting.udp(53, 4_001), hopLimit: 1))
        four("options", four(17, PacketWriting.udp(53, 4_001), between: [1, 7, 3, 4]))
        four("source-route", four(17, PacketWriting.udp(53, 4_001), between: [131, 7, 4, 1, 2, 3, 4, 0]))
        four("fragment", four(17, PacketWriting.udp(53, 4_001, text), flags: 0x2000))
        four("no-binding", four(17, PacketWriting.udp(53, 4_015)), [.repaired])
        four("filtered", four(17, PacketWriting.udp(54, 4_001)), settings: 0)
        var plain = four(17, PacketWriting.udp(53, 4_001))
        plain.setWord(0, 26)
        four("udp-without-checksum", plain, [.afterSetup])
        let long = [UInt8](repeating: 7, count: 120)
        four("cut", four(17, PacketWriting.udp(53, 4_001, long)), [.repaired, .afterSetup, .aimed, .cut], size: 4)
        four(
            "cut-reversed", four(1, PacketWriting.echo(0, 7, long)), [.repaired, .afterSetup, .aimed, .cut, .reversed],
            size: 4)
        four(
            "segments", four(6, PacketWriting.tcp(80, 4_001, flags: 24, long), flags: 0x4000),
            [.repaired, .afterSetup, .aimed, .partialChecksum, .segmented], size: 4)
        four("longer-than-1280", four(17, PacketWriting.udp(53, 4_001, [UInt8](repeating: 1, count: 1_300))))
        four("strange-offload", four(17, PacketWriting.udp(53, 4_001)), [.repaired, .afterSetup, .strangeOffload])
    }

    /// About what the clients of the sessions sent.
    private mutating func addErrorsFromHosts() {
        let inner: [(String, [UInt8])] = [
            ("udp", PacketWriting.packet(from: pool, to: host, proto: 17, PacketWriting.udp(4_001, 53))),
            ("tcp", PacketWriting.packet(from: pool, to: host, proto: 6, PacketWriting.tcp(4_001, 80, flags: 16))),
            ("echo", PacketWriting.packet(from: pool, to: host, proto: 1, PacketWriting.echo(8, 7))),
        ]
        for (name, packet) in inner {
            four("error-3-\(name)", four(1, PacketWriting.icmp(3, code: 3, Self.unused, packet)))
            four("error-too-big-\(name)", four(1, PacketWriting.icmp(3, code: 4, [0, 0, 5, 0x14], packet)))
            four("error-11-\(name)", four(1, PacketWriting.icmp(11, Self.unused, packet)))
            four("error-12-\(name)", four(1, PacketWriting.icmp(12, [8, 0, 0, 0], packet)))
        }
        let padded = inner[0].1 + [UInt8](repeating: 0, count: 128 - inner[0].1.count)
        four("error-extended", four(1, PacketWriting.icmp(11, [0, 32, 0, 0], padded + Self.extensions)))
        four(
            "error-cut", four(1, PacketWriting.icmp(3, code: 3, Self.unused, inner[0].1)),
            [.repaired, .afterSetup, .aimed, .cut], size: 1)
    }

    // MARK: sequences

    private mutating func sequence(_ name: String, settings: UInt8 = 4, _ steps: [UInt8]) {
        files.append(("session-sequence", "seed-" + name, [settings] + steps))
    }

    private mutating func addSequences() {
        // From a client or a host: choice, ends, kind, ports. An answer: choice, flags. An error: choice, type, code,
        // length.
        sequence("udp-there-and-back", [0, 0, 1, 0, 3, 0, 0x25, 3, 0])
        sequence("tcp-life", [8, 0, 0, 0, 3, 0, 0x0b, 1, 0x13, 2, 0x1b, 2, 0x25, 0x35])
        sequence("echo-and-error", [0x18, 0, 0, 0, 4, 0, 3, 20, 3, 0, 0x0c, 0x81, 0, 20])
        sequence("quota", (0..<12).flatMap { [0, 0, 1, $0 & 7] as [UInt8] })
        sequence("pool-exhausted", (0..<24).flatMap { [0, $0 & 3, 1, $0 & 7] as [UInt8] })
        sequence("hairpin", [0, 3, 1, 0, 0, 0x10, 1, 0x18, 3, 0])
        sequence("simultaneous-open", settings: 0, [10, 0, 0, 0, 8, 0, 0, 0, 0x15, 0x1d])
        sequence("fragments", [0x80, 0, 0xc1, 0, 0x83, 0, 0x83, 0x80, 0x15])
        sequence("settings", [0, 0, 1, 0, 8, 1, 0, 1, 0x27, 3, 0, 0x2f, 3, 0, 0x37, 3, 0, 0x1f, 0x07, 0x0f])
        sequence("port-blocks", settings: 0x2c, (0..<8).flatMap { [0, $0 & 3, 1, $0] as [UInt8] } + [0x35, 0x3f])
        let raw = PacketWriting.packet(from: client, to: host6, proto: 17, PacketWriting.udp(5_000, 53))
        sequence("raw", [6, 1, 4, UInt8(raw.count >> 8), UInt8(raw.count & 255)] + raw + [3, 0])
    }
}
