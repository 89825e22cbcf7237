// Which connection a question goes on. Lives on the pool's event loop.

internal import NIOCore
internal import NetAddress

/// A question on its way, and who is told.
struct StreamTask {
    let question: StreamQuestion
    let reply: @Sendable (UpstreamMail) -> Void
    let askedAt: NIODeadline
    /// It was on a connection that the server closed.
    var isSecondTry = false

    func fail(_ failure: ExchangeFailure) { reply(.streamFailed(question.exchange, failure)) }
}

final class StreamDirectory {
    let loop: any NIOCore.EventLoop
    let limits: StreamLimits
    private var connections: [NetAddress.SocketAddress: [StreamConnection]] = [:]
    private var places: [StreamKey: StreamConnection] = [:]
    private var isShutDown = false

    init(loop: any NIOCore.EventLoop, limits: StreamLimits) {
        self.loop = loop
        self.limits = limits
    }

    var connectionCount: Int { connections.values.reduce(0) { $0 + $1.count } }

    func ask(_ question: StreamQuestion, _ reply: @escaping @Sendable (UpstreamMail) -> Void) {
        place(StreamTask(question: question, reply: reply, askedAt: .now()))
    }

    /// Closes everything; nobody hears of it.
    func shutDown() {
        isShutDown = true
        for connection in connections.values.joined() { connection.closed(.local("shutting down")) }
    }

    /// On the least busy connection that takes more, or on a new one.
    private func place(_ task: StreamTask) {
        if isShutDown { return }
        let server = task.question.server
        let existing = connections[server] ?? []
        let usable = existing.filter { $0.takesMore }.min { $0.load < $1.load }
        if let usable {
            places[task.question.key] = usable
            usable.add(task)
        } else if existing.count < limits.connectionsPerServer {
            let connection = StreamConnection(server: server, directory: self)
            connections[server, default: []].append(connection)
            places[task.question.key] = connection
            connection.add(task)
            connection.connect()
        } else {
            task.fail(.local("too many questions over TCP to \(server)"))
        }
    }

    func abandon(_ key: StreamKey) { places.removeValue(forKey: key)?.abandon(key) }

    /// `task` got its answer.
    func forget(_ key: StreamKey) { places[key] = nil }

    /// `connection` is closed; `tasks` are those without an answer.
    func remove(_ connection: StreamConnection, _ tasks: [StreamTask], _ failure: ExchangeFailure) {
        if isShutDown { return }
        connections[connection.server]?.removeAll { $0 === connection }
        if connections[connection.server]?.isEmpty == true { connections[connection.server] = nil }
        for var task in tasks {
            places[task.question.key] = nil
            // RFC 7766 section 6.2.4: "DNS clients SHOULD retry unanswered queries if the connection closes before
            // receiving all outstanding responses." Where the connection had served before, the server most likely
            // closed it as idle.
            if connection.hasServed, !task.isSecondTry {
                task.isSecondTry = true
                place(task)
            } else {
                task.fail(failure)
            }
        }
    }
}
