// A connected Unix socket that never waits longer than it was told to. The only place with socket calls.

import Glibc

/// Owns its descriptor.
final class UnixStream {
    enum Failure: Error {
        /// A system call failed with this error number.
        case system(Int32)
        case timedOut
    }

    private let descriptor: Int32

    /// - Parameter path: at most `SocketPath.longest` octets.
    init(path: String, deadline: Deadline) throws(Failure) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Self.flags, 0)
        guard descriptor >= 0 else { throw .system(errno) }
        // A full backlog makes a non-blocking connect fail with EAGAIN; there is no event to wait for (connect(2)).
        while true {
            let error = Self.connect(descriptor, to: path)
            if error == 0 { return }
            guard error == EAGAIN || error == EINTR else { throw .system(error) }
            guard deadline.remainingMilliseconds > 0 else { throw .timedOut }
            poll(nil, 0, 20)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func writeAll(_ bytes: [UInt8], deadline: Deadline) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, deadline: deadline)
            } else if errno != EINTR {
                throw .system(errno)
            }
        }
    }

    /// Some bytes, or none at the end of the stream.
    func read(deadline: Deadline) throws(Failure) -> [UInt8] {
        while true {
            var count = 0
            var error: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, initialized in
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                error = errno
                initialized = max(0, count)
            }
            if count >= 0 { return bytes }
            if error == EAGAIN {
                try wait(for: POLLIN, deadline: deadline)
            } else if error != EINTR {
                throw .system(error)
            }
        }
    }

    private static let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

    private func wait(for events: Int32, deadline: Deadline) throws(Failure) {
        let remaining = deadline.remainingMilliseconds
        guard remaining > 0 else { throw .timedOut }
        var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let count = poll(&waiting, 1, Int32(clamping: remaining))
        if count < 0, errno != EINTR { throw .system(errno) }
    }

    /// 0 or an error number.
    private static func connect(_ descriptor: Int32, to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (index, octet) in path.utf8.prefix(SocketPath.longest).enumerated() { field[index] = octet }
        }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}

/// A moment on the monotonic clock.
struct Deadline {
    private let moment: ContinuousClock.Instant

    init(milliseconds: Int) { moment = .now.advanced(by: .milliseconds(milliseconds)) }

    /// Rounded up; 0 or less when it has passed.
    var remainingMilliseconds: Int {
        let left = moment - .now
        return Int(left.components.seconds) * 1000
            + Int((left.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
