// One TCP connection to one server, with several questions on it at once, answered in any order (RFC 7766 sections
// 6.2.1.1, 7). Lives on the pool's event loop.

internal import NIOCore
internal import NIOPosix
internal import NetAddress

final class StreamConnection {
    let server: NetAddress.SocketAddress
    /// Whether an answer ever came.
    private(set) var hasServed = false
    private let directory: StreamDirectory
    private var channel: (any Channel)?
    private var isClosed = false
    /// Takes no more questions: it was silent for too long, or says things that make no sense.
    private var isSpoilt = false
    private var lastRead: NIODeadline?
    /// By the ID on this connection. RFC 7766 section 6.2.1: "clients MUST NOT reuse the DNS Message ID of an in-flight
    /// query on that connection in order to avoid Message ID collisions."
    private var tasks: [UInt16: StreamTask] = [:]
    private var ids: [StreamKey: UInt16] = [:]
    /// IDs whose answers may still come though nobody waits.
    private var abandoned: Set<UInt16> = []
    private var strayMessages = 0
    private var idleTimer: Scheduled<Void>?

    /// After this much silence no more questions are put on the connection: whoever asks again gets another one.
    private static let patience = TimeAmount.milliseconds(900)
    private static let strayMessagesAllowed = 16

    init(server: NetAddress.SocketAddress, directory: StreamDirectory) {
        self.server = server
        self.directory = directory
    }

    var load: Int { tasks.count + abandoned.count }
    var takesMore: Bool {
        !isClosed && !isSpoilt && load < directory.limits.questionsPerConnection
            && !tasks.values.contains(where: isOverdue)
    }

    /// It waits for long, and nothing at all has come since.
    private func isOverdue(_ task: StreamTask) -> Bool {
        NIODeadline.now() - task.askedAt > Self.patience && lastRead.map { $0 < task.askedAt } ?? true
    }

    // MARK: Opening and closing

    func connect() {
        let bound = NIOLoopBound(self, eventLoop: directory.loop)
        ClientBootstrap(group: directory.loop)
            .connectTimeout(.milliseconds(directory.limits.connectMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(StreamFraming()), StreamReader(connection: bound.value))
                }
            }
            .connect(to: NIOCore.SocketAddress(server))
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): opened(channel)
                case .failure(let error): closed(.unreachable(streamErrorText(error)))
                }
            }
    }

    private func opened(_ channel: any Channel) {
        if isClosed { return channel.close(promise: nil) }
        self.channel = channel
        for (id, task) in tasks { write(task, id) }
        channel.flush()
        settleIdleness()
    }

    /// The channel is gone, or never came to be.
    func closed(_ failure: ExchangeFailure) {
        if isClosed { return }
        isClosed = true
        idleTimer?.cancel()
        let unanswered = Array(tasks.values)
        tasks = [:]
        ids = [:]
        channel?.close(promise: nil)
        channel = nil
        directory.remove(self, unanswered, failure)
    }

    // MARK: Questions

    func add(_ task: StreamTask) {
        var id = UInt16.random(in: 0...UInt16.max)
        // Ends: `takesMore` keeps the number of IDs in use far below 65,536.
        while tasks[id] != nil || abandoned.contains(id) { id &+= 1 }
        tasks[id] = task
        ids[task.question.key] = id
        settleIdleness()
        guard let channel else { return }
        write(task, id)
        channel.flush()
    }

    /// RFC 1035 section 4.2.2: "The message is prefixed with a two byte length field". RFC 7766 section 8: both in one
    /// write.
    private func write(_ task: StreamTask, _ id: UInt16) {
        guard let channel, task.question.bytes.count >= 12 else { return }
        var buffer = channel.allocator.buffer(capacity: task.question.bytes.count + 2)
        buffer.writeInteger(UInt16(truncatingIfNeeded: task.question.bytes.count))
        buffer.writeInteger(id)
        buffer.writeBytes(task.question.bytes[2...])
        channel.write(buffer, promise: nil)
    }

    func abandon(_ key: StreamKey) {
        guard let id = ids.removeValue(forKey: key), let task = tasks.removeValue(forKey: id) else { return }
        if channel != nil { abandoned.insert(id) }
        if isOverdue(task) || abandoned.count >= directory.limits.questionsPerConnection / 2 { isSpoilt = true }
        settleIdleness()
    }

    // MARK: Answers

    func read(_ message: ByteBuffer) {
        lastRead = .now()
        guard let id = message.getInteger(at: message.readerIndex, as: UInt16.self), message.readableBytes >= 12 else {
            return closed(.closed("sent a message that is too short"))
        }
        if abandoned.remove(id) != nil { return settleIdleness() }
        guard let task = tasks.removeValue(forKey: id) else {
            strayMessages += 1
            if strayMessages > Self.strayMessagesAllowed { closed(.closed("sent answers that nobody asked for")) }
            return
        }
        hasServed = true
        ids[task.question.key] = nil
        directory.forget(task.question.key)
        let bytes = Array(task.question.bytes[..<2]) + message.readableBytesView.dropFirst(2)
        task.reply(.streamAnswered(task.question.exchange, bytes))
        settleIdleness()
    }

    // MARK: Idleness

    /// RFC 7766 section 6.2.3: "DNS clients SHOULD close the TCP connection of an idle session", after a while in which
    /// more questions may come.
    private func settleIdleness() {
        idleTimer?.cancel()
        idleTimer = nil
        guard tasks.isEmpty, !isClosed else { return }
        if isSpoilt { return closed(.closed("silent for too long")) }
        let bound = NIOLoopBound(self, eventLoop: directory.loop)
        idleTimer = directory.loop.scheduleTask(in: .milliseconds(directory.limits.idleMilliseconds)) {
            bound.value.closed(.closed("idle"))
        }
    }
}
