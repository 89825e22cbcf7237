// Says when addresses or interfaces come, change or go: rtnetlink(7).

internal import CLinux
internal import Telemetry

/// Tells an EventLoop's thread that this machine's addresses may have changed.
///
/// A burst of changes is told once, and again if there were more afterwards. What changed is for `InterfaceAddresses`
/// to find out: also an IPv6 address that is no longer tentative counts, which may be bound only from then on.
public final class AddressMonitor {
    private let socket: OwnedDescriptor
    private let loop: EventLoop
    private let notice: CoalescedNotice
    private var registration: Registration?

    /// Calls `handler` at the earliest `settleTime` nanoseconds after a change. Watches until the monitor goes away.
    public init(loop: EventLoop, settleTime: UInt64 = 50_000_000, handler: @escaping () -> Void) throws(Errno) {
        socket = OwnedDescriptor(adopting: try SystemCall.shim { clinux_address_monitor() })
        self.loop = loop
        notice = CoalescedNotice(loop: loop, settleTime: settleTime, handler: handler)
        registration = try loop.register(socket.raw, for: .readable) { [weak self] _ in self?.drain() }
    }

    deinit {
        if let registration { loop.deregister(registration) }
        notice.cancel()
    }

    private func drain() {
        // An error means a lost message at worst: look at the addresses anew.
        let changes = (try? SystemCall.shim { clinux_address_monitor_drain(socket.raw) }) ?? 1
        if changes > 0 { notice.raise() }
    }
}

/// Many occasions, one call: the handler comes `settleTime` after the first of them. Occasions after that raise a new
/// one, so that the last is never missed and a steady stream can't put the call off for ever.
final class CoalescedNotice {
    private let loop: EventLoop
    private let settleTime: UInt64
    private let timer: EventTimer

    init(loop: EventLoop, settleTime: UInt64, handler: @escaping () -> Void) {
        self.loop = loop
        self.settleTime = settleTime
        timer = EventTimer(handler)
    }

    func raise() {
        if timer.isScheduled { return }
        loop.schedule(timer, at: loop.now.advanced(byNanoseconds: settleTime))
    }

    func cancel() { loop.cancel(timer) }
}
