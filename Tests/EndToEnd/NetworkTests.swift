// Addresses, interfaces, rights: what needs machines of its own. The server's machine and the client's are namespaces.

import Foundation
import Testing

@Suite(.ownThread, .needsNamespaces) struct NetworkTests {
    private struct Net {
        let house: House
        let server: Namespace
        let client: Namespace
    }

    /// Two machines with a cable, s0 to c0: 192.0.2.0/24 and 2001:db8:1::/64.
    private func withNet(_ body: (Net) throws -> Void) throws {
        try withHouse { house in
            let net = Net(house: house, server: try Namespace(house), client: try Namespace(house))
            try net.server.connect("s0", to: net.client, "c0")
            for address in ["192.0.2.1/24", "192.0.2.2/24", "2001:db8:1::1/64", "2001:db8:1::2/64"] {
                try net.server.ip("addr add \(address) dev s0\(address.contains(":") ? " nodad" : "")")
            }
            try net.client.ip("addr add 192.0.2.100/24 dev c0")
            try net.client.ip("addr add 2001:db8:1::100/64 dev c0 nodad")
            try body(net)
        }
    }

    private func daemon(_ net: Net, listen: String, server: String = "workers: 2", _ rest: String = "") throws -> Daemon
    {
        try Daemon(net.house, server: server, rest, prefix: net.server.prefix, listen: listen)
    }

    private func expectAnswer(_ net: Net, _ options: String, _ what: String = "") throws {
        let answers = try eventually(within: 4) {
            try net.client.dig("\(options) ipv4only.arpa AAAA").data("AAAA").count == 2
        }
        #expect(answers, "\(options) \(what)")
    }

    private func expectNoAnswer(_ net: Net, _ options: String, _ what: String = "") throws {
        let silent = try eventually(within: 6) {
            try net.client.dig("+time=1 \(options) ipv4only.arpa AAAA").status.isEmpty
        }
        #expect(silent, "\(options) \(what)")
    }

    /// The default `listen` and `allow`: replies leave from the address that was asked (dig hears no other).
    @Test func repliesLeaveFromTheAddressAsked() throws {
        try withNet { net throws in
            let daemon = try daemon(net, listen: "\"0.0.0.0:53\", \"[::]:53\"")
            let linkLocal = try net.server.linkLocal(of: "s0")
            _ = try net.client.linkLocal(of: "c0")
            for address in ["192.0.2.1", "192.0.2.2", "2001:db8:1::1", "2001:db8:1::2", "\(linkLocal)%c0"] {
                try expectAnswer(net, "@\(address)")
                try expectAnswer(net, "@\(address) +tcp")
            }
            #expect(try daemon.counter("replies-send-failed") == 0)
        }
    }

    /// "an interface stands for every address that it has at the time, as they come and go"
    @Test func interfacesThatComeAndGo() throws {
        try withNet { net throws in
            let daemon = try daemon(net, listen: "s0, \"s1:5300\"")
            try expectAnswer(net, "@192.0.2.1")
            try expectAnswer(net, "@2001:db8:1::2 +tcp")
            try net.server.ip("addr add 192.0.2.3/24 dev s0")
            try expectAnswer(net, "@192.0.2.3", "an address that came")
            try net.server.ip("addr del 192.0.2.3/24 dev s0")
            try net.server.ip("addr add 192.0.2.3/32 dev lo")
            try expectNoAnswer(net, "@192.0.2.3", "an address that went")
            try net.server.connect("s1", to: net.client, "c1")
            try net.server.ip("addr add 198.51.100.1/24 dev s1")
            try net.client.ip("addr add 198.51.100.100/24 dev c1")
            try expectAnswer(net, "@198.51.100.1 -p 5300", "an interface that came")
            try net.server.ip("link del s1")
            try net.server.connect("s1", to: net.client, "c1")
            try net.server.ip("addr add 198.51.100.9/24 dev s1")
            try net.client.ip("addr add 198.51.100.100/24 dev c1")
            try expectAnswer(net, "@198.51.100.9 -p 5300", "an interface that came again")
            #expect(daemon.child.isRunning)
        }
    }

    @Test func wildcardsFollowToo() throws {
        try withNet { net throws in
            _ = try daemon(net, listen: "\"0.0.0.0:53\", \"[::]:53\"")
            try net.server.ip("addr add 203.0.113.1/24 dev s0")
            try net.server.ip("addr add 2001:db8:2::1/64 dev s0 nodad")
            try net.client.ip("addr add 203.0.113.100/24 dev c0")
            try net.client.ip("addr add 2001:db8:2::100/64 dev c0 nodad")
            try expectAnswer(net, "-b 203.0.113.100 @203.0.113.1")
            try expectAnswer(net, "-b 2001:db8:2::100 @2001:db8:2::1")
        }
    }

