// File descriptors with one owner each.

internal import Glibc

/// A descriptor that is closed when its owner goes away.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, borrowed: whoever keeps it past the owner's life holds a number that may mean something else.
    public let raw: Int32

    /// Takes over `raw`; nobody else may close it.
    public init(adopting raw: Int32) { self.raw = raw }

    deinit {
        // Never again after EINTR: Linux has given the number back by then, and another thread may have it already.
        _ = close(raw)
    }

    /// Gives the number away, to whoever closes it from now on.
    public consuming func release() -> Int32 {
        let raw = self.raw
        discard self
        return raw
    }

    /// A second descriptor for the same thing, close-on-exec.
    public borrowing func duplicate() throws(Errno) -> OwnedDescriptor {
        let raw = self.raw
        return OwnedDescriptor(adopting: try SystemCall.glibc { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    }
}
