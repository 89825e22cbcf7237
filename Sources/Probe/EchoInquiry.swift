// Whether somebody answers (RFC 4443 section 4): an echo, sent anew each second.

internal import LinuxIO
internal import NetAddress

final class EchoInquiry: Inquiry {
    private let target: Target
    private let hopLimit: UInt8
    private let timeLimit: Duration
    private let identifier: UInt16
    private var sentAt: [Duration] = []
    private var found: EchoOutcome?

    init(_ target: Target, hopLimit: UInt8, timeLimit: Duration, random: RandomSource) {
        self.target = target
        self.hopLimit = hopLimit
        self.timeLimit = timeLimit
        identifier = random.nextUInt16()
    }

    var outcome: EchoOutcome { found ?? .silence(milliseconds: Int(timeLimit.milliseconds)) }

    var due: Duration? {
        if found != nil { return nil }
        return min(sentAt.last.map { $0 + .seconds(1) } ?? .zero, timeLimit)
    }

    func act(at time: Duration) -> [[UInt8]] {
        guard let due, time >= due else { return [] }
        if time >= timeLimit {
            found = .silence(milliseconds: Int(time.milliseconds))
            return []
        }
        sentAt.append(time)
        let mark = EchoMark(identifier: identifier, sequence: UInt16(truncatingIfNeeded: sentAt.count - 1))
        return [SentPacket.echo(target.path(hopLimit: hopLimit), mark)]
    }

    func receive(_ packet: HeardPacket, at time: Duration) -> [[UInt8]] {
        guard found == nil else { return [] }
        switch packet {
        case .echoReply(let source, let mark):
            if source == target.address, let span = span(mark, time) {
                found = .reply(from: source, milliseconds: span)
            }
        case .error(let source, let error):
            guard error.destination == target.address, case .echo(let mark) = error.subject,
                let span = span(mark, time)
            else { break }
            found = .error(ICMPFault(from: source, type: error.type, code: error.code, milliseconds: span))
        case .segment:
            break
        }
        return []
    }

    /// Milliseconds since the echo was sent; nil: it is none of ours.
    private func span(_ mark: EchoMark, _ time: Duration) -> Double? {
        guard mark.identifier == identifier, sentAt.indices.contains(Int(mark.sequence)) else { return nil }
        return (time - sentAt[Int(mark.sequence)]).milliseconds
    }
}
