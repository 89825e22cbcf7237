// Threads that are ours from start to end, not a pool's.

internal import CLinux
internal import Glibc
internal import Synchronization

/// A running thread.
public final class WorkerThread: Sendable {
    private let thread: Mutex<pthread_t?>

    /// Starts a thread that runs `body` once. `name` shows in ps and top; what is longer than 15 bytes is cut.
    public init(name: String, body: @escaping @Sendable () -> Void) throws(Errno) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                _ = clinux_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        if code != 0 {
            start.release()
            throw Errno(code: code)
        }
        self.thread = Mutex(thread)
    }

    /// Waits until `body` has returned. At once if somebody waited already.
    public func join() {
        let thread = self.thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    deinit { if let thread = thread.withLock({ $0 }) { pthread_detach(thread) } }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            var name = name
            while name.utf8.count > 15 { name.removeLast() }
            self.name = name
            self.body = body
        }
    }
}

/// The processors that this process may use: what `workers: auto` counts.
public enum Processors {
    /// Their numbers, ascending; as many as the affinity of the calling thread allows.
    public static func allowed() throws(Errno) -> [Int] {
        let count = Int(try SystemCall.shim { clinux_allowed_cpus(nil, 0) })
        var numbers = [UInt32](repeating: 0, count: count)
        let found = Int(try SystemCall.shim { clinux_allowed_cpus(&numbers, UInt32(count)) })
        return numbers.prefix(found).map { Int($0) }
    }

    /// The calling thread runs on processor `number` alone. EINVAL: there is none, or it isn't allowed.
    public static func pinCurrentThread(to number: Int) throws(Errno) {
        guard let number = UInt32(exactly: number) else { throw .invalidArgument }
        try SystemCall.shim { clinux_pin(number) }
    }
}
