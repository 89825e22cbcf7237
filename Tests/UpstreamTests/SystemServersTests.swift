import NetAddress
import Testing

@testable import Upstream

@Suite struct SystemServersTests {
    private func read(_ text: String, listening: [String] = []) -> [String] {
        SystemServers.servers(
            inResolvConf: text, listening: listening.map { SocketAddress($0, defaultPort: 53)! },
            interfaceIndex: { $0 == "eth0" ? 7 : nil }
        ).map(\.description)
    }

    @Test func ordinaryFile() {
        let text = """
            # made by somebody
            ; nameserver 192.0.2.99
            search example.org
            nameserver 192.0.2.1
            nameserver\t2001:db8::1   and words behind
             nameserver 192.0.2.2
            nameserver fe80::1%eth0
            options edns0
            nameserver 192.0.2.1
            """
        #expect(read(text) == ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53", "[fe80::1%7]:53"])
    }

    @Test func whatMakesNoSenseIsSkipped() {
        let text =
            "nameserver\nnameserver \nnameserver 1.2.3\nnameserver 1.2.3.4.5\nnameserver dns.example\n"
            + "NAMESERVER 192.0.2.1\nnameserver192.0.2.1\nnameserver fe80::1%nosuch\n"
            + "nameserver 192.0.2.1%eth0\nnameserver 2001:db8::1%eth0\n"
            + "nameserver #192.0.2.1\nnameserver fe80::1%\r\nnameserver 192.0.2.7\r\n\0\u{fffd}\n"
        #expect(read(text) == ["192.0.2.7:53"])
        #expect(read("") == [])
    }

    @Test func weNeverAskOurselves() {
        let text =
            "nameserver 127.0.0.1\nnameserver ::1\nnameserver 127.0.0.53\nnameserver 192.0.2.1\nnameserver 0.0.0.0\n"
        #expect(read(text, listening: ["127.0.0.1"]) == ["[::1]:53", "127.0.0.53:53", "192.0.2.1:53"])
        #expect(read(text, listening: ["0.0.0.0", "[::]"]) == ["192.0.2.1:53"])
        #expect(read(text, listening: ["192.0.2.1", "::1"]) == ["127.0.0.1:53", "127.0.0.53:53", "0.0.0.0:53"])
        // Another port is another server.
        #expect(read(text, listening: ["127.0.0.1:5364", "[::1]:5364", "0.0.0.0:5364"]).count == 5)
    }

    @Test func realInterfaces() {
        #expect(SystemServers.interfaceIndex("lo") == 1)
        #expect(SystemServers.interfaceIndex("3") == 3)
        #expect(SystemServers.interfaceIndex("no-such-interface") == nil)
        #expect(SystemServers.interfaceIndex("0") == nil)
    }
}
