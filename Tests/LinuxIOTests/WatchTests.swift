import Glibc
import LinuxIO
import NetAddress
import Testing

/// A directory that is gone when the test is over.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/linuxio-XXXXXX".utf8CString)
        mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.run("rm", "-rf", path) }

    func write(_ name: String, _ text: String) {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        precondition(descriptor >= 0)
        _ = Glibc.write(descriptor, text, text.utf8.count)
        close(descriptor)
    }

    /// The exit status of a program.
    @discardableResult
    static func run(_ arguments: String...) -> Int32 {
        var child: pid_t = 0
        var status: Int32 = -1
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        guard posix_spawnp(&child, arguments[0], nil, nil, &pointers, environ) == 0 else { return -1 }
        waitpid(child, &status, 0)
        return status
    }
}

@Suite struct FileWatchTests {
    let scratch = Scratch()

    /// Makes the watch, does `changes` one by one, and expects a call for each.
    private func expectCalls(path: String, changes: [(String, () -> Void)]) throws {
        let loop = try EventLoop()
        var calls = 0
        let watch = try FileWatch(path: path, loop: loop, settleTime: 1_000_000) { calls += 1 }
        for (name, change) in changes {
            // Whatever is left of the change before.
            while true {
                let before = calls
                _ = try loop.run(seconds: 0.03) { false }
                if calls == before { break }
            }
            let before = calls
            change()
            #expect(try loop.run(seconds: 2) { calls > before }, "\(name) was not noticed")
        }
        withExtendedLifetime(watch) {}
    }

    @Test func rewritingReplacingRemovingAndMaking() throws {
        let file = "\(scratch.path)/resolv.conf"
        try expectCalls(
            path: file,
            changes: [
                ("making", { scratch.write("resolv.conf", "a") }),
                ("rewriting", { scratch.write("resolv.conf", "b") }),
                (
                    "replacing",
                    {
                        scratch.write("new", "c")
                        rename("\(scratch.path)/new", file)
                    }
                ),
                ("rewriting the new one", { scratch.write("resolv.conf", "d") }),
                ("removing", { unlink(file) }),
                ("making it again", { scratch.write("resolv.conf", "e") }),
            ])
    }

    @Test func linkAndItsTargetAreBothWatched() throws {
        mkdir("\(scratch.path)/etc", 0o755)
        mkdir("\(scratch.path)/run", 0o755)
        let link = "\(scratch.path)/etc/resolv.conf"
        scratch.write("run/stub.conf", "a")
        symlink("../run/stub.conf", link)
        try expectCalls(
            path: link,
            changes: [
                ("rewriting the target", { scratch.write("run/stub.conf", "b") }),
                (
                    "replacing the link",
                    {
                        scratch.write("other.conf", "c")
                        symlink("\(scratch.path)/other.conf", "\(scratch.path)/etc/new")
                        rename("\(scratch.path)/etc/new", link)
                    }
                ),
                ("rewriting the new target", { scratch.write("other.conf", "d") }),
                (
                    "replacing the link by a file",
                    {
                        scratch.write("etc/plain", "e")
                        rename("\(scratch.path)/etc/plain", link)
                    }
                ),
            ])
    }

    @Test func directoryThatDoesNotExistYet() throws {
        try expectCalls(
            path: "\(scratch.path)/a/b/file",
            changes: [
                ("the first directory", { mkdir("\(scratch.path)/a", 0o755) }),
                ("the second directory", { mkdir("\(scratch.path)/a/b", 0o755) }),
                ("the file", { scratch.write("a/b/file", "x") }),
                ("moving the directory away", { rename("\(scratch.path)/a/b", "\(scratch.path)/c") }),
                ("a new directory", { mkdir("\(scratch.path)/a/b", 0o755) }),
                ("a new file", { scratch.write("a/b/file", "y") }),
            ])
    }

