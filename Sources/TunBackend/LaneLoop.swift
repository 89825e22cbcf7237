// A lane's thread: its event loop, its packets, and what others ask of it in between.

internal import LinuxIO
internal import Telemetry
internal import Translator
internal import TunDevice

/// What runs on a lane's thread, made there and never seen by another.
final class LaneLoop {
    private let loop: EventLoop
    private var path: PacketPath
    private var registration: Registration?
    private var mailbox: Registration?

    /// The translator wants its tick some times a second.
    private static let tickMilliseconds: UInt64 = 100

    init(_ shared: LaneShared, _ start: LaneStart) throws(Errno) {
        loop = try EventLoop()
        path = PacketPath(shared, start)
        mailbox = try shared.mailbox.attach(to: loop) { [unowned self] job in job(self) }
        try attach()
        tick()
    }

    func run() throws(Errno) { try loop.run() }

    func stop() { loop.stop() }

    var translator: Translator { path.translator }

    var now: MonotonicTime { .read() }

    func setPeers(_ peers: [LaneShared]) { path.peers = peers }

    func takeOver() { path.takeOver() }

    /// Other settings from now on, and another log for what happens from now on.
    func take(_ settings: TranslatorSettings, _ log: BindingLogWriter?) {
        path.flush()
        path.log = log
        translator.update(settings, now: now)
    }

    /// Reads the queue from now on; also again, after its device was deleted and made anew.
    func attach() throws(Errno) {
        detach()
        registration = try loop.register(path.queue.descriptor, for: .readable) { [unowned self] _ in
            // A deleted device hangs up for ever; whoever watches over it attaches us again.
            if case .gone = path.pump() { detach() }
        }
    }

    private func detach() {
        if let registration { loop.deregister(registration) }
        registration = nil
    }

    private func tick() {
        let now = MonotonicTime.read()
        path.tick(now)
        loop.schedule(at: now.advanced(byMilliseconds: Self.tickMilliseconds)) { [unowned self] in tick() }
    }
}
