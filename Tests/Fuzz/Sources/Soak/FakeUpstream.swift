// The upstream server of the soak: answers by the name's kind, over UDP and TCP, and plays dead when told to.

internal import DNSMessage
internal import Foundation
internal import Glibc
internal import Synchronization

final class FakeUpstream: Sendable {
    let port: UInt16
    private let datagrams: CInt
    private let streams: CInt
    private let dead = Atomic<Bool>(false)

    init() throws {
        let bound = try Loopback.bind()
        (datagrams, streams, port) = (bound.datagrams, bound.streams, bound.port)
    }

    var isDead: Bool {
        get { dead.load(ordering: .relaxed) }
        set { dead.store(newValue, ordering: .relaxed) }
    }

    func start() {
        Thread.detachNewThread { [self] in while true { answerDatagram() } }
        Thread.detachNewThread { [self] in
            while true {
                let stream = accept(streams, nil, nil)
                guard stream >= 0 else { continue }
                Thread.detachNewThread { [self] in serve(stream) }
            }
        }
    }

    private func answerDatagram() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var from = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &from) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(datagrams, &buffer, buffer.count, 0, $0, &length)
            }
        }
        guard count > 0, !isDead, let query = try? Message(parsing: Array(buffer[..<count])) else { return }
        for reply in replies(to: query, isStream: false) {
            _ = withUnsafePointer(to: &from) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(datagrams, reply, reply.count, 0, $0, length)
                }
            }
        }
    }

    private func serve(_ stream: CInt) {
        defer { close(stream) }
        while let bytes = StreamFrame.read(stream), let query = try? Message(parsing: bytes) {
            if isDead { return }
            for reply in replies(to: query, isStream: true) {
                guard StreamFrame.write(reply, to: stream) else { return }
            }
        }
    }

    // MARK: what is said

    private func replies(to query: Message, isStream: Bool) -> [[UInt8]] {
        guard let question = query.questions.first else { return [] }
        var reply = query
        reply.isResponse = true
        reply.recursionAvailable = true
        reply.additionals = []
        guard let name = SoakName(question.name) else {
            reply.authorities = [Self.soa]
            return [reply.encoded()]
        }
        fill(&reply, name, question)
        switch name.kind {
        case .silent: return []
        case .truncated where !isStream:
            reply.answers = []
            reply.truncated = true
            return [reply.encoded()]
        case .liar where !isStream: return lies(reply) + [reply.encoded()]
        default: return [reply.encoded()]
        }
    }

    private func fill(_ reply: inout Message, _ name: SoakName, _ question: Question) {
        let ttl: UInt32 = name.kind == .shortLived ? 1 : 300
        var owner = name
        switch name.kind {
        case .servfail: reply.responseCode = .servFail
        case .nxdomain:
            reply.responseCode = .nxDomain
            reply.authorities = [Self.soa]
        case .alias:
            owner = name.target
            reply.answers = [Record(question.name, .cname, ttl: ttl, data: owner.wire.wire)]
            fallthrough
        default:
            if question.type == .a {
                reply.answers.append(Record(owner.wire, .a, ttl: ttl, data: owner.ipv4))
            } else if question.type == .aaaa, let data = owner.nativeIPv6 {
                reply.answers.append(Record(owner.wire, .aaaa, ttl: ttl, data: data))
            } else {
                reply.authorities = [Self.soa]
            }
        }
    }

    /// Answers that must not be believed, before the one that must.
    private func lies(_ truth: Message) -> [[UInt8]] {
        var wrongID = truth
        wrongID.id ^= 1
        wrongID.answers = [Record(truth.questions[0].name, .a, ttl: 300, data: [203, 0, 113, 66])]
        var wrongName = wrongID
        wrongName.id = truth.id
        wrongName.questions[0].name = SoakName(.v4only, 1).wire
        var query = truth
        query.isResponse = false
        return [wrongID.encoded(), wrongName.encoded(), query.encoded(), [1, 2, 3]]
    }

    private static let soa: Record = {
        let zone = DomainName(SoakName.zone) ?? .root
        var data = zone.wire + zone.wire
        for number: UInt32 in [1, 7200, 3600, 86_400, 300] { data.append(bigEndian: number) }
        return Record(zone, .soa, ttl: 300, data: data)
    }()
}
