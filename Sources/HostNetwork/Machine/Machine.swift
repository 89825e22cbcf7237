// All that this module reads of the machine and changes on it goes through here, so that a test can put a network
// namespace, or a machine that fails, in its place.

internal import Glibc
internal import LinuxIO

protocol Machine: Sendable {
    /// Runs a program to its end; what it wrote to its standard output.
    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8]
    /// A small file; nil if there is none or it can't be read.
    func read(_ path: String) -> String?
    /// Overwrites a file that is there, in one write.
    func write(_ path: String, _ text: String) throws(Errno)
    /// The names in a folder, in no order; none if there is no such folder.
    func names(in folder: String) -> [String]
    /// Whether the file is there and may be read and written.
    func isAccessible(_ path: String) -> Bool
    func hasProgram(_ name: String) -> Bool
}

/// The machine that this process runs on.
struct LocalMachine: Machine {
    static let programFolders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]

    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8] { try await ProgramRunner.run(command) }

    func read(_ path: String) -> String? {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let file = OwnedDescriptor(adopting: raw)
        // Files of /proc have no length: read until there is no more.
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = Glibc.read(file.raw, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func write(_ path: String, _ text: String) throws(Errno) {
        let raw = open(path, O_WRONLY | O_CLOEXEC)
        guard raw >= 0 else { throw Errno(code: errno) }
        let file = OwnedDescriptor(adopting: raw)
        let bytes = Array(text.utf8)
        while true {
            let count = Glibc.write(file.raw, bytes, bytes.count)
            if count >= 0 { return }
            let code = errno
            if code != EINTR { throw Errno(code: code) }
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

    func hasProgram(_ name: String) -> Bool {
        Self.programFolders.contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}
