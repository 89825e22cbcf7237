import Glibc
import LinuxIO
import NetAddress
import Testing

@Suite struct SocketTests {
    let random = RandomSource()

    @Test func wildcardIPv6SocketLeavesIPv4ToAnother() throws {
        let v6 = try DatagramSocket(bind: SocketAddress("::"))
        let v4 = try DatagramSocket(bind: SocketAddress("0.0.0.0", v6.localAddress.port))
        #expect(v4.localAddress.port == v6.localAddress.port)
        let client = try ConnectedDatagram(to: SocketAddress("127.0.0.1", v4.localAddress.port), random: random)
        try client.ask("x")
        var batch = try DatagramBatch()
        #expect(try batch.receive(from: v6) == 0)
        #expect(try batch.receive(from: v4) == 1)
    }

    @Test func portIsSharedOnlyByThoseWhoSay() throws {
        var alone = DatagramOptions()
        alone.sharesPort = false
        let first = try DatagramSocket(bind: SocketAddress("127.0.0.1"))
        let second = try DatagramSocket(bind: first.localAddress)
        #expect(second.localAddress == first.localAddress)
        let local = first.localAddress
        #expect(throws: Errno.addressInUse) { _ = try DatagramSocket(bind: local, options: alone).descriptor }
    }

    @Test func addressOfOthersNeedsFreeBind() throws {
        for address in ["192.0.2.1", "2001:db8::1"] {
            #expect(throws: Errno.addressNotAvailable) {
                _ = try DatagramSocket(bind: SocketAddress(address)).descriptor
            }
            var options = DatagramOptions()
            options.bindsForeignAddress = true
            let socket = try DatagramSocket(bind: SocketAddress(address), options: options)
            #expect(socket.localAddress.address == IPAddress(address))
        }
    }

    @Test func receiveBufferIsAsLargeAsAsked() throws {
        var options = DatagramOptions()
        options.receiveBuffer = 100_000
        let socket = try DatagramSocket(bind: SocketAddress("127.0.0.1"), options: options)
        #expect(try socket.receiveBuffer() == 200_000)
    }

    @Test func pathMTUIsNotBelieved() throws {
        let v4 = try DatagramSocket(bind: SocketAddress("127.0.0.1"))
        #expect(option(v4.descriptor, Int32(IPPROTO_IP), IP_MTU_DISCOVER) == IP_PMTUDISC_OMIT)
        let v6 = try DatagramSocket(bind: SocketAddress("::1"))
        #expect(option(v6.descriptor, Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER) == IPV6_PMTUDISC_OMIT)
        #expect(option(v6.descriptor, Int32(IPPROTO_IPV6), IPV6_DONTFRAG) == 0)
        #expect(option(v6.descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY) == 1)
        #expect(option(v6.descriptor, SOL_SOCKET, SO_REUSEADDR) == 0)
    }

    private func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var size: socklen_t = 4
        getsockopt(descriptor, level, name, &value, &size)
        return value
    }

    @Test func questionsLeaveFromPortsNobodyCanGuess() throws {
        let server = try DatagramSocket(bind: SocketAddress("127.0.0.1"))
        var ports: [UInt16] = []
        for _ in 0..<400 {
            let client = try ConnectedDatagram(to: server.localAddress, random: random)
            ports.append(try client.localAddress().port)
        }
        #expect(ports.allSatisfy { $0 >= 1024 })
        // By chance two of 400 are alike now and then, and each quarter of the range gets about a hundred.
        #expect(Set(ports).count > 390)
        for quarter in 0..<4 {
            let low = 1024 + quarter * 16128
            #expect((50...150).contains(ports.count { (low..<low + 16128).contains(Int($0)) }), "quarter \(quarter)")
        }
    }

    @Test func questionLeavesFromTheSourceGiven() throws {
        let server = try DatagramSocket(bind: SocketAddress("127.0.0.1"))
        let client = try ConnectedDatagram(to: server.localAddress, from: IPAddress("127.0.0.9"), random: random)
        #expect(try client.localAddress().address == IPAddress("127.0.0.9"))
        let target = server.localAddress
        let random = random
        #expect(throws: Errno.familyNotSupported) {
            _ = try ConnectedDatagram(to: target, from: IPAddress("::1"), random: random).descriptor
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func closedPortComesBackAsRefused(address: String) throws {
        let target: SocketAddress
        do {
            let server = try DatagramSocket(bind: SocketAddress(address))
            target = server.localAddress
        }
        let client = try ConnectedDatagram(to: target, random: random)
        try client.ask("anybody?")
        #expect(throws: Errno.connectionRefused) { try client.answer() }
    }

    @Test func datagramsOfOthersAreNotHeard() throws {
        let server = try DatagramSocket(bind: SocketAddress("127.0.0.1"))
        let client = try ConnectedDatagram(to: server.localAddress, random: random)
        let liar = try ConnectedDatagram(to: try client.localAddress(), random: random)
        // Either it is refused at once or it vanishes; it must not arrive.
        _ = try? liar.ask("forged")
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(try buffer.withUnsafeMutableBytes { try client.receive(into: $0) } == nil)
    }

    @Test func listeningStreamAcceptsAndSharesItsPort() throws {
        var options = StreamOptions()
        options.fastOpenQueue = 16
        for address in ["127.0.0.1", "::1"] {
            let first = try ListeningStreamSocket(bind: SocketAddress(address), options: options)
            let local = first.localAddress
            let second = try ListeningStreamSocket(bind: local)
            #expect(second.localAddress == local)
            let descriptor = first.release()
            #expect(accept(descriptor.raw, nil, nil) == -1)
            #expect(errno == EAGAIN)
            #expect(fcntl(descriptor.raw, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    @Test func streamIsNoDatagramSocket() throws {
        let stream = try ListeningStreamSocket(bind: SocketAddress("127.0.0.1")).release()
        let copy = try stream.duplicate().release()
        #expect(throws: Errno(code: EPROTOTYPE)) {
            _ = try DatagramSocket(adopting: OwnedDescriptor(adopting: copy)).descriptor
        }
    }

    @Test func privilegedPortSaysSo() async {
        await #expect(processExitsWith: .success) {
            // Root without rights is nobody; nobody stays nobody.
            if Privileges.isRoot { try Privileges.drop(toUser: "nobody") }
            do {
                let socket = try DatagramSocket(bind: SocketAddress("127.0.0.1", 53))
                // Where the machine lets everybody have low ports, there is nothing to refuse.
                try #require(unprivilegedPortStart() <= 53, "bound \(socket.localAddress)")
            } catch let error as Errno {
                try #require(error == .permissionDenied || error == .addressInUse)
                try #require("\(Errno.permissionDenied)" == "EACCES: Permission denied")
            }
        }
    }

    @Test func errorsKeepTheirNames() {
        #expect("\(Errno.addressInUse)" == "EADDRINUSE: Address already in use")
        #expect(Errno(code: ENETUNREACH).name == "ENETUNREACH")
        #expect(Errno(code: 9999).name == "9999")
    }

    @Test func randomNumbersDiffer() {
        let numbers = Set((0..<1000).map { _ in random.next() })
        #expect(numbers.count == 1000)
        let bits = numbers.reduce(0) { $0 + $1.nonzeroBitCount }
        #expect((31_000...33_000).contains(bits))
        #expect(Set((0..<1000).map { _ in random.nextUInt16() }).count > 950)
    }
}

/// Ports from here on need no right: net.ipv4.ip_unprivileged_port_start.
func unprivilegedPortStart() -> Int {
    let descriptor = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_RDONLY)
    guard descriptor >= 0 else { return 1024 }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &buffer, 16)
    let digits = buffer.prefix(max(0, count)).filter { $0 >= 48 && $0 <= 57 }
    return Int(String(decoding: digits, as: UTF8.self)) ?? 1024
}
