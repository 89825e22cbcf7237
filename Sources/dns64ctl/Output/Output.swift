// The way to the user: standard output and standard error, written through to the descriptor at once, so that a full
// disk and a reader that went away are noticed where they happen.

import Glibc

struct Output {
    /// Writes all of the bytes or throws `outputClosed` or `output`.
    var write: ([UInt8]) throws(CommandFailure) -> Void
    /// Writes to standard error; nobody is left to be told if that fails.
    var writeError: ([UInt8]) -> Void
    var isTerminal = false
    var colour = false
    /// The lines that the terminal has; nil if there is none.
    var height: () -> Int? = { nil }

    static var ofThisProcess: Output {
        Output(
            write: { (bytes) throws(CommandFailure) in try writeAll(bytes, to: STDOUT_FILENO) },
            writeError: { bytes in try? writeAll(bytes, to: STDERR_FILENO) },
            isTerminal: isatty(STDOUT_FILENO) == 1,
            height: terminalHeight)
    }

    func print(_ text: String) throws(CommandFailure) {
        try write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    func print(_ lines: [Line]) throws(CommandFailure) {
        guard !lines.isEmpty else { return }
        try write(Array(lines.map { $0.rendered(colour: colour) + "\n" }.joined().utf8))
    }

    func complain(_ text: String) {
        writeError(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(CommandFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
            } else if errno == EPIPE {
                throw .outputClosed
            } else if errno != EINTR {
                throw .output("standard output: \(SystemError.text(errno))")
            }
        }
    }

    private static func terminalHeight() -> Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return nil }
        return Int(size.ws_row)
    }
}

/// What the kernel's error numbers mean.
enum SystemError {
    static func text(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }
}
