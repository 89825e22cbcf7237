import Glibc
import LinuxIO
import NetAddress
import Testing

extension SocketAddress {
    /// Test shorthand: "127.0.0.1" with port 0 unless told.
    init(_ address: String, _ port: UInt16 = 0) { self.init(IPAddress(address)!, port: port) }
}

extension ConnectedDatagram {
    borrowing func ask(_ text: String) throws {
        let isSent = try Array(text.utf8).withUnsafeBytes { try send($0) }
        #expect(isSent)
    }

    /// The next datagram as text; waits at most two seconds for it.
    borrowing func answer() throws -> String? {
        var waiter = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiter, 1, 2000)
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = try buffer.withUnsafeMutableBytes { try receive(into: $0) }
        return count.map { String(decoding: buffer[..<$0], as: UTF8.self) }
    }
}

extension DatagramBatch {
    /// Receives till `wanted` datagrams came in one call or two seconds have passed.
    mutating func wait(for wanted: Int, on socket: borrowing DatagramSocket) throws -> Int {
        for _ in 0..<200 {
            // Loopback delivers within send(): all that was sent is there.
            let received = try receive(from: socket)
            if received >= wanted { return received }
            usleep(10_000)
        }
        return 0
    }

    func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

    /// Queues what came in, with "!" behind it, as the reply.
    mutating func queueEcho(_ index: Int) {
        let bytes = bytes(index)
        let reply = replyBuffer(index)
        reply.copyMemory(from: bytes)
        reply[bytes.count] = UInt8(ascii: "!")
        queueReply(index, length: bytes.count + 1)
    }
}

@Suite struct DatagramTests {
    let random = RandomSource()

    /// A connected client hears only the address that it asked: any other source would be silence.
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("0.0.0.0", "127.0.0.2"), ("0.0.0.0", "127.9.8.7"),
        ("127.0.0.2", "127.0.0.2"), ("::1", "::1"), ("::", "::1"),
    ])
    func replyLeavesFromTheAddressThatWasAsked(bound: String, asked: String) throws {
        let server = try DatagramSocket(bind: SocketAddress(bound))
        let target = SocketAddress(asked, server.localAddress.port)
        let client = try ConnectedDatagram(to: target, random: random)
        var batch = try DatagramBatch()
        #expect(try batch.receive(from: server) == 0)
        for number in 0..<20 { try client.ask("question \(number)") }
        let count = try batch.wait(for: 20, on: server)
        try #require(count == 20)
        for index in 0..<count {
            let path = batch.path(index)
            #expect(path.source == (try client.localAddress()))
            #expect(path.local == target.address)
            let isTruncated = batch.isTruncated(index)
            #expect(!isTruncated)
            batch.queueEcho(index)
        }
        let result = batch.flush(to: server)
        #expect(result == DatagramBatch.FlushResult(sent: 20))
        for number in 0..<20 { #expect(try client.answer() == "question \(number)!") }
    }

    @Test(arguments: [("0.0.0.0", "127.0.0.3"), ("::", "::1"), ("127.0.0.3", "127.0.0.3")])
    func lateReplyTakesTheSamePath(bound: String, asked: String) throws {
        let server = try DatagramSocket(bind: SocketAddress(bound))
        let client = try ConnectedDatagram(to: SocketAddress(asked, server.localAddress.port), random: random)
        var batch = try DatagramBatch()
        try client.ask("slow")
        try #require(try batch.wait(for: 1, on: server) == 1)
        let path = batch.path(0)
        _ = try batch.receive(from: server)
        #expect(try Array("late".utf8).withUnsafeBytes { try server.send($0, along: path) })
        #expect(try client.answer() == "late")
    }

    @Test func interfaceIsToldWhereWanted() throws {
        var options = DatagramOptions()
        options.wantsInterface = true
        let server = try DatagramSocket(bind: SocketAddress("127.0.0.1"), options: options)
        let client = try ConnectedDatagram(to: server.localAddress, random: random)
        try client.ask("x")
        var batch = try DatagramBatch()
        try #require(try batch.wait(for: 1, on: server) == 1)
        #expect(batch.path(0).interfaceIndex == if_nametoindex("lo"))
    }

    @Test func longDatagramIsCutAndMarked() throws {
        let server = try DatagramSocket(bind: SocketAddress("127.0.0.1"))
        let client = try ConnectedDatagram(to: server.localAddress, random: random)
        try client.ask(String(repeating: "a", count: 65))
        try client.ask(String(repeating: "b", count: 64))
        try client.ask("")
        var batch = try DatagramBatch(capacity: 4, receiveSize: 64, replySize: 64)
        try #require(try batch.wait(for: 3, on: server) == 3)
        let truncated = [batch.isTruncated(0), batch.isTruncated(1), batch.isTruncated(2)]
        #expect(truncated == [true, false, false])
        let texts = [batch.text(0), batch.text(1), batch.text(2)]
        #expect(texts == [String(repeating: "a", count: 64), String(repeating: "b", count: 64), ""])
    }

    @Test func fullBatchLeavesTheRestForTheNextCall() throws {
        let server = try DatagramSocket(bind: SocketAddress("::1"))
        let client = try ConnectedDatagram(to: server.localAddress, random: random)
        for number in 0..<11 { try client.ask(String(number)) }
        var batch = try DatagramBatch(capacity: 4)
        var seen: [String] = []
        for expected in [4, 4, 3, 0] {
            #expect(try batch.receive(from: server) == expected)
            for index in 0..<batch.count {
                seen.append(batch.text(index))
                #expect(batch.source(index) == (try client.localAddress()))
            }
        }
        #expect(seen == (0..<11).map { String($0) })
    }

    /// Source port 0 can be sent from with a raw socket alone; a reply that is too long for UDP over this family is the
    /// refusal that needs no rights: 65508 octets don't fit an IPv4 datagram.
    @Test func refusedReplyDoesNotKeepTheOthersBack() throws {
        let server = try DatagramSocket(bind: SocketAddress("0.0.0.0"))
        let client = try ConnectedDatagram(to: SocketAddress("127.0.0.1", server.localAddress.port), random: random)
        for number in 0..<5 { try client.ask(String(number)) }
        var batch = try DatagramBatch(capacity: 8, replySize: 65535)
        try #require(try batch.wait(for: 5, on: server) == 5)
        for index in 0..<5 {
            if index == 0 || index == 3 { batch.queueReply(index, length: 65535) } else { batch.queueEcho(index) }
        }
        let result = batch.flush(to: server)
        #expect(result == DatagramBatch.FlushResult(sent: 3, failed: 2, lastError: .messageTooLong))
        for number in [1, 2, 4] { #expect(try client.answer() == "\(number)!") }
    }
}