    /// A link-local address in `listen`, with its scope.
    @Test func linkLocalListening() throws {
        try withNet { net throws in
            let address = try net.server.linkLocal(of: "s0")
            _ = try net.client.linkLocal(of: "c0")
            _ = try daemon(net, listen: "\"[\(address)%s0]:53\"")
            try expectAnswer(net, "@\(address)%c0")
            try expectNoAnswer(net, "@192.0.2.1")
        }
    }

    /// Not an open resolver: a stranger's network gets REFUSED, and not many of them; the allow list follows the
    /// addresses.
    @Test func strangersAreRefused() throws {
        try withNet { net throws in
            let daemon = try daemon(net, listen: "\"0.0.0.0:53\"", server: "workers: 1")
            try net.client.ip("addr add 198.51.100.7/32 dev c0")
            try net.server.ip("route add 198.51.100.0/24 via 192.0.2.100")
            try expectAnswer(net, "-b 192.0.2.100 @192.0.2.1")
            let refused = try net.client.dig("-b 198.51.100.7 @192.0.2.1 ipv4only.arpa AAAA")
            #expect(refused.status == "REFUSED" && refused.answer.isEmpty)
            #expect(refused.text.contains("EDE: 18"), "prohibited")
            #expect(try net.client.dig("+tcp -b 198.51.100.7 @192.0.2.1 ipv4only.arpa AAAA").status == "REFUSED")
            let socket = try net.client.enter { try Socket(SOCK_DGRAM, AF_INET) }
            try socket.bind(Endpoint("198.51.100.7", 0))
            try socket.connect(Endpoint("192.0.2.1", 53))
            for _ in 0..<200 { socket.send(DNS.query("ipv4only.arpa.").bytes) }
            var replies = 0
            while socket.receive(within: 0.3) != nil { replies += 1 }
            #expect(replies <= 20, "ten a second: \(replies)")
            #expect(try daemon.counter("drop-refused-rate-limit") >= 150)
            try expectAnswer(net, "-b 192.0.2.100 @192.0.2.1", "others don't suffer")
            // Their network becomes ours.
            try net.server.ip("addr add 198.51.100.1/24 dev s0")
            try expectAnswer(net, "-b 198.51.100.7 @192.0.2.1")
        }
    }

    @Test func anAllowListOfOnesOwn() throws {
        try withNet { net throws in
            _ = try daemon(net, listen: "\"0.0.0.0:53\"", server: "workers: 1, allow: [192.0.2.101]")
            try net.client.ip("addr add 192.0.2.101/24 dev c0")
            try expectAnswer(net, "-b 192.0.2.101 @192.0.2.1")
            #expect(try net.client.dig("-b 192.0.2.100 @192.0.2.1 ipv4only.arpa AAAA").status == "REFUSED")
        }
    }

