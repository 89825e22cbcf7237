// Sockets that the service manager opened for us: sd_listen_fds(3).

internal import Glibc
public import NetAddress

/// A socket that was open before this process started.
public struct InheritedSocket: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case datagram
        /// It listens.
        case listeningStream
        /// Anything else: a connection, a pipe, a file.
        case other
    }

    /// Its number; open, nonblocking, close-on-exec and nobody's yet.
    public var descriptor: Int32
    /// From LISTEN_FDNAMES; "unknown" where that says nothing.
    public var name: String
    public var kind: Kind
    /// What it is bound to; nil if it is no IP socket.
    public var address: SocketAddress?

    /// Takes the socket, once.
    public func take() -> OwnedDescriptor { OwnedDescriptor(adopting: descriptor) }
}

/// The list of them.
public enum InheritedSockets {
    /// The first number that is handed over: SD_LISTEN_FDS_START.
    private static let firstDescriptor: Int32 = 3

    /// Reads LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES and removes them, so that no program started from here takes
    /// them for its own. Once, before other threads read the environment. Empty where nothing was handed to this
    /// process.
    public static func take() -> [InheritedSocket] {
        let environment = Environment.take(["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"])
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid() else { return [] }
        return list(
            count: environment["LISTEN_FDS"].flatMap { Int32($0) } ?? 0, names: environment["LISTEN_FDNAMES"] ?? "",
            first: firstDescriptor)
    }

    static func list(count: Int32, names: String, first: Int32) -> [InheritedSocket] {
        let names = names.split(separator: ":", omittingEmptySubsequences: false)
        // A number that is not open is skipped: the variables can say what they like.
        return (0..<max(0, min(count, 4096))).compactMap { index in
            let name = Int(index) < names.count && !names[Int(index)].isEmpty ? String(names[Int(index)]) : "unknown"
            return describe(first + index, name: name)
        }
    }

    private static func describe(_ descriptor: Int32, name: String) -> InheritedSocket? {
        let borrowed = OwnedDescriptor(adopting: descriptor)
        var socket: InheritedSocket?
        if (try? borrowed.setNonblockingCloseOnExec()) != nil {
            let address = (try? borrowed.localAddress()) ?? nil
            socket = InheritedSocket(descriptor: descriptor, name: name, kind: kind(borrowed), address: address)
        }
        _ = borrowed.release()
        return socket
    }

    private static func kind(_ socket: borrowing OwnedDescriptor) -> InheritedSocket.Kind {
        guard let type = try? socket.option(SO_TYPE, level: SOL_SOCKET) else { return .other }
        if type == Int32(SOCK_DGRAM.rawValue) { return .datagram }
        let isListening = (try? socket.option(SO_ACCEPTCONN, level: SOL_SOCKET)) == 1
        return type == Int32(SOCK_STREAM.rawValue) && isListening ? .listeningStream : .other
    }
}
