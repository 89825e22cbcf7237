// A file that is only appended to, and that others may move away (logrotate(8) without copytruncate).

internal import Glibc
internal import LinuxIO

/// Where the binding log's lines end up. For one thread at a time.
final class LogOutput: @unchecked Sendable {
    let report: @Sendable (String) -> Void
    private let sink: BindingLogWriter.Sink
    private var file: Int32 = -1
    /// A failure is told once, not for each line.
    private var hasFailed = false

    init(_ sink: BindingLogWriter.Sink, report: @escaping @Sendable (String) -> Void) throws(Errno) {
        self.sink = sink
        self.report = report
        if case .file(let path) = sink { try open(path) }
    }

    deinit { if file >= 0 { close(file) } }

    /// False if the lines are lost.
    func write(_ lines: [String]) -> Bool {
        switch sink {
        case .lines(let take):
            lines.forEach(take)
            return true
        case .file(let path):
            do throws(Errno) {
                if hasMoved(path) { try open(path) }
                try append(lines.map { $0 + "\n" }.joined())
                hasFailed = false
                return true
            } catch {
                if !hasFailed { report("the binding log \(path) cannot be written: \(error)") }
                hasFailed = true
                return false
            }
        }
    }

    private func open(_ path: String) throws(Errno) {
        if file >= 0 { close(file) }
        file = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        if file < 0 { throw Errno(code: errno) }
    }

    /// The name leads elsewhere than to the open file, or nowhere.
    private func hasMoved(_ path: String) -> Bool {
        var named = stat()
        var opened = stat()
        guard file >= 0, stat(path, &named) == 0, fstat(file, &opened) == 0 else { return true }
        return named.st_ino != opened.st_ino || named.st_dev != opened.st_dev
    }

    private func append(_ text: String) throws(Errno) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw Errno(code: errno) }
            bytes = bytes.dropFirst(count)
        }
    }
}
