// What comes of a question: an answer, or why there is none.

public import DNSMessage
public import LinuxIO

/// An answer that matches its question. Its response code may be any.
public struct StubAnswer: Hashable, Sendable {
    public var message: Message
    /// Whether it was too long for UDP.
    public var overTCP: Bool
    /// From the first attempt on.
    public var milliseconds = 0.0

    /// The records of the question's type, whatever aliases lead to them.
    public var records: [Record] {
        guard let type = message.questions.first?.type else { return [] }
        return message.answers.filter { $0.type == type }
    }
}

/// Why there is no answer.
public enum StubFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing came in time.
    case noAnswer(milliseconds: Int)
    /// Nobody listens there (ICMP port unreachable), or the connection was refused or cut.
    case refused(Errno)
    /// There is no way there, by this host's word or a router's.
    case unreachable(Errno)
    /// The question could not be sent at all.
    case cannotAsk(Errno)
    /// What came is no DNS message; why not.
    case malformed(String)
    /// Something came, and it was no answer to this question; what it was.
    case mismatch(String)
    /// The answer is too long for UDP, and over TCP there is none.
    indirect case afterTruncation(StubFailure)

    /// Whether another attempt may end otherwise.
    var mayPass: Bool {
        switch self {
        case .noAnswer, .malformed, .mismatch: true
        case .refused, .unreachable, .cannotAsk, .afterTruncation: false
        }
    }

    public var description: String {
        switch self {
        case .noAnswer(let milliseconds): "no answer in \(milliseconds) ms"
        case .refused(let errno): "nobody listens there (\(errno.name))"
        case .unreachable(let errno): "there is no way there (\(errno))"
        case .cannotAsk(let errno): "the question can't be sent (\(errno))"
        case .malformed(let what): "what came is no DNS message (\(what))"
        case .mismatch(let what): "what came is no answer to the question, but \(what)"
        case .afterTruncation(let failure): "the answer is too long for UDP, and over TCP: \(failure)"
        }
    }
}

extension StubFailure {
    init(_ errno: Errno) {
        switch errno {
        case .connectionRefused, .connectionReset, .brokenPipe: self = .refused(errno)
        // EACCES is how ICMPv6 "administratively prohibited" comes up.
        case .networkUnreachable, .hostUnreachable, .permissionDenied, .timedOut: self = .unreachable(errno)
        default: self = .cannotAsk(errno)
        }
    }
}
