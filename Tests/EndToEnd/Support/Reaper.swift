// If the tests themselves crash, nobody is left to end what they started. A small shell waits for that: it holds the
// end of a pipe, and when the pipe closes it ends the pids and deletes the namespaces and folders that are still in its
// ledger.

import Foundation

final class Reaper: Sendable {
    static let shared = Reaper()
    private let pipe: Int32

    private static let script = """
        pids=' '; spaces=' '; folders=' '
        while read -r what value; do
            case $what in
            +pid) pids="$pids$value " ;;
            -pid) pids=${pids/ $value / } ;;
            +netns) spaces="$spaces$value " ;;
            -netns) spaces=${spaces/ $value / } ;;
            +folder) folders="$folders$value " ;;
            -folder) folders=${folders/ $value / } ;;
            esac
        done
        for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
        for space in $spaces; do ip netns del "$space" 2>/dev/null; done
        for folder in $folders; do rm -rf "$folder"; done
        """

    private init() {
        var ends: [Int32] = [0, 0]
        Glibc.pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipe = ends[1]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        SpawnActions.closeFrom(3, &actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        // Out of the terminal's reach, so that Ctrl-C leaves it to its work.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var argv = CStrings.copy(["bash", "-c", Self.script])
        var pid: pid_t = 0
        posix_spawnp(&pid, "bash", &actions, &attributes, &argv, environ)
        for pointer in argv { free(pointer) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        close(ends[0])
    }

    private func note(_ line: String) { _ = (line + "\n").withCString { write(pipe, $0, strlen($0)) } }

    func began(_ pid: pid_t) { note("+pid \(pid)") }
    func ended(_ pid: pid_t) { note("-pid \(pid)") }
    func made(namespace: String) { note("+netns \(namespace)") }
    func removed(namespace: String) { note("-netns \(namespace)") }
    func made(folder: String) { note("+folder \(folder)") }
    func removed(folder: String) { note("-folder \(folder)") }
}
