// What is asked of each upstream server, by itself: whether it answers, whether it is a DNS64 too, whether it makes names up.

internal import DNSMessage
internal import NetAddress
internal import Probe

struct UpstreamQuestions: Sendable {
    let subject: Subject

    /// Of each zone: who has more knows how to look after them.
    private static let serverLimit = 8

    func ask() async -> [UpstreamAnswer] {
        await withTaskGroup(of: (Int, UpstreamAnswer).self) { group in
            var number = 0
            for zone in subject.upstream {
                for server in zone.servers.prefix(Self.serverLimit) {
                    let place = number
                    group.addTask { (place, await ask(zone.name, server)) }
                    number += 1
                }
            }
            var answers: [(Int, UpstreamAnswer)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func ask(_ zone: String, _ server: SocketAddress) async -> UpstreamAnswer {
        var answer = UpstreamAnswer(zone: zone, server: server)
        switch await Asking.ask(zone, .soa, server) {
        case .failed(let why):
            answer.failure = why
            return answer
        case .message(let message, let milliseconds):
            answer.answer = .init(code: message.responseCode.description, milliseconds: milliseconds)
        }
        guard zone == "." else { return answer }
        // RFC 7050 section 2: "ipv4only.arpa." has A records alone; AAAA come from a DNS64.
        async let pref64 = Asking.ask("ipv4only.arpa.", .aaaa, server)
        // RFC 6761 section 6.4: names under "invalid." don't exist.
        async let invented = Asking.ask("\(UInt32.random(in: 0 ... .max)).invalid.", .a, server)
        if case .message(let message, _) = await pref64 { answer.pref64Addresses = message.addresses6 }
        if case .message(let message, _) = await invented {
            answer.inventsNames = message.responseCode == .noError && message.answers.contains { $0.type == .a }
        }
        return answer
    }
}
