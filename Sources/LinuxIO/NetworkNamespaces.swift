// Named network namespaces (ip-netns(8)): files below /run/netns, entered with setns(2) by one thread at a time.

internal import CLinux
internal import Glibc
internal import Synchronization

/// The network namespaces that `ip netns add` makes.
public enum NetworkNamespaces {
    /// The file that is the namespace.
    public static func path(_ name: String) -> String { "/run/netns/\(name)" }

    /// Whether `name` may be one: a file name, and no option of a program's.
    public static func isName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isPlain && (1...255).contains(name.utf8.count) && name != "." && name != ".." && !name.hasPrefix("-")
    }

    /// The number of the namespace, which another one that is made later under this name does not have while this one
    /// is in use; nil: there is no namespace of the name.
    public static func number(of name: String) -> UInt64? {
        guard isName(name) else { return nil }
        var status = stat()
        guard stat(path(name), &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    /// What `body` returns, run in the namespace `name` by a thread of its own, which ends with it: setns(2) moves the
    /// calling thread alone. The calling thread waits. /proc/sys/net shows the namespace of the thread that opens a file
    /// below it.
    ///
    /// - Throws: ENOENT, EINVAL: there is no such namespace. EPERM: CAP_SYS_ADMIN is missing.
    public static func run<Value: Sendable>(in name: String, _ body: @escaping @Sendable () -> Value) throws(Errno)
        -> Value
    {
        guard isName(name) else { throw .noSuchFile }
        let raw = open(path(name), O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { throw Errno(code: errno) }
        let file = OwnedDescriptor(adopting: raw)
        let outcome = Outcome<Value>()
        let number = file.raw
        let thread = try WorkerThread(name: "netns") {
            // Nothing that runs before the namespace is entered may be taken for its own.
            let entered = clinux_enter_network_namespace(number)
            let result: Result<Value, Errno> = entered == 0 ? .success(body()) : .failure(Errno(code: -entered))
            outcome.result.withLock { $0 = result }
        }
        thread.join()
        withExtendedLifetime(file) {}
        guard let result = outcome.result.withLock({ $0 }) else { throw Errno(code: ECANCELED) }
        return try result.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, Errno>?>(nil)
    }
}
