// A stub resolver (RFC 1034 section 5.3.1): one question, one server, one answer or why there is none. For looking at
// servers from outside, our own too, as a client of theirs does. It waits, so it is for threads that may.

public import DNSMessage
internal import LinuxIO
public import NetAddress

/// Asks one server.
public struct StubResolver: Hashable, Sendable {
    public var server: SocketAddress
    /// Where the question is to come from; nil: the address that the route says.
    public var source: IPAddress?
    /// How long each attempt waits, over UDP and again over TCP.
    public var timeout: Duration
    /// How often a question is sent to which nothing comes back; at least 1.
    public var attempts: Int

    public init(
        server: SocketAddress, source: IPAddress? = nil, timeout: Duration = .milliseconds(1500), attempts: Int = 2
    ) {
        self.server = server
        self.source = source
        self.timeout = timeout
        self.attempts = attempts
    }

    /// Asks over UDP, and over TCP if the answer is truncated (RFC 7766 section 5). Returns within `attempts` + 1 times
    /// `timeout`.
    ///
    /// - Parameter checkingDisabled: asks the server not to validate (RFC 4035 section 3.2.2).
    public func ask(_ question: Question, checkingDisabled: Bool = false) throws(StubFailure) -> StubAnswer {
        let started = ContinuousClock.now
        let random = RandomSource()
        var failure = StubFailure.noAnswer(milliseconds: 0)
        for _ in 0..<max(1, attempts) {
            do throws(StubFailure) {
                var answer = try askOnce(StubQuery(question, random, checkingDisabled: checkingDisabled), random)
                answer.milliseconds = started.milliseconds
                return answer
            } catch {
                guard error.mayPass else { throw error }
                failure = error
            }
        }
        if case .noAnswer = failure { failure = .noAnswer(milliseconds: Int(started.milliseconds)) }
        throw failure
    }

    /// As the other, on a thread of its own: for tasks, whose threads are few and must not wait.
    public func ask(_ question: Question, checkingDisabled: Bool = false) async throws(StubFailure) -> StubAnswer {
        let result = await OwnThread.run("stub-resolver") { () -> Result<StubAnswer, StubFailure> in
            do throws(StubFailure) {
                return .success(try ask(question, checkingDisabled: checkingDisabled))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func askOnce(_ query: StubQuery, _ random: RandomSource) throws(StubFailure) -> StubAnswer {
        let message = try overUDP(query, random)
        guard message.truncated else { return StubAnswer(message: message, overTCP: false) }
        do throws(StubFailure) {
            return StubAnswer(message: try overTCP(query), overTCP: true)
        } catch {
            throw .afterTruncation(error)
        }
    }

    private func overUDP(_ query: StubQuery, _ random: RandomSource) throws(StubFailure) -> Message {
        let deadline = ContinuousClock.now + timeout
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_535, alignment: 8)
        defer { room.deallocate() }
        room.copyBytes(from: query.bytes)
        var flaw: StubFailure?
        do throws(Errno) {
            let socket = try ConnectedDatagram(to: server, from: source, random: random)
            _ = try socket.send(UnsafeRawBufferPointer(rebasing: room[..<query.bytes.count]))
            while try Readiness.wait(socket.descriptor, for: .input, until: deadline) {
                guard let count = try socket.receive(into: room), count <= room.count else { continue }
                // RFC 5452 section 9.1: what does not match "MUST" not be taken; the answer may come after it.
                do throws(StubFailure) {
                    return try query.answer(in: UnsafeRawBufferPointer(rebasing: room[..<count]))
                } catch {
                    flaw = error
                }
            }
        } catch {
            throw StubFailure(error)
        }
        throw flaw ?? .noAnswer(milliseconds: Int(timeout.milliseconds))
    }

    /// RFC 7766 section 8: a length of two octets before each message.
    private func overTCP(_ query: StubQuery) throws(StubFailure) -> Message {
        let deadline = ContinuousClock.now + timeout
        let bytes: [UInt8]
        do throws(Errno) {
            let socket = try StreamSocket(to: server, from: source, until: deadline)
            let length = query.bytes.count
            let head = [UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
            try socket.write(head + query.bytes, until: deadline)
            let announced = try socket.read(2, until: deadline)
            bytes = try socket.read(Int(announced[0]) << 8 | Int(announced[1]), until: deadline)
        } catch {
            throw error == .timedOut ? .noAnswer(milliseconds: Int(timeout.milliseconds)) : StubFailure(error)
        }
        let result: Result<Message, StubFailure> = bytes.withUnsafeBytes { bytes in
            do throws(StubFailure) { return .success(try query.answer(in: bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
