// One question to one server, with the words for what comes of it.

internal import DNSMessage
internal import NetAddress
internal import Probe

enum Asking {
    enum Outcome: Sendable {
        case message(Message, milliseconds: Double)
        case failed(String)
    }

    /// Takes two seconds at most.
    static func ask(_ name: String, _ type: RecordType, _ server: SocketAddress, from source: IPAddress? = nil) async
        -> Outcome
    {
        guard let name = DomainName(name) else { return .failed("\(name) is no name") }
        let resolver = StubResolver(server: server, source: source, timeout: .milliseconds(900), attempts: 2)
        do throws(StubFailure) {
            let answer = try await resolver.ask(Question(name, type))
            return .message(answer.message, milliseconds: answer.milliseconds)
        } catch {
            return .failed("\(error)")
        }
    }
}

extension Message {
    /// Of the answer's AAAA records.
    var addresses6: [IPv6Address] {
        answers.compactMap { record in
            guard record.type == .aaaa, record.data.count == 16 else { return nil }
            func half(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
            return IPv6Address(high: half(record.data.prefix(8)), low: half(record.data.suffix(8)))
        }
    }
}

extension Message {
    /// Of the answer's A records.
    var addresses4: [IPv4Address] {
        answers.compactMap { record in
            guard record.type == .a, record.data.count == 4 else { return nil }
            return IPv4Address(rawValue: record.data.reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}
