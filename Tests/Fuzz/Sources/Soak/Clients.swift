// The clients of the soak, each a thread that asks, waits and judges.

internal import DNSMessage
internal import Foundation
internal import Glibc
internal import Synchronization

/// Longer than the daemon may take for a question whose upstream is silent.
private let patience = 12

final class Clients: Sendable {
    private let port: UInt16
    private let tally: Tally
    /// Whether SERVFAIL has to be expected because of upstream.
    private let mayFail: @Sendable () -> Bool
    private let running = Atomic<Int>(0)
    private let nextCold = Atomic<Int>(0)

    init(port: UInt16, tally: Tally, mayFail: @escaping @Sendable () -> Bool) {
        self.port = port
        self.tally = tally
        self.mayFail = mayFail
    }

    func start() {
        start { while !$0.tally.isOver { $0.askDatagrams($0.cachedName, pause: 300, rounds: 200) } }
        for _ in 0..<2 { start { while !$0.tally.isOver { $0.askDatagrams($0.coldName, pause: 2_000) } } }
        start { while !$0.tally.isOver { $0.askDatagrams($0.silentName, pause: 10_000, rounds: 1) } }
        start { while !$0.tally.isOver { $0.sendMalformed() } }
        start { while !$0.tally.isOver { $0.askStream() } }
    }

    private func start(_ body: @escaping @Sendable (Clients) -> Void) {
        running.add(1, ordering: .relaxed)
        Thread.detachNewThread { [self] in
            body(self)
            running.subtract(1, ordering: .relaxed)
        }
    }

    /// Waits until each thread has had its last reply.
    func join() throws {
        for _ in 0..<(patience * 20) where running.load(ordering: .relaxed) > 0 { usleep(100_000) }
        guard running.load(ordering: .relaxed) == 0 else { throw SoakError("the clients did not end") }
    }

    private func fresh() -> Int { nextCold.add(1, ordering: .relaxed).newValue & 0x7fff_ffff }

    private func silentName() -> SoakName { SoakName(.silent, fresh() % 1000) }

    private func cachedName() -> SoakName {
        let kinds: [NameKind] = [.v4only, .v4only, .v4only, .dual, .alias, .nxdomain]
        return SoakName(kinds[Int.random(in: 0..<kinds.count)], Int.random(in: 0..<200))
    }

    private func coldName() -> SoakName {
        switch Int.random(in: 0..<20) {
        case 0: SoakName(.truncated, fresh())
        case 1: SoakName(.liar, fresh())
        case 2: SoakName(.servfail, fresh() % 50)
        case 3...6: SoakName(.shortLived, Int.random(in: 0..<100))
        default: SoakName(.cold, fresh())
        }
    }

    // MARK: datagrams

    private func askDatagrams(_ name: () -> SoakName, pause: UInt32, rounds: Int = 16) {
        guard let descriptor = try? Loopback.connect(port, isStream: false, seconds: patience) else {
            return tally.fault("no UDP socket")
        }
        defer { close(descriptor) }
        for _ in 0..<rounds where !tally.isOver {
            let name = name()
            let type: RecordType = Int.random(in: 0..<4) == 0 ? .a : .aaaa
            ask(name, type, descriptor)
        }
        usleep(pause)
    }

    private func ask(_ name: SoakName, _ type: RecordType, _ descriptor: CInt) {
        var message = Message(query: Question(name.wire, type), id: UInt16.random(in: 0...UInt16.max))
        if Bool.random() { message.edns = EDNS() }
        let query = message.encoded()
        let mightFail = mayFail()
        tally.note { $0.datagrams += 1 }
        guard send(descriptor, query, query.count, 0) == query.count else {
            return tally.fault("a query could not be sent")
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return tally.fault("lost: \(name.text) \(type)") }
        judge(Array(buffer[..<count]), query, Expectation(name: name, type: type, mayFail: mightFail || mayFail()))
        tally.note { $0.datagramReplies += 1 }
    }

