// All that this module reads of the machine and changes on it goes through here, so that a test can put a network
// namespace, or a machine that fails, in its place.

internal import Glibc
internal import LinuxIO
internal import NAT64Backend

protocol Machine: Sendable {
    /// The network namespace that this is the view from; nil: the process's own, or a test's.
    var namespace: String? { get }
    /// Throws if the namespace is not there, or may not be entered.
    func checkPlace() throws(BackendFailure)
    /// Runs a program to its end; what it wrote to its standard output.
    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8]
    /// A small file; nil if there is none or it can't be read.
    func read(_ path: String) -> String?
    /// Overwrites a file that is there, in one write if the kernel takes it.
    func write(_ path: String, _ text: String) throws(Errno)
    /// The names in a folder, in no order; none if there is no such folder.
    func names(in folder: String) -> [String]
    /// Whether the file is there and may be read and written.
    func isAccessible(_ path: String) -> Bool
    func hasProgram(_ name: String) -> Bool
}

extension Machine {
    var namespace: String? { nil }
    func checkPlace() throws(BackendFailure) {}
}

/// The machine that this process runs on.
struct LocalMachine: Machine {
    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8] { try await ProgramRunner.run(command) }

    func read(_ path: String) -> String? {
        // A kernel setting is read at once or cut: what fills a small buffer is read again with one that holds any.
        for size in [4096, 1 << 19] {
            guard let bytes = read(path, atOnce: size) else { return nil }
            if bytes.count < size || size > 4096 { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }

    /// Files of /proc have no length: read until there is no more.
    private func read(_ path: String, atOnce size: Int) -> [UInt8]? {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let file = OwnedDescriptor(adopting: raw)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: size)
        while bytes.count < 1 << 20 {
            let count = Glibc.read(file.raw, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    func write(_ path: String, _ text: String) throws(Errno) {
        let raw = open(path, O_WRONLY | O_CLOEXEC)
        guard raw >= 0 else { throw Errno(code: errno) }
        let file = OwnedDescriptor(adopting: raw)
        var rest = Array(text.utf8)[...]
        while true {
            let count = rest.withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Errno(code: errno) }
            // Lists of ports are taken a page at a time; what comes later in the same file is added.
            rest = rest.dropFirst(count)
            if rest.isEmpty || count == 0 { return }
        }
    }

    func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// access(2) would ask without this process's capabilities, for they come without root. Opening changes nothing.
    func isAccessible(_ path: String) -> Bool {
        let raw = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard raw >= 0 else { return false }
        close(raw)
        return true
    }

    func hasProgram(_ name: String) -> Bool { Programs.isThere(name) }
}
