// All of a file, or of standard input.

import Glibc

enum FileContent {
    /// - Parameter name: `-` for standard input.
    static func read(_ name: String) throws(CommandFailure) -> [UInt8] {
        guard name != "-" else { return try read(STDIN_FILENO, "standard input") }
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .usage("\(name): \(SystemError.text(errno))") }
        defer { close(descriptor) }
        return try read(descriptor, name)
    }

    private static func read(_ descriptor: Int32, _ name: String) throws(CommandFailure) -> [UInt8] {
        var content: [UInt8] = []
        while true {
            var count = 0
            var error: Int32 = 0
            let portion = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, initialized in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                error = errno
                initialized = max(0, count)
            }
            if count == 0 { return content }
            if count > 0 {
                content += portion
            } else if error != EINTR {
                throw .usage("\(name): \(SystemError.text(error))")
            }
        }
    }
}
