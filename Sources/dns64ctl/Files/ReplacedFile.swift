// A file that takes the place of another only when it is whole: written beside it, brought to the disk, renamed.

import Glibc

final class ReplacedFile {
    /// As given, for messages.
    private let name: String
    /// Where it will stand; behind symbolic links.
    private let target: String
    /// Where it stands until then; nil where there is nothing to replace: a pipe, a device.
    private var temporary: String?
    private let descriptor: Int32

    /// - Throws: `usage` if no file can be made there.
    init(path: String) throws(CommandFailure) {
        name = path
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG {
            target = path
            temporary = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
        } else {
            target = exists ? Self.resolved(path) : path
            let beside = target + ".tmp"
            temporary = beside
            // What a run that was killed has left. O_EXCL then refuses whatever somebody else puts there meanwhile.
            unlink(beside)
            // What was asked is nobody's business but the operator's.
            descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? status.st_mode & 0o777 : 0o600)
        }
        guard descriptor >= 0 else {
            temporary = nil
            throw .usage("\(path): \(SystemError.text(errno))")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if let temporary { unlink(temporary) }
    }

    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure(errno)
            }
        }
    }

    /// Puts the file in its place. Without it nothing is left of what was written.
    func commit() throws(CommandFailure) {
        guard let beside = temporary else { return }
        guard fsync(descriptor) == 0, rename(beside, target) == 0 else { throw failure(errno) }
        temporary = nil
        // The name is on the disk only when the folder is. Some file systems can't be asked that; the file is whole
        // either way.
        let folder = open(Self.folder(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private func failure(_ number: Int32) -> CommandFailure {
        let kept = temporary == nil ? "" : "; what was there before is unchanged"
        return .file("\(name): \(SystemError.text(number))\(kept)")
    }

    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