    /// "Started as root it drops to server.user", and keeps nothing but the right to bind ports below 1024.
    @Test func rightsAreGivenUp() throws {
        try withNet { net throws in
            let daemon = try daemon(net, listen: "s0", server: "workers: 2, user: nobody")
            try expectAnswer(net, "@192.0.2.1")
            let status = try String(contentsOfFile: "/proc/\(daemon.child.pid)/status", encoding: .utf8)
            func line(_ name: String) -> [String] {
                status.split(separator: "\n").first { $0.hasPrefix(name + ":") }?.split(whereSeparator: \.isWhitespace)
                    .dropFirst().map(String.init) ?? []
            }
            let nobody = "\(getpwnam("nobody")?.pointee.pw_uid ?? 0)"
            #expect(line("Uid") == [nobody, nobody, nobody, nobody])
            #expect(!line("Gid").contains("0") && !line("Groups").contains("0"))
            #expect(UInt64(line("CapEff").first ?? "", radix: 16) == 1 << 10, "CAP_NET_BIND_SERVICE alone")
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.child.pid)/task")
            for thread in threads {
                let text = try String(
                    contentsOfFile: "/proc/\(daemon.child.pid)/task/\(thread)/status", encoding: .utf8)
                #expect(text.contains("Uid:\t\(nobody)\t"), "every thread")
            }
            try net.server.ip("addr add 192.0.2.4/24 dev s0")
            try expectAnswer(net, "@192.0.2.4", "port 53 of an address that came later")
            #expect(try daemon.json("status")["user"] as? String == "nobody")
            var info = stat()
            #expect(stat(daemon.socket, &info) == 0 && info.st_mode & 0o777 == 0o660)
            #expect(info.st_gid == getpwnam("nobody")?.pointee.pw_gid, "the daemon's group")
            #expect(try daemon.ctl("reload").status == 0)
        }
    }

    /// Without root rights: a high port works, a low one fails with what to do about it.
    @Test func withoutRights() throws {
        try withHouse { house throws in
            let space = try Namespace(house)
            let binary = try house.program("dns64d", copyOf: Programs.daemon)
            let prefix =
                space.prefix + ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary, "--config"]
            func configuration(_ port: Int) throws -> String {
                let text = "server: { listen: [\"127.0.0.1:\(port)\"] }\ncontrol: { socket: null }\nupstream: []\n"
                return try house.write("\(port).yaml", text)
            }
            let low = try house.run(prefix + [configuration(53)])
            #expect(
                low.status == 1 && low.errors.contains("127.0.0.1:53") && low.errors.contains("CAP_NET_BIND_SERVICE"))
            let high = try house.start(prefix + [configuration(5300)])
            let answers = try eventually(within: 10) {
                try space.dig("@127.0.0.1 -p 5300 ipv4only.arpa AAAA").data("AAAA").count == 2
            }
            #expect(answers, "\(high.errors)")
        }
    }

    @Test func aUserThatDoesNotExist() throws {
        try withNet { net throws in
            let text = "server: { listen: [s0], user: nobody-of-that-name }\ncontrol: { socket: null }\nupstream: []\n"
            let finished = try net.house.run(
                net.server.prefix + [Programs.daemon, "--config", try net.house.write("user.yaml", text)])
            #expect(finished.status == 1 && finished.errors.contains("nobody-of-that-name"))
        }
    }

    /// `servers: system`: those of /etc/resolv.conf, re-read when it changes. The daemon sees an /etc of its own.
    @Test func systemServersAreReadAgain() throws {
        try withHouse { house throws in
            let space = try Namespace(house)
            try space.ip("addr add 2001:db8::2/128 dev lo nodad")
            func zone(_ address: String) -> (name: String, text: String) {
                (name: "sys.example", text: Zones.head("sys.example") + "*.host A \(address)\n")
            }
            _ = try NSD(house, [zone("192.0.2.1")], prefix: space.prefix, address: ("127.0.0.1", "::1"), port: 53)
            _ = try NSD(
                house, [zone("192.0.2.2")], prefix: space.prefix, address: ("127.0.0.2", "2001:db8::2"), port: 53)
            for server in ["127.0.0.1", "127.0.0.2"] {
                let answers = try eventually(within: 15) {
                    try space.dig("@\(server) sys.example SOA").status == "NOERROR"
                }
                #expect(answers)
            }
            let etc = house.path("etc")
            try FileManager.default.createDirectory(atPath: etc, withIntermediateDirectories: true)
            for file in ["passwd", "group", "nsswitch.conf"] {
                try FileManager.default.copyItem(atPath: "/etc/\(file)", toPath: "\(etc)/\(file)")
            }
            try house.write("etc/resolv.conf", "nameserver 127.0.0.1\n")
            let daemon = try Daemon(
                house, "upstream: [{ zone: ., servers: [127.0.0.2] }]",
                prefix: space.prefix + ["unshare", "-m", "sh", "-c", "mount --bind \(etc) /etc && exec \"$@\"", "sh"],
                listen: "\"127.0.0.1:5300\"")
            func aaaa(_ name: String) throws -> [String] {
                try space.dig("@127.0.0.1 -p 5300 \(name).host.sys.example AAAA").data("AAAA")
            }
            #expect(try aaaa("first") == ["64:ff9b::c000:202"])
            try daemon.rewrite("upstream: [{ zone: ., servers: system }]")
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try aaaa("second") == ["64:ff9b::c000:201"])
            // Written anew and put in its place, as resolvconf and NetworkManager do.
            try house.write("etc/resolv.conf", "nameserver 127.0.0.2\n")
            var number = 0
            let replaced = try eventually(within: 8, every: 100) {
                number += 1
                return try aaaa("n\(number)") == ["64:ff9b::c000:202"]
            }
            #expect(replaced, "\(daemon.child.errors)")
            // Written in place, as an editor may.
            let file = try #require(FileHandle(forWritingAtPath: "\(etc)/resolv.conf"))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data("nameserver 127.0.0.1\n".utf8))
            try file.close()
            let edited = try eventually(within: 8, every: 100) {
                number += 1
                return try aaaa("n\(number)") == ["64:ff9b::c000:201"]
            }
            #expect(edited)
        }
    }
}
