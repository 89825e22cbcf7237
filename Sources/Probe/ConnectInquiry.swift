// Whether a TCP connection comes about (RFC 9293 section 3.5): a SYN, sent anew each second, and what comes of it.

internal import LinuxIO
internal import NetAddress
internal import Packet

final class ConnectInquiry: Inquiry {
    private let target: Target
    private let port: UInt16
    private let timeLimit: Duration
    let sourcePort: UInt16
    private let sequence: UInt32
    private(set) var attempts = 0
    private(set) var outcome: ConnectOutcome?
    private var nextAttempt = Duration.zero

    /// RFC 6298 section 2: "RTO SHOULD be set to 1 second" until a round trip was measured. No doubling: here, whoever
    /// waits is a person.
    private static let interval = Duration.seconds(1)

    init(_ target: Target, port: UInt16, timeLimit: Duration, random: RandomSource) {
        self.target = target
        self.port = port
        self.timeLimit = timeLimit
        sourcePort = .random(in: 32_768...65_535, using: &random.generator)
        sequence = .random(in: 0...UInt32.max, using: &random.generator)
    }

    var report: ConnectReport {
        ConnectReport(
            sourcePort: sourcePort, attempts: attempts,
            outcome: outcome ?? .silence(milliseconds: Int(timeLimit.milliseconds)))
    }

    var due: Duration? { outcome == nil ? min(nextAttempt, timeLimit) : nil }

    func act(at time: Duration) -> [[UInt8]] {
        guard outcome == nil else { return [] }
        if time >= timeLimit {
            outcome = .silence(milliseconds: Int(time.milliseconds))
            return []
        }
        guard time >= nextAttempt else { return [] }
        nextAttempt = time + Self.interval
        attempts += 1
        return [segment(TCPField.synFlag, sequence, acknowledging: 0)]
    }

    func receive(_ packet: HeardPacket, at time: Duration) -> [[UInt8]] {
        switch packet {
        case .segment(let source, let segment):
            guard outcome == nil, source == target.address, segment.sourcePort == port,
                segment.destinationPort == sourcePort
            else { return [] }
            return receive(segment, at: time)
        case .error(let source, let error):
            let own = ICMPError.Subject.segment(sourcePort: sourcePort, destinationPort: port, sequence: sequence)
            // A packet too big is told to nobody who sent 64 octets.
            guard outcome == nil, error.destination == target.address, error.subject == own,
                error.type != ICMPv6Type.packetTooBig
            else { return [] }
            outcome = .error(
                ICMPFault(from: source, type: error.type, code: error.code, milliseconds: time.milliseconds))
            return []
        case .echoReply:
            return []
        }
    }

    private func receive(_ answer: TCPSegment, at time: Duration) -> [[UInt8]] {
        // RFC 9293 section 3.10.7.3: what does not acknowledge our SYN is no answer to it.
        guard answer.has(TCPField.ackFlag), answer.acknowledgment == sequence &+ 1 else { return [] }
        if answer.has(TCPField.rstFlag) {
            outcome = .refused(milliseconds: time.milliseconds)
            return []
        }
        guard answer.has(TCPField.synFlag) else { return [] }
        outcome = .connected(milliseconds: time.milliseconds)
        let next = answer.sequence &+ 1
        return [
            segment(TCPField.ackFlag, sequence &+ 1, acknowledging: next),
            // Nothing is to be said: the server, and every box on the way, may forget it at once.
            segment(TCPField.rstFlag | TCPField.ackFlag, sequence &+ 1, acknowledging: next),
        ]
    }

    private func segment(_ flags: UInt8, _ sequence: UInt32, acknowledging: UInt32) -> [UInt8] {
        SentPacket.tcp(
            target.path(),
            TCPSegment(
                sourcePort: sourcePort, destinationPort: port, sequence: sequence, acknowledgment: acknowledging,
                flags: flags))
    }
}
