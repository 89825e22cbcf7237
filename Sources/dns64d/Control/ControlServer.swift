// The control socket: root's and the daemon's group's. Requests come in on SwiftNIO's thread and are answered on the
// main one. A
// malformed message ends the connection that it came on, and nothing else.

internal import ControlProtocol
internal import Glibc
internal import LinuxIO
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry

final class ControlServer: Sendable {
    private let path: String
    private let eventLoops: any EventLoopGroup
    private let mailbox: Mailbox<DaemonMessage>
    private let log: Logger
    private let descriptor: Int32
    private let channel = Mutex<(any Channel)?>(nil)

    /// - Parameter descriptor: what `open` made; this object's from now on.
    init(
        path: String, descriptor: Int32, eventLoops: any EventLoopGroup, mailbox: Mailbox<DaemonMessage>, log: Logger
    ) {
        self.path = path
        self.descriptor = descriptor
        self.eventLoops = eventLoops
        self.mailbox = mailbox
        self.log = log
    }

    /// Makes the socket, with the rights that this process still has.
    static func open(_ path: String, group: String?, owner: String?) throws(StartFailure) -> Int32 {
        let descriptor = try bind(path, owner: owner)
        try hand(path, to: group, owner: owner)
        return descriptor
    }

    private static func bind(_ path: String, owner: String?) throws(StartFailure) -> Int32 {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        // Made by us, so the account's that we become: it takes the socket away at the end.
        if !directory.isEmpty, mkdir(directory, 0o755) == 0, let owner, Privileges.isRoot, let entry = getpwnam(owner) {
            chown(directory, entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw StartFailure(
                description: "dns64d: control.socket: \(path): longer than a socket's path may be (107 octets)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure(path) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        func call(_ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { function(descriptor, $0, length) }
            }
        }
        // A socket that nobody answers on is what a killed daemon left behind.
        if call(connect) == 0 {
            throw StartFailure(description: "dns64d: control.socket: another dns64d answers on \(path)")
        }
        let reason = errno
        if reason == EACCES || reason == EPERM {
            throw StartFailure(
                description: "dns64d: control.socket: \(path) is another account's socket; start as root, or set "
                    + "control.socket to another path")
        }
        if reason == ECONNREFUSED { unlink(path) }
        let mask = umask(0o117)
        defer { umask(mask) }
        guard call({ Glibc.bind($0, $1, $2) }) == 0, Glibc.listen(descriptor, 16) == 0 else { throw failure(path) }
        return descriptor
    }

    private static func failure(_ path: String) -> StartFailure {
        StartFailure(
            description: "dns64d: control.socket: \(path): \(String(cString: strerror(errno))); "
                + "make its directory (`install -d -o USER DIRECTORY`), or set control.socket to another path")
    }

    /// "root's and the daemon's group's": owner as we are now, group by configuration, nobody else.
    private static func hand(_ path: String, to group: String?, owner: String?) throws(StartFailure) {
        var groupID = gid_t.max
        if let group {
            guard let entry = getgrnam(group) else {
                throw StartFailure(description: "dns64d: control.group: there is no group \"\(group)\"")
            }
            groupID = entry.pointee.gr_gid
        } else if let owner, Privileges.isRoot, let entry = getpwnam(owner) {
            groupID = entry.pointee.pw_gid
        }
        if groupID != gid_t.max, chown(path, uid_t.max, groupID) != 0 { throw failure(path) }
        guard chmod(path, 0o660) == 0 else { throw failure(path) }
    }

    /// Begins to answer.
    func start() throws {
        let bootstrap = ServerBootstrap(group: eventLoops)
            .childChannelInitializer { [mailbox, log] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ControlConnection(mailbox: mailbox, log: log))
                }
            }
        let bound = try bootstrap.withBoundSocket(descriptor).wait()
        channel.withLock { $0 = bound }
        mailbox.post { daemon in daemon.log.debug("control socket open") }
    }

    func close() {
        channel.withLock { channel in
            channel?.close(promise: nil)
            channel = nil
        }
        unlink(path)
    }
}

/// One connection of a dns64ctl.
private final class ControlConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let mailbox: Mailbox<DaemonMessage>
    private let log: Logger
    private var decoder = FrameDecoder(limit: Frame.requestLimit)
    private var streaming: RepeatedTask?

    init(mailbox: Mailbox<DaemonMessage>, log: Logger) {
        self.mailbox = mailbox
        self.log = log
    }

    func channelActive(context: ChannelHandlerContext) {
        mailbox.post { $0.streamCounters.add(.controlConnections) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let body = try decoder.next() { take(try ControlMessage.request(from: body), context) }
        } catch {
            malformed(error, context)
        }
    }

    private func take(_ request: ControlRequest, _ context: ChannelHandlerContext) {
        let reply = Self.replier(context)
        guard case .top = request else {
            mailbox.post { daemon in daemon.answer(request, reply) }
            return
        }
        // A picture now and one every second, until the client goes.
        streaming?.cancel()
        streaming = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { [mailbox] _ in
            mailbox.post { daemon in daemon.answer(request, reply) }
        }
    }

    /// Sends a response from any thread.
    private static func replier(_ context: ChannelHandlerContext) -> @Sendable (ControlResponse) -> Void {
        let channel = context.channel
        return { response in
            let bytes: [UInt8]
            do {
                bytes = try ControlMessage.frame(response)
            } catch {
                let refusal = ControlResponse.refused(Refusal(code: .failed, message: "\(error)"))
                guard let frame = try? ControlMessage.frame(refusal) else { return }
                bytes = frame
            }
            channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
        }
    }

    private func malformed(_ error: any Error, _ context: ChannelHandlerContext) {
        mailbox.post { $0.streamCounters.add(.controlMalformed) }
        log.debug("control connection closed: \(error)")
        let refusal = ControlResponse.refused(Refusal(code: .malformed, message: "\(error)"))
        if let frame = try? ControlMessage.frame(refusal) {
            context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: frame)), promise: nil)
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        streaming?.cancel()
        streaming = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
