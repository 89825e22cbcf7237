import Glibc
import LinuxIO
import Telemetry
import Testing

/// Two nonblocking descriptors; what is written to the second can be read from the first.
func connectedPair() -> [Int32] {
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    precondition(socketpair(AF_UNIX, type, 0, &ends) == 0)
    return ends
}

/// A pipe for tests: what is written comes out readable at the other end.
struct Pipe: ~Copyable {
    let reader: OwnedDescriptor
    let writer: OwnedDescriptor

    init() {
        let ends = connectedPair()
        reader = OwnedDescriptor(adopting: ends[0])
        writer = OwnedDescriptor(adopting: ends[1])
    }

    func fill() { precondition(write(writer.raw, "x", 1) == 1) }
}

extension EventLoop {
    /// Runs until `condition` holds, at most `seconds`. False if time ran out.
    func run(seconds: Double = 5, until condition: () -> Bool) throws -> Bool {
        let end = MonotonicTime.read().advanced(byMilliseconds: UInt64(seconds * 1000))
        while !condition() {
            if MonotonicTime.read() >= end { return false }
            try runOnce(waitingAtMost: 20_000_000)
        }
        return true
    }
}

@Suite struct EventLoopTests {
    @Test func readableDescriptorReachesItsHandlerUntilItIsDrained() throws {
        let loop = try EventLoop()
        let pipe = Pipe()
        var calls: [Readiness] = []
        _ = try loop.register(pipe.reader.raw, for: .readable) { calls.append($0) }
        try loop.runOnce(waitingAtMost: 0)
        #expect(calls.isEmpty)
        pipe.fill()
        try loop.runOnce(waitingAtMost: 0)
        try loop.runOnce(waitingAtMost: 0)
        #expect(calls == [.readable, .readable])
    }

    @Test func interestCanChange() throws {
        let loop = try EventLoop()
        let pipe = Pipe()
        var calls = 0
        let registration = try loop.register(pipe.writer.raw, for: .writable) { _ in calls += 1 }
        try loop.runOnce(waitingAtMost: 0)
        try loop.change(registration, to: [])
        try loop.runOnce(waitingAtMost: 0)
        #expect(calls == 1)
        try loop.change(registration, to: .writable)
        try loop.runOnce(waitingAtMost: 0)
        #expect(calls == 2)
    }

    /// Two descriptors are ready in one wake-up. Whoever is called first removes the other and registers a new
    /// handler on the same slot and the same descriptor number: the event that is left over must reach neither.
    @Test func staleEventNeverReachesTheNextHandlerOfTheSameNumber() throws {
        let loop = try EventLoop()
        let pipes = [RenewablePipe(), RenewablePipe()]
        var registrations: [Registration] = []
        var called: [Int] = []
        var lateCalls = 0
        for index in 0..<2 {
            let registration = try loop.register(pipes[index].reader, for: .readable) { [unowned loop] _ in
                called.append(index)
                let other = 1 - index
                loop.deregister(registrations[other])
                let number = pipes[other].reader
                pipes[other].reopen()
                #expect(pipes[other].reader == number)
                let next = try? loop.register(number, for: .readable) { _ in lateCalls += 1 }
                #expect(next != nil)
            }
            registrations.append(registration)
            pipes[index].fill()
        }
        try loop.runOnce(waitingAtMost: 0)
        #expect(called.count == 1)
        #expect(lateCalls == 0)
    }

    @Test func deregisteringTwiceDoesNotHarmTheSuccessor() throws {
        let loop = try EventLoop()
        let pipe = Pipe()
        let first = try loop.register(pipe.reader.raw, for: .readable) { _ in Issue.record("removed") }
        loop.deregister(first)
        var calls = 0
        _ = try loop.register(pipe.reader.raw, for: .readable) { _ in calls += 1 }
        loop.deregister(first)
        pipe.fill()
        try loop.runOnce(waitingAtMost: 0)
        #expect(calls == 1)
    }

    @Test func failedRegistrationLeavesNothingBehind() throws {
        let loop = try EventLoop()
        #expect(throws: Errno(code: EBADF)) { try loop.register(-1, for: .readable) { _ in } }
        let pipe = Pipe()
        _ = try loop.register(pipe.reader.raw, for: .readable) { _ in }
        #expect(throws: Errno(code: EEXIST)) { try loop.register(pipe.reader.raw, for: .readable) { _ in } }
    }

    @Test func handlerThatGoesAwayMayCallTheLoop() throws {
        final class Holder: EventHandler {
            let loop: EventLoop
            let timer = EventTimer {}
            init(_ loop: EventLoop) {
                self.loop = loop
                loop.schedule(timer, at: loop.now.advanced(byMilliseconds: 1000))
            }
            func handle(_ readiness: Readiness) {}
            deinit { loop.cancel(timer) }
        }
        let loop = try EventLoop()
        let pipe = Pipe()
        let registration = try loop.register(pipe.reader.raw, for: .readable, handler: Holder(loop))
        loop.deregister(registration)
        try loop.runOnce(waitingAtMost: 0)
    }

    @Test func stopEndsRun() throws {
        let loop = try EventLoop()
        var passes = 0
        loop.schedule(at: loop.now) { [unowned loop] in
            passes += 1
            loop.stop()
        }
        try loop.run()
        #expect(passes == 1)
    }
}

/// A pipe whose reading end can be made anew under the same number.
final class RenewablePipe {
    private(set) var reader: Int32
    private var writer: Int32

    init() {
        let ends = connectedPair()
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        close(reader)
        close(writer)
    }

    func fill() { precondition(write(writer, "x", 1) == 1) }

    /// dup3 puts an empty pipe under the old number, in one step: other tests open descriptors meanwhile.
    func reopen() {
        let ends = connectedPair()
        precondition(dup2(ends[0], reader) == reader)
        close(ends[0])
        close(writer)
        writer = ends[1]
        // Readable at once, as the stale event claims.
        fill()
    }
}