    private func judge(_ reply: [UInt8], _ query: [UInt8], _ expectation: Expectation) {
        if reply.count > 3, reply[3] & 15 == 2 { tally.note { $0.servFails += 1 } }
        if let fault = expectation.fault(reply, to: query) {
            tally.fault("\(expectation.name.text) \(expectation.type): \(fault)")
        }
    }

    // MARK: what is no query

    /// Datagrams that are to be dropped, with the counter, or answered, with the code.
    private enum Fate {
        case dropped(String)
        case answered(UInt8)
    }

    private func sendMalformed() {
        guard let descriptor = try? Loopback.connect(port, isStream: false, seconds: patience) else { return }
        defer { close(descriptor) }
        let good = Message(query: Question(SoakName(.v4only, 1).wire, .aaaa), id: 7).encoded()
        var response = good
        response[2] |= 0x80
        var notify = good
        notify[2] |= 0x20
        var twoQuestions = good
        twoQuestions[5] = 2
        var loop = Array(good[..<12])
        loop += [0xc0, 0x0c, 0, 28, 0, 1]
        let version = good[..<10] + [0, 1] + good[12...] + [0, 0, 41, 4, 208, 0, 1, 0, 0, 0, 0]
        let cases: [([UInt8], Fate)] = [
            (Array(good[..<7]), .dropped("drop-too-short")), (response, .dropped("drop-qr-set")),
            (notify, .answered(4)),
            (twoQuestions, .answered(1)), (loop, .answered(1)), (good + [1, 2, 3], .answered(1)),
            (Array(good.dropLast(2)), .answered(1)),
            (Array(version), .answered(0)),
        ]
        for (bytes, fate) in cases where !tally.isOver { sendMalformed(bytes, fate, descriptor) }
        usleep(20_000)
    }

    private func sendMalformed(_ bytes: [UInt8], _ fate: Fate, _ descriptor: CInt) {
        tally.note { $0.datagrams += 1 }
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else {
            return tally.fault("a datagram could not be sent")
        }
        switch fate {
        case .dropped(let counter): tally.note { $0.toDrop[counter, default: 0] += 1 }
        case .answered(let code):
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 12 else { return tally.fault("lost: the malformed query \(bytes)") }
            tally.note { $0.datagramReplies += 1 }
            if buffer[3] & 15 != code {
                tally.fault("the malformed query \(bytes): code \(buffer[3] & 15), not \(code)")
            }
        }
    }

    // MARK: streams

    /// Several questions on one connection, answered in any order; now and then the client goes away in the middle.
    private func askStream() {
        defer { usleep(10_000) }
        guard let stream = try? Loopback.connect(port, isStream: true, seconds: patience) else {
            return tally.fault("no TCP connection")
        }
        defer { close(stream) }
        let mightFail = mayFail()
        var open: [UInt16: (query: [UInt8], name: SoakName)] = [:]
        for id in UInt16(1)...10 {
            let name = Bool.random() ? cachedName() : coldName()
            let query = Message(query: Question(name.wire, .aaaa), id: id).encoded()
            open[id] = (query, name)
            guard StreamFrame.write(query, to: stream) else { return tally.fault("a query could not be written") }
        }
        if Int.random(in: 0..<20) == 0 {
            _ = send(stream, [0, 99, 1, 2], 4, CInt(MSG_NOSIGNAL))
            return tally.note { $0.streamQueriesLeft += open.count }
        }
        tally.note { $0.streamQueries += open.count }
        while !open.isEmpty {
            guard let reply = StreamFrame.read(stream), reply.count >= 12,
                let asked = open.removeValue(forKey: UInt16(reply[0]) << 8 | UInt16(reply[1]))
            else { return tally.fault("lost on a stream: \(open.values.map(\.name.text))") }
            tally.note { $0.streamReplies += 1 }
            judge(reply, asked.query, Expectation(name: asked.name, type: .aaaa, mayFail: mightFail || mayFail()))
        }
    }
}
