// A daemon that says what a test wants it to say, on a Unix socket of its own.

import ControlProtocol
import Foundation
import Glibc
import Synchronization

/// One thread; it serves one connection after another until it is released.
final class FakeDaemon: Sendable {
    /// What it does about a request.
    enum Reaction: Sendable {
        case answers([ControlResponse])
        case bytes([UInt8])
        case closes
        case hangs

        static func answer(_ response: ControlResponse) -> Reaction { .answers([response]) }
    }

    let folder: String
    let path: String
    private let received = Mutex<[ControlRequest]>([])
    private let listener: Int32
    private let react: @Sendable (ControlRequest) -> Reaction

    /// All requests until now.
    var requests: [ControlRequest] { received.withLock { $0 } }

    init(_ react: @escaping @Sendable (ControlRequest) -> Reaction) throws {
        folder = try TemporaryFolder.make()
        path = folder + "/control.sock"
        self.react = react
        listener = try UnixSocket.bound(to: path)
        guard listen(listener, 8) == 0 else { throw POSIXError(.EINVAL) }
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                self?.serve(connection)
                close(connection)
            }
            // Here and not in deinit: the number must not be another socket's while accept(2) still waits on it.
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        TemporaryFolder.remove(folder)
    }

    private func serve(_ connection: Int32) {
        var decoder = FrameDecoder(limit: Frame.requestLimit)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            decoder.append(buffer[..<count])
            while let body = try? decoder.next() {
                guard let request = try? ControlMessage.request(from: body) else { return }
                received.withLock { $0.append(request) }
                switch react(request) {
                case .answers(let responses):
                    for response in responses { write((try? ControlMessage.frame(response)) ?? [], to: connection) }
                case .bytes(let bytes): write(bytes, to: connection)
                case .closes: return
                case .hangs: break
                }
            }
        }
    }

    private func write(_ bytes: [UInt8], to connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

enum UnixSocket {
    /// A socket at the path; nobody listens yet.
    static func bound(to path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        return descriptor
    }
}

enum TemporaryFolder {
    static func make() throws -> String {
        let path = NSTemporaryDirectory() + "/dns64ctl-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
