// The sockets that clients reach us by: opened before rights are given up, opened and closed anew as interfaces come
// and go.

internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import Listeners
internal import Logging
internal import NetAddress

/// Keeps the listening sockets in step with the configuration and with this machine's addresses.
final class ListeningSockets {
    private struct Entry {
        /// What the workers know the UDP sockets by.
        var token: UInt64
        /// A number for each TCP socket.
        var stream: Task<Int?, Never>
    }

    private let mailboxes: Mailboxes
    private let streams: StreamListener
    private let log: Logger
    private var entries: [SocketAddress: Entry] = [:]
    private var nextToken: UInt64 = 1
    private var inherited: Bool = false

    init(mailboxes: Mailboxes, streams: StreamListener, log: Logger) {
        self.mailboxes = mailboxes
        self.streams = streams
        self.log = log
    }

    /// Where we listen.
    var addresses: [SocketAddress] { entries.keys.sorted { $0.description < $1.description } }

    /// Takes sockets that the service manager opened; the configuration's `listen` is not used then.
    func adopt(_ sockets: [InheritedSocket]) {
        inherited = !sockets.isEmpty
        for socket in sockets {
            let address = socket.address ?? SocketAddress(.v4(IPv4Address(0, 0, 0, 0)), port: 0)
            switch socket.kind {
            case .datagram:
                let token = newToken()
                // One socket for all workers: each takes what it is quick enough to read.
                for worker in mailboxes.boxes.indices {
                    let copy = worker == 0 ? socket.descriptor : dup(socket.descriptor)
                    mailboxes.post(.listen(descriptor: copy, token: token), to: worker)
                }
                entries[address] = Entry(token: token, stream: entries[address]?.stream ?? Task { nil })
            case .listeningStream:
                let stream = listen(socket.take())
                entries[address] = Entry(token: entries[address]?.token ?? 0, stream: stream)
            case .other:
                log.warning(
                    "socket \(socket.descriptor) (\(socket.name)) from the service manager is neither UDP nor TCP")
            }
        }
    }

    /// Opens and closes so that we listen where `listen` says.
    ///
    /// - Returns: what could not be opened, and why.
    func update(_ listen: [Configuration.ListenAddress], _ interfaces: [InterfaceAddress]) -> [String] {
        if inherited { return [] }
        var problems: [String] = []
        let wanted = Self.wanted(listen, interfaces, &problems)
        for address in entries.keys where !wanted.contains(address) { close(address) }
        for address in wanted where entries[address] == nil {
            do throws(Errno) { try open(address) } catch { problems.append(Self.explain(address, error)) }
        }
        return problems
    }

    private static func wanted(
        _ listen: [Configuration.ListenAddress], _ interfaces: [InterfaceAddress], _ problems: inout [String]
    ) -> [SocketAddress] {
        var wanted: [SocketAddress] = []
        for entry in listen {
            switch entry {
            case .address(let address): wanted.append(address)
            case .linkLocal(var address, let name):
                guard let interface = interfaces.first(where: { $0.name == name }) else {
                    problems.append("\(address): there is no interface \(name) yet")
                    continue
                }
                address.scope = interface.index
                wanted.append(address)
            case .interface(let name, let port):
                let own = interfaces.filter { $0.name == name && $0.isUp }.map { $0.socketAddress(port: port) }
                if own.isEmpty {
                    problems.append("interface \(name) is not there or has no address yet; waiting for it")
                }
                wanted += own
            }
        }
        return wanted.reduce(into: []) { list, address in if !list.contains(address) { list.append(address) } }
    }

    private func newToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    private func open(_ address: SocketAddress) throws(Errno) {
        let token = newToken()
        // Once without sharing: another server on this address would otherwise go unnoticed.
        do { _ = try DatagramSocket(bind: address, options: Self.alone).localAddress }
        let stream = try ListeningStreamSocket(bind: address).release()
        var descriptors: [Int32] = []
        for _ in mailboxes.boxes {
            do throws(Errno) {
                var options = DatagramOptions()
                options.receiveBuffer = 1 << 20
                descriptors.append(try DatagramSocket(bind: address, options: options).release().release())
            } catch {
                for descriptor in descriptors { Glibc.close(descriptor) }
                throw error
            }
        }
        for (worker, descriptor) in descriptors.enumerated() {
            mailboxes.post(.listen(descriptor: descriptor, token: token), to: worker)
        }
        entries[address] = Entry(token: token, stream: listen(stream))
        log.info("listening on \(address)")
    }

    private static var alone: DatagramOptions {
        var options = DatagramOptions()
        options.sharesPort = false
        return options
    }

    private func listen(_ socket: consuming OwnedDescriptor) -> Task<Int?, Never> {
        let descriptor = socket.release()
        return Task { [streams, log] in
            do {
                return try await streams.listen(OwnedDescriptor(adopting: descriptor))
            } catch {
                log.error("a TCP socket can't be listened on: \(error)")
                return nil
            }
        }
    }

    private func close(_ address: SocketAddress) {
        guard let entry = entries.removeValue(forKey: address) else { return }
        mailboxes.postToAll(.stopListening(token: entry.token))
        Task { [streams] in if let number = await entry.stream.value { streams.stopListening(number) } }
        log.info("no longer listening on \(address)")
    }

    /// The error, and what mends it.
    private static func explain(_ address: SocketAddress, _ error: Errno) -> String {
        let advice =
            switch error {
            case .addressInUse:
                "another program listens there: `ss -lnp 'sport = :\(address.port)'` names it; stop it, or set server.listen"
            case .permissionDenied, .notPermitted:
                "ports below 1024 need root or CAP_NET_BIND_SERVICE: start as root with server.user set, or use a higher port"
            case .addressNotAvailable: "this machine does not have that address: `ip address` lists those that it has"
            default: ""
            }
        return "can't listen on \(address): \(error)\(advice.isEmpty ? "" : "; \(advice)")"
    }
}
