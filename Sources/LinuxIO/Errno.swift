// The kernel's error numbers as an Error that keeps their C names.

internal import CLinux
internal import Glibc

/// What a system call failed with. Reads as `EADDRINUSE: Address already in use`.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    /// The positive number of <errno.h>.
    public let code: Int32

    public init(code: Int32) { self.code = code }

    /// The C name, `EADDRINUSE`; the number itself where the C library knows none.
    public var name: String {
        guard let name = clinux_errno_name(code) else { return String(code) }
        return String(cString: name)
    }

    /// The C library's sentence, `Address already in use`.
    public var message: String {
        // strerror_r is thread-safe where strerror is not.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return name }
            base.initialize(repeating: 0, count: buffer.count)
            guard strerror_r(code, base, buffer.count) == 0 else { return name }
            return String(cString: base)
        }
    }

    public var description: String { "\(name): \(message)" }
}

extension Errno {
    public static let permissionDenied = Errno(code: EACCES)
    public static let notPermitted = Errno(code: EPERM)
    public static let addressInUse = Errno(code: EADDRINUSE)
    public static let addressNotAvailable = Errno(code: EADDRNOTAVAIL)
    public static let connectionRefused = Errno(code: ECONNREFUSED)
    public static let networkUnreachable = Errno(code: ENETUNREACH)
    public static let hostUnreachable = Errno(code: EHOSTUNREACH)
    public static let invalidArgument = Errno(code: EINVAL)
    public static let messageTooLong = Errno(code: EMSGSIZE)
    public static let noSuchFile = Errno(code: ENOENT)
    public static let noMemory = Errno(code: ENOMEM)
    public static let notFound = Errno(code: ESRCH)
    public static let tooManyDescriptors = Errno(code: EMFILE)
    public static let familyNotSupported = Errno(code: EAFNOSUPPORT)
    public static let nameTooLong = Errno(code: ENAMETOOLONG)
}
