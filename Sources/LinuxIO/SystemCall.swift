// The one door to the kernel. EINTR and EWOULDBLOCK are dealt with here and nowhere else.

internal import Glibc

/// How a system call is made. `glibc` forms expect -1 and `errno`, `shim` forms a CLinux function's -errno.
enum SystemCall {
    /// Calls until it isn't interrupted; the result, never negative.
    @inline(__always)
    @discardableResult
    static func glibc<Result: BinaryInteger>(_ call: () -> Result) throws(Errno) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw Errno(code: code) }
        }
    }

    /// As `glibc`, for calls that may find nothing to do: nil instead of EWOULDBLOCK.
    @inline(__always)
    static func glibcIfReady<Result: BinaryInteger>(_ call: () -> Result) throws(Errno) -> Result? {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code == EWOULDBLOCK { return nil }
            if code != EINTR { throw Errno(code: code) }
        }
    }

    @inline(__always)
    @discardableResult
    static func shim<Result: FixedWidthInteger>(_ call: () -> Result) throws(Errno) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = Int32(truncatingIfNeeded: 0 &- result)
            if code != EINTR { throw Errno(code: code) }
        }
    }

    @inline(__always)
    static func shimIfReady<Result: FixedWidthInteger>(_ call: () -> Result) throws(Errno) -> Result? {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = Int32(truncatingIfNeeded: 0 &- result)
            if code == EWOULDBLOCK { return nil }
            if code != EINTR { throw Errno(code: code) }
        }
    }
}
