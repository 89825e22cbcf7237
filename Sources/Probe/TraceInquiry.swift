// The routers on the way: echoes with a hop limit of 1, 2, 3 and so on, all on their way at the same time. One identifier
// for all, so that a translator makes one session of them; the sequence number is the hop limit.

internal import LinuxIO
internal import NetAddress
internal import Packet

final class TraceInquiry: Inquiry {
    private let target: Target
    private let timeLimit: Duration
    private let identifier: UInt16
    private let count: Int
    private var hops: [TraceHop]
    private var sentAt: Duration?
    private var isSentAgain = false
    /// The nearest hop at which the way ends: the target answered, or somebody sends no packet any further.
    private var end: (number: Int, heardAt: Duration)?
    private var isOver = false

    /// What is lost is sent once more after this.
    private static let patience = Duration.seconds(1)

    init(_ target: Target, maximumHops: Int, timeLimit: Duration, random: RandomSource) {
        self.target = target
        self.timeLimit = timeLimit
        identifier = random.nextUInt16()
        count = min(max(maximumHops, 1), 64)
        hops = (1...count).map { TraceHop(number: $0) }
    }

    /// Up to the target, or else up to the last who answered.
    var report: TraceReport {
        let last = end?.number ?? hops.last { $0.address != nil }?.number ?? 0
        let shown = Array(hops.prefix(last))
        return TraceReport(hops: shown, reached: shown.last?.isTarget ?? false)
    }

    var due: Duration? {
        if isOver { return nil }
        guard let sentAt else { return .zero }
        var due = timeLimit
        if let end { due = min(due, Self.lastWait(after: end.heardAt)) }
        return isSentAgain ? due : min(due, sentAt + Self.patience)
    }

    /// Routers before the end that have not answered by then won't.
    private static func lastWait(after time: Duration) -> Duration { max(time * 3, time + .milliseconds(400)) }

    func act(at time: Duration) -> [[UInt8]] {
        if isOver { return [] }
        if let end, time >= Self.lastWait(after: end.heardAt) { isOver = true }
        if time >= timeLimit { isOver = true }
        if isOver { return [] }
        guard let sentAt else {
            sentAt = time
            return hops.map { echo($0.number) }
        }
        guard !isSentAgain, time >= sentAt + Self.patience else { return [] }
        isSentAgain = true
        let last = end?.number ?? count
        return hops.prefix(last).filter { $0.address == nil }.map { echo($0.number) }
    }

    func receive(_ packet: HeardPacket, at time: Duration) -> [[UInt8]] {
        switch packet {
        case .echoReply(let source, let mark):
            if mark.identifier == identifier, source == target.address {
                note(Int(mark.sequence), source, at: time, endsHere: true)
            }
        case .error(let source, let error):
            guard case .echo(let mark) = error.subject, mark.identifier == identifier,
                error.destination == target.address
            else { break }
            // RFC 4443 section 3.3: code 0 is the hop limit; 1, of reassembly, can't be about an echo as small as ours.
            let isTransit = error.type == ICMPv6Type.timeExceeded && error.code == 0
            let fault =
                isTransit
                ? nil : ICMPFault(from: source, type: error.type, code: error.code, milliseconds: time.milliseconds)
            note(Int(mark.sequence), source, at: time, fault: fault, endsHere: !isTransit)
        case .segment:
            break
        }
        return []
    }

    private func note(
        _ number: Int, _ source: IPv6Address, at time: Duration, fault: ICMPFault? = nil, endsHere: Bool
    ) {
        guard !isOver, let sentAt, (1...count).contains(number), hops[number - 1].address == nil else { return }
        hops[number - 1].address = source
        hops[number - 1].fault = fault
        hops[number - 1].isTarget = endsHere && fault == nil
        // Since the first sending: which of the two was answered, nobody can tell.
        hops[number - 1].milliseconds = (time - sentAt).milliseconds
        if endsHere, number < end?.number ?? .max { end = (number, time) }
        if let end, hops.prefix(end.number).allSatisfy({ $0.address != nil }) { isOver = true }
    }

    private func echo(_ number: Int) -> [UInt8] {
        let number = UInt8(truncatingIfNeeded: number)
        return SentPacket.echo(
            target.path(hopLimit: number), EchoMark(identifier: identifier, sequence: UInt16(number)))
    }
}
