// Signals as events of a loop: signalfd(2). No handler ever interrupts anything.

internal import CLinux
internal import Glibc

/// A signal that a daemon is steered by.
public struct Signal: Hashable, Sendable {
    public let number: Int32
    public init(number: Int32) { self.number = number }

    public static let terminate = Signal(number: SIGTERM)
    public static let interrupt = Signal(number: SIGINT)
    public static let hangup = Signal(number: SIGHUP)
    public static let user1 = Signal(number: SIGUSR1)
    /// The four above.
    public static let steering: [Signal] = [.terminate, .interrupt, .hangup, .user1]
}

/// Tells an EventLoop's thread of signals.
public final class SignalWatch {
    private let descriptor: OwnedDescriptor
    private let loop: EventLoop
    private let handler: (Signal) -> Void
    private var registration: Registration?

    /// Keeps `signals` from killing the process. Call it at the very start, on the thread whose loop will watch: threads
    /// inherit what is blocked, and one that doesn't block a signal, as threads of libraries may, hands it to this one.
    public static func block(_ signals: [Signal] = Signal.steering) throws(Errno) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { try SystemCall.glibc { sigaddset(&set, signal.number) } }
        let code = pthread_sigmask(SIG_BLOCK, &set, nil)
        if code != 0 { throw Errno(code: code) }
        let numbers = signals.map(\.number)
        _ = try SystemCall.shim { clinux_redirect_signals(numbers, UInt32(numbers.count)) }
    }

    /// Calls `handler` for each of `signals`, which must be blocked. Watches until the object goes away.
    public init(_ signals: [Signal] = Signal.steering, loop: EventLoop, handler: @escaping (Signal) -> Void)
        throws(Errno)
    {
        let numbers = signals.map(\.number)
        descriptor = OwnedDescriptor(adopting: try SystemCall.shim { clinux_signalfd(numbers, UInt32(numbers.count)) })
        self.loop = loop
        self.handler = handler
        registration = try loop.register(descriptor.raw, for: .readable) { [weak self] _ in self?.drain() }
    }

    deinit { if let registration { loop.deregister(registration) } }

    private func drain() {
        while let number = try? SystemCall.shim({ clinux_signalfd_next(descriptor.raw) }), number > 0 {
            handler(Signal(number: number))
        }
    }
}