    @Test func neighboursAreIgnoredAndBurstsAreOneCall() throws {
        let loop = try EventLoop()
        var calls = 0
        let watch = try FileWatch(path: "\(scratch.path)/file", loop: loop, settleTime: 40_000_000) { calls += 1 }
        scratch.write("neighbour", "x")
        _ = try loop.run(seconds: 0.1) { false }
        #expect(calls == 0)
        for number in 0..<50 { scratch.write("file", "\(number)") }
        _ = try loop.run(seconds: 0.2) { false }
        #expect(calls == 1)
        withExtendedLifetime(watch) {}
    }

    @Test func watchEndsWithItsOwner() throws {
        let loop = try EventLoop()
        var calls = 0
        do {
            let watch = try FileWatch(path: "\(scratch.path)/file", loop: loop, settleTime: 0) { calls += 1 }
            scratch.write("file", "x")
            withExtendedLifetime(watch) {}
        }
        _ = try loop.run(seconds: 0.05) { false }
        #expect(calls == 0)
    }
}

@Suite struct AddressTests {
    @Test func loopbackIsInTheList() throws {
        let list = try InterfaceAddresses.list()
        let v4 = try #require(list.first { $0.address == IPAddress("127.0.0.1") })
        #expect(v4.name == "lo" && v4.prefixLength == 8 && v4.isUp && v4.isLoopback && v4.index == if_nametoindex("lo"))
        #expect(v4.network == IPPrefix("127.0.0.0/8"))
        let v6 = try #require(list.first { $0.address == IPAddress("::1") })
        #expect(v6.prefixLength == 128 && v6.socketAddress(port: 53) == SocketAddress("::1", 53))
    }

    /// Makes a pair of interfaces, if this process may, and sees a link-local address through to a datagram.
    @Test func newAddressIsToldAndLinkLocalReplies() throws {
        let name = "lio\(getpid() % 100_000)"
        let loop = try EventLoop()
        var calls = 0
        let monitor = try AddressMonitor(loop: loop, settleTime: 1_000_000) { calls += 1 }
        guard Scratch.run("ip", "link", "add", name, "type", "veth", "peer", "name", "\(name)p") == 0 else {
            notRun("newAddressIsToldAndLinkLocalReplies: not run, can't add a veth interface (needs root and iproute2)")
            return
        }
        defer { Scratch.run("ip", "link", "del", name) }
        #expect(try loop.run(seconds: 2) { calls > 0 }, "the new interface was not noticed")
        let before = calls
        Scratch.run("ip", "address", "add", "192.0.2.77/24", "dev", name)
        #expect(try loop.run(seconds: 2) { calls > before }, "the new address was not noticed")
        let address = try #require(try InterfaceAddresses.list().first { $0.name == name })
        #expect(address.address == IPAddress("192.0.2.77") && address.prefixLength == 24 && !address.isUp)

        Scratch.run("ip", "address", "add", "fe80::77/64", "dev", name, "nodad")
        Scratch.run("ip", "link", "set", name, "up")
        Scratch.run("ip", "link", "set", "\(name)p", "up")
        let scoped = try #require(try InterfaceAddresses.list().first { $0.address == IPAddress("fe80::77") })
        #expect(scoped.isUp && scoped.socketAddress(port: 1).scope == if_nametoindex(name))
        for bound in [SocketAddress("::"), scoped.socketAddress(port: 0)] {
            try echo(boundTo: bound, asked: scoped)
        }
        withExtendedLifetime(monitor) {}
    }

    private func echo(boundTo bound: SocketAddress, asked: InterfaceAddress) throws {
        let server = try DatagramSocket(bind: bound)
        let target = asked.socketAddress(port: server.localAddress.port)
        let client = try ConnectedDatagram(to: target, random: RandomSource())
        try client.ask("hello")
        var batch = try DatagramBatch()
        try #require(try batch.wait(for: 1, on: server) == 1)
        let path = batch.path(0)
        #expect(path.source.scope == asked.index && path.local == asked.address)
        batch.queueEcho(0)
        #expect(batch.flush(to: server).sent == 1)
        #expect(try client.answer() == "hello!")
        #expect(try Array("later".utf8).withUnsafeBytes { try server.send($0, along: path) })
        #expect(try client.answer() == "later")
    }
}
