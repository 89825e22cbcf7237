import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct SessionRowsTests {
    private let header = String(Recorded.sessionsTCP.prefix { $0 != "\n" }) + "\n"

    private func sessions(_ rows: String...) throws(OutputFailure) -> [SessionEntry] {
        try JoolOutput.sessions(Array((header + rows.map { $0 + "\n" }.joined()).utf8))
    }

    private func what(_ row: String) -> String? {
        do throws(OutputFailure) {
            _ = try sessions(row)
            return nil
        } catch {
            return error.what
        }
    }

    @Test func whoIsWho() throws {
        let rows = try JoolOutput.sessions(Array(Recorded.sessionsTCP.utf8))
        #expect(rows.count == 4)
        #expect(
            rows[3]
                == SessionEntry(
                    proto: .tcp, client: TransportAddress6(try #require(IPv6Address("2001:db8:1::2")), 34712),
                    remote6: TransportAddress6(try #require(IPv6Address("64:ff9b::c000:202")), 9000),
                    public: TransportAddress4(IPv4Address(192, 0, 2, 1), 46938),
                    remote: TransportAddress4(IPv4Address(192, 0, 2, 2), 9000), state: "established",
                    remainingSeconds: 7196))
        #expect(rows[0].state == "v4-fin-v6-fin-rcv")
    }

    @Test func rowsWithoutStates() throws {
        let udp = try JoolOutput.sessions(Array(Recorded.sessionsUDP.utf8))
        #expect(udp.map(\.proto) == [.udp])
        #expect(udp[0].state == nil)
        #expect(udp[0].remainingSeconds == 295)
        let icmp = try JoolOutput.sessions(Array(Recorded.sessionsICMP.utf8))
        #expect(icmp.map(\.client.port) == [351])
        #expect(icmp[0].remainingSeconds == 41)
    }

    private func tcp(_ time: String, _ state: String) -> String {
        "TCP,2001:db8::1,1,64:ff9b::1,2,192.0.2.1,3,0.0.0.1,4,\(time),\(state)"
    }

    @Test(arguments: [
        ("ESTABLISHED", "established"), ("V4_INIT", "v4-init"), ("V6_INIT", "v6-init"), ("V4_FIN_RCV", "v4-fin-rcv"),
        ("V6_FIN_RCV", "v6-fin-rcv"), ("V4_FIN_V6_FIN_RCV", "v4-fin-v6-fin-rcv"), ("TRANS", "trans"),
        ("CLOSED", "closed"), ("UNKNOWN", "unknown"), ("NEW_ONE", "new-one"),
    ])
    func states(jool: String, ours: String) throws {
        #expect(try sessions(tcp("0:00:01", jool))[0].state == ours)
    }

    @Test(arguments: [
        ("0:00:00", 0), ("0:00:00.001", 1), ("1:59:59.999", 7200), ("2:00:00", 7200), ("1193:02:47.295", 4_294_968),
        ("04:05", 245), ("7.5", nil), ("7.500", 8), ("90", 90), ("1:60:00", nil), ("1:2:3:4", nil), ("", nil),
        (":1", nil), ("1:", nil), ("-1:00:00", nil), ("1:00:00.", nil), ("99999999999:00:00", nil),
    ])
    func times(text: String, seconds: Int?) throws {
        let rows = try? sessions(tcp(text, "TRANS"))
        #expect(rows?[0].remainingSeconds == seconds.map { UInt64($0) })
    }

    @Test func whatIsNoSession() {
        #expect(
            what("TCP,host.example,1,64:ff9b::1,2,192.0.2.1,3,0.0.0.1,4,0:00:01,TRANS")
                == "line 2 of `jool session display`: `IPv6 Remote Address` holds no IPv6 address: host.example")
        #expect(
            what("TCP,::1,1,64:ff9b::1,ssh,192.0.2.1,3,0.0.0.1,4,0:00:01,TRANS")
                == "line 2 of `jool session display`: `IPv6 Local L4-ID` holds no port: ssh")
        #expect(
            what("TCP,::1,1,64:ff9b::1,2,192.0.2.1,3")
                == "line 2 of `jool session display`: expected 11 fields or 10, found 7: "
                + "TCP,::1,1,64:ff9b::1,2,192.0.2.1,3")
        #expect(
            what("TCP,::1,1,64:ff9b::1,2,192.0.2.1,3,0.0.0.1,4,0:00:01")
                == "line 2 of `jool session display`: a TCP session without a state")
    }

    @Test func columnsMayMoveAndComeNew() throws {
        let text = """
            State,Mark,Protocol,IPv6 Remote Address,IPv6 Remote L4-ID,IPv6 Local Address,IPv6 Local L4-ID,\
            IPv4 Local Address,IPv4 Local L4-ID,IPv4 Remote Address,IPv4 Remote L4-ID,Expires in
            TRANS,9,TCP,::1,1,::2,2,192.0.2.1,3,192.0.2.2,4,1

            """
        #expect(try JoolOutput.sessions(Array(text.utf8))[0].state == "trans")
        // Then a row that lacks a field lacks another one.
        let short = text.replacing("TRANS,9,TCP", with: "9,UDP")
        #expect(throws: OutputFailure.self) { try JoolOutput.sessions(Array(short.utf8)) }
    }

    @Test func manySessionsAreReadQuickly() throws {
        var text = header
        for index in 0..<100_000 {
            text +=
                "TCP,2001:db8:\(String(index >> 8, radix: 16))::\(String(index & 255 + 1, radix: 16)),\(index % 60000),"
                + "64:ff9b::c000:202,5201,192.0.2.1,\(1024 + index % 60000),192.0.2.2,443,0:03:48.552,V4_FIN_V6_FIN_RCV\n"
        }
        let output = Array(text.utf8)
        let clock = ContinuousClock()
        var count = 0
        let time = try clock.measure { count = try JoolOutput.sessions(output).count }
        #expect(count == 100_000)
        // With optimization it takes 0.3 s; without, a machine that has other things to do gets a minute.
        #expect(time < .seconds(60), "\(output.count) octets took \(time)")
    }
}
