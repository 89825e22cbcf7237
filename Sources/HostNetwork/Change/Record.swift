// What was done to the host, written down before it is done, so that whoever comes after a crash can undo it.

internal import FoundationEssentials
internal import Glibc
internal import LinuxIO
internal import NAT64Backend

/// The content of the state file.
struct Record: Hashable, Sendable, Codable {
    static let currentVersion = 1

    var version = Record.currentVersion
    /// The process that answers for it.
    var owner: Owner
    /// The translator's device; empty: it is in the kernel, and has none.
    var device: String
    /// The name of a translator that has no device.
    var name: String?
    /// The network namespace that the deeds were done in; nil: the process's own.
    var namespace: String?
    /// Its number: another namespace of the name has another.
    var namespaceNumber: UInt64?
    /// The device's number: another device of the name has another.
    var deviceIndex: Int?
    /// In the order in which they were done. The last one may not have been done after all.
    var deeds: [Deed] = []

    struct Owner: Hashable, Sendable, Codable {
        var pid: Int32
        /// When it was started, in clock ticks since boot: process numbers come back.
        var started: String
    }

    /// What it is for, in messages.
    var subject: String { name ?? device }

    /// Adds `deed`, in the place of one with its identity if there is one.
    mutating func put(_ deed: Deed) {
        if let index = deeds.firstIndex(where: { $0.identity == deed.identity }) {
            deeds[index] = deed
        } else {
            deeds.append(deed)
        }
    }

    mutating func remove(_ identity: Deed.Identity) { deeds.removeAll { $0.identity == identity } }
}

extension Record.Owner {
    static func current(_ machine: any Machine) -> Record.Owner {
        let pid = getpid()
        return Record.Owner(pid: pid, started: startTime(of: pid, machine) ?? "")
    }

    /// Whether it is another process than this one, and runs.
    func isSomebodyElse(_ machine: any Machine) -> Bool {
        pid != getpid() && !started.isEmpty && Self.startTime(of: pid, machine) == started
    }

    /// Field 22 of /proc/PID/stat. The second one, in parentheses, may hold anything, spaces and parentheses too.
    private static func startTime(of pid: Int32, _ machine: any Machine) -> String? {
        guard let text = machine.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}

/// The state file.
struct RecordFile: Sendable {
    let path: String

    /// nil: there is none, so nothing is to be undone.
    func load() throws(BackendFailure) -> Record? {
        guard access(path, F_OK) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", Errno(code: errno))
        }
        guard let text = LocalMachine().read(path) else { throw failure("read", Errno(code: errno)) }
        do {
            let record = try JSONDecoder().decode(Record.self, from: Data(text.utf8))
            if record.version == Record.currentVersion { return record }
        } catch {}
        throw BackendFailure(
            .refused, "the state file \(path) is damaged, or of another version: it should say what to undo",
            remedy: "undo by hand what it says, as far as it is there, and remove it; a reboot undoes it too")
    }

    /// Writes a new file and puts it in the place of the old one.
    func save(_ record: Record) throws(BackendFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let bytes: [UInt8]
        do { bytes = Array(try encoder.encode(record)) } catch {
            throw BackendFailure(.refused, "the state can't be written down: \(error)")
        }
        let draft = path + ".new"
        let raw = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard raw >= 0 else { throw failure("write", Errno(code: errno)) }
        let file = OwnedDescriptor(adopting: raw)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", Errno(code: errno)) }
            written += count
        }
        guard fsync(file.raw) == 0, rename(draft, path) == 0 else { throw failure("write", Errno(code: errno)) }
    }

    func remove() throws(BackendFailure) {
        if unlink(path) != 0, errno != ENOENT { throw failure("remove", Errno(code: errno)) }
    }

    private func failure(_ verb: String, _ errno: Errno) -> BackendFailure {
        BackendFailure(.refused, "dns64d could not \(verb) its state file \(path): \(errno)")
    }
}
