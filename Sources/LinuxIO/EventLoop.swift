// One thread's loop: epoll for descriptors, a heap for timers. Everything here happens on that thread; other threads
// speak to it through a Mailbox.

internal import CLinux
public import Telemetry

/// What a descriptor is ready for.
public struct Readiness: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: CLINUX_READABLE)
    public static let writable = Readiness(rawValue: CLINUX_WRITABLE)
    /// The peer hung up or an error waits to be read. Comes unasked, beside the others.
    public static let hangup = Readiness(rawValue: CLINUX_HANGUP)
}

/// Is told, on the loop's thread, that a descriptor is ready. Level-triggered: told again while it stays so.
public protocol EventHandler: AnyObject {
    func handle(_ readiness: Readiness)
}

/// The loop of one worker. Not Sendable: made, run and used on one thread.
public final class EventLoop {
    /// When the loop last woke up; good enough for everything that is done in one go.
    public private(set) var now: MonotonicTime

    private let epoll: OwnedDescriptor
    private var registrations = RegistrationTable()
    private var timers = TimerHeap()
    private let ready: UnsafeMutablePointer<clinux_event>
    private var isRunning = false

    public init() throws(Errno) {
        epoll = OwnedDescriptor(adopting: try SystemCall.shim { clinux_epoll_create() })
        ready = .allocate(capacity: Int(CLINUX_WAIT_MAXIMUM))
        now = .read()
    }

    deinit { ready.deallocate() }

    /// Runs until `stop()`. Throws only if epoll itself fails.
    public func run() throws(Errno) {
        isRunning = true
        while isRunning { try runOnce() }
    }

    /// Ends `run()` after the handler that calls this. From another thread: post a message that leads here.
    public func stop() { isRunning = false }

    /// One wake-up: waits for an event, a timer or `limit` nanoseconds, then calls the handlers that are due.
    public func runOnce(waitingAtMost limit: UInt64? = nil) throws(Errno) {
        let epoll = self.epoll.raw
        let count = try SystemCall.shim { clinux_epoll_wait(epoll, ready, nanosecondsToWait(limit)) }
        now = .read()
        for index in 0..<Int(count) { dispatch(ready[index]) }
        fireTimers()
    }

    /// -1 for ever.
    private func nanosecondsToWait(_ limit: UInt64?) -> Int64 {
        var wait = limit.map { Int64(clamping: $0) } ?? -1
        if let deadline = timers.first?.deadline {
            let untilDeadline = Int64(clamping: deadline.since(.read()))
            wait = wait < 0 ? untilDeadline : min(wait, untilDeadline)
        }
        return wait
    }

    private func dispatch(_ event: clinux_event) {
        // An event for a registration that an earlier handler of this wake-up removed finds none, even if its slot
        // and its descriptor number are taken again: the tag holds the slot's generation.
        guard let handler = registrations.handler(tag: event.tag) else { return }
        handler.handle(Readiness(rawValue: event.events))
    }

    /// Timers that handlers add meanwhile wait for the next wake-up, so that no handler can hold the loop for ever.
    private func fireTimers() {
        let newest = timers.newestSequence
        while let timer = timers.first, timer.deadline <= now, timer.sequence <= newest {
            timers.remove(timer)
            timer.handler()
        }
    }
}

// Descriptors.
extension EventLoop {
    /// Calls `handler` when `descriptor` is ready for `interest`. The loop keeps the handler until `deregister`,
    /// which must come before the descriptor is closed.
    public func register(_ descriptor: Int32, for interest: Readiness, handler: any EventHandler) throws(Errno)
        -> Registration
    {
        let registration = registrations.insert(handler, descriptor: descriptor)
        let epoll = self.epoll.raw
        do throws(Errno) {
            try SystemCall.shim { clinux_epoll_add(epoll, descriptor, interest.rawValue, registration.tag) }
        } catch {
            registrations.remove(registration)
            throw error
        }
        return registration
    }

    /// As above, with a closure.
    public func register(_ descriptor: Int32, for interest: Readiness, handler: @escaping (Readiness) -> Void)
        throws(Errno) -> Registration
    {
        try register(descriptor, for: interest, handler: ClosureHandler(handler))
    }

    /// From now on the handler hears of `interest` alone. Nothing happens if the registration is gone.
    public func change(_ registration: Registration, to interest: Readiness) throws(Errno) {
        guard let descriptor = registrations.descriptor(registration) else { return }
        let epoll = self.epoll.raw
        try SystemCall.shim { clinux_epoll_change(epoll, descriptor, interest.rawValue, registration.tag) }
    }

    /// The handler is never called again, not even for events of this very wake-up. Call it twice without harm.
    public func deregister(_ registration: Registration) {
        guard let (descriptor, handler) = registrations.remove(registration) else { return }
        // ENOENT or EBADF: closed too early. The table forgot it already; there is nothing left to undo.
        _ = clinux_epoll_remove(epoll.raw, descriptor)
        withExtendedLifetime(handler) {}
    }
}

// Timers.
extension EventLoop {
    /// Fires `timer` at `deadline`, or at once if that has passed. A timer that waits already is moved.
    public func schedule(_ timer: EventTimer, at deadline: MonotonicTime) {
        timers.remove(timer)
        timers.insert(timer, deadline: deadline)
    }

    /// Makes a timer that calls `handler` at `deadline`.
    @discardableResult
    public func schedule(at deadline: MonotonicTime, handler: @escaping () -> Void) -> EventTimer {
        let timer = EventTimer(handler)
        timers.insert(timer, deadline: deadline)
        return timer
    }

    /// `timer` doesn't fire, also if it was due in this wake-up. Nothing happens if it doesn't wait.
    public func cancel(_ timer: EventTimer) { timers.remove(timer) }
}

/// Lets a closure stand where an EventHandler is wanted.
private final class ClosureHandler: EventHandler {
    private let body: (Readiness) -> Void
    init(_ body: @escaping (Readiness) -> Void) { self.body = body }
    func handle(_ readiness: Readiness) { body(readiness) }
}
