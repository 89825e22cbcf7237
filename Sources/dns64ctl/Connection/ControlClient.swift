// Requests and answers over one connection.

import ControlProtocol
import Glibc

/// An answer, and the bytes that it came as, which `--json` shows.
struct Reply {
    let response: ControlResponse
    let body: [UInt8]
}

/// One connection to the daemon; several requests may follow each other on it.
final class ControlClient {
    private let socket: SocketPath
    private let stream: UnixStream
    private let timeoutMilliseconds: Int
    private var decoder = FrameDecoder(limit: Frame.responseLimit)

    init(socket: SocketPath, timeoutMilliseconds: Int) throws(CommandFailure) {
        self.socket = socket
        self.timeoutMilliseconds = timeoutMilliseconds
        do throws(UnixStream.Failure) {
            stream = try UnixStream(path: socket.path, deadline: Deadline(milliseconds: timeoutMilliseconds))
        } catch {
            throw Self.failure(error, socket, timeoutMilliseconds)
        }
    }

    /// Sends a request and waits for the answer to it, a refusal included.
    func ask(_ request: ControlRequest) throws(CommandFailure) -> Reply {
        try send(request)
        return try receive()
    }

    func send(_ request: ControlRequest) throws(CommandFailure) {
        let frame: [UInt8]
        do throws(ControlMessageError) {
            frame = try ControlMessage.frame(request)
        } catch {
            throw .usage("the request can't be sent: \(error)")
        }
        do throws(UnixStream.Failure) {
            try stream.writeAll(frame, deadline: Deadline(milliseconds: timeoutMilliseconds))
        } catch {
            // A daemon that closes may have said why before; that is worth more than the broken pipe.
            if case .system(EPIPE) = error { return }
            throw Self.failure(error, socket, timeoutMilliseconds)
        }
    }

    /// The next answer; it must be whole within the time-out.
    func receive() throws(CommandFailure) -> Reply {
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        while true {
            if let body = try nextBody() { return try reply(body) }
            let bytes: [UInt8]
            do throws(UnixStream.Failure) {
                bytes = try stream.read(deadline: deadline)
            } catch {
                throw Self.failure(error, socket, timeoutMilliseconds)
            }
            guard !bytes.isEmpty else { throw .noDaemon(ConnectionFailure(socket: socket, cause: .closed)) }
            decoder.append(bytes)
        }
    }

    /// For answers that are well formed but make no sense.
    func strange(_ what: String) -> CommandFailure {
        .noDaemon(ConnectionFailure(socket: socket, cause: .strange(what)))
    }

    private func nextBody() throws(CommandFailure) -> [UInt8]? {
        do throws(FramingError) {
            return try decoder.next()
        } catch {
            throw strange("\(error)")
        }
    }

    private func reply(_ body: [UInt8]) throws(CommandFailure) -> Reply {
        do throws(ControlMessageError) {
            return Reply(response: try ControlMessage.response(from: body), body: body)
        } catch {
            throw strange("\(error)")
        }
    }

    private static func failure(
        _ error: UnixStream.Failure, _ socket: SocketPath, _ timeoutMilliseconds: Int
    ) -> CommandFailure {
        let cause: ConnectionFailure.Cause =
            switch error {
            case .timedOut: .silent(seconds: Double(timeoutMilliseconds) / 1000)
            case .system(ECONNRESET), .system(EPIPE): .closed
            case .system(let number): .connect(number)
            }
        return .noDaemon(ConnectionFailure(socket: socket, cause: cause))
    }
}
