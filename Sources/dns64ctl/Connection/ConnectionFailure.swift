// What to tell the user when there is no daemon to talk to, and what mends it.

import Glibc

struct ConnectionFailure: Hashable {
    enum Cause: Hashable {
        /// connect(2) failed with this error number.
        case connect(Int32)
        /// No answer in time.
        case silent(seconds: Double)
        /// The connection closed before the answer was whole.
        case closed
        /// What came was no answer.
        case strange(String)
    }

    let socket: SocketPath
    let cause: Cause

    var message: String {
        let place = "\(socket.path) (\(socket.origin.rawValue))"
        switch cause {
        case .connect(ENOENT): return "no daemon at \(place): the socket does not exist"
        case .connect(EACCES), .connect(EPERM): return "no way to the daemon at \(place): permission denied"
        case .connect(ECONNREFUSED) where !isSocket: return "no daemon at \(place): that is no socket"
        case .connect(ECONNREFUSED): return "no daemon at \(place): connection refused, nobody listens there"
        case .connect(let number): return "no daemon at \(place): \(SystemError.text(number))"
        case .silent(let seconds): return "the daemon at \(place) gave no answer within \(Self.text(seconds)) seconds"
        case .closed: return "the daemon at \(place) closed the connection before it had answered"
        case .strange(let what): return "what listens at \(place) does not answer as dns64d does: \(what)"
        }
    }

    /// Nobody listens there, or nobody who may be asked.
    var isAbsence: Bool { if case .connect(let number) = cause { number != EACCES && number != EPERM } else { false } }

    /// What to do, a line each.
    var advice: [String] {
        switch cause {
        case .connect(EACCES), .connect(EPERM): return permissionAdvice
        case .connect(ECONNREFUSED) where isSocket:
            return ["Start the daemon again: systemctl restart dns64d"] + elsewhere
        case .connect: return ["Start the daemon: systemctl start dns64d"] + elsewhere
        case .silent:
            return [
                "It may be busy or hung: try --timeout SECONDS, look at journalctl -u dns64d,",
                "then systemctl restart dns64d",
            ]
        case .closed: return ["It may be stopping or may have failed: systemctl status dns64d; journalctl -u dns64d"]
        case .strange:
            return [
                "dns64ctl and dns64d may be of different versions: compare dns64ctl --version with",
                "dns64d --version, then systemctl restart dns64d",
            ]
        }
    }

    private var elsewhere: [String] {
        [
            "Or, if it runs with another socket, as a development daemon does, name that one",
            "(control.socket in its configuration): dns64ctl --socket PATH ...",
        ]
    }

    private var isSocket: Bool {
        var status = stat()
        return stat(socket.path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    private var permissionAdvice: [String] {
        var lines = ["As root: sudo dns64ctl ..."]
        if let group = owningGroup {
            lines.append("Or join the group \(group), then log in anew: sudo usermod -aG \(group) $USER")
        } else {
            lines.append("Or join the daemon's group, then log in anew.")
        }
        return lines
    }

    /// The group that may use the socket, if it can be found out.
    private var owningGroup: String? {
        var status = stat()
        let folder = socket.path.lastIndex(of: "/").map { String(socket.path[..<$0]) } ?? "."
        guard stat(socket.path, &status) == 0 || stat(folder, &status) == 0 else { return nil }
        guard status.st_gid != 0, let entry = getgrgid(status.st_gid), let name = entry.pointee.gr_name else {
            return nil
        }
        return String(cString: name)
    }

    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }
}
