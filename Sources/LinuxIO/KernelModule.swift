// Kernel modules: whether one is loaded, and loading it while there are the rights for it.

internal import Glibc

/// A kernel module by its name, as `lsmod` shows it.
public struct KernelModule: Sendable {
    public let name: String

    public init(name: String) { self.name = name }

    /// Also true of one that is built into the kernel, if it says so in /sys.
    public var isLoaded: Bool { access("/sys/module/\(name)", F_OK) == 0 }

    /// What it says of itself; nil: it is not loaded, or does not say.
    public var version: String? {
        guard let file = fopen("/sys/module/\(name)/version", "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Runs modprobe(8) to its end and waits for it, without a thread: for a time when there must be none yet.
    ///
    /// - Returns: whether the module is loaded now.
    @discardableResult
    public func load() -> Bool {
        if isLoaded { return true }
        for program in ["/usr/sbin/modprobe", "/sbin/modprobe"] where access(program, X_OK) == 0 {
            let words = [program, "--quiet", "--", name]
            var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
            arguments.append(nil)
            defer { for argument in arguments { free(argument) } }
            var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/sbin:/usr/bin:/bin"), nil]
            defer { free(environment[0]) }
            var process = pid_t()
            guard posix_spawn(&process, program, nil, nil, &arguments, &environment) == 0 else { return false }
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            break
        }
        return isLoaded
    }
}
