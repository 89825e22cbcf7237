// The daemon's program, run for a question that a daemon would answer if one ran.

import Glibc

enum DaemonProgram {
    /// Runs `dns64d` with `arguments` and gives what it printed; its complaints go to our own standard error.
    ///
    /// - Returns: nil: the program is not here, or did not end well.
    static func output(_ arguments: [String]) -> [UInt8]? {
        guard let program = places.first(where: { access($0, X_OK) == 0 }) else { return nil }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        var words = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, nil, &words, environ)
        close(ends[1])
        guard failure == 0 else { return nil }
        let bytes = readAll(ends[0])
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? bytes : nil
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count > 0 { bytes += piece.prefix(count) } else if count == 0 || errno != EINTR { return bytes }
        }
    }

    /// Beside this program, and where packages and `make install` put it.
    private static var places: [String] {
        var path = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &path, path.count))
        let own = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return ["\(folder)/dns64d", "/usr/sbin/dns64d", "/usr/local/sbin/dns64d"]
    }
}
