import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct ParserTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func what(_ body: () throws(OutputFailure) -> Void) -> String? {
        do throws(OutputFailure) {
            try body()
            return nil
        } catch {
            return error.what
        }
    }

    @Test func instancesMayHaveAnyName() throws {
        let rows = try JoolOutput.instances(bytes(Recorded.instances))
        #expect(rows.map(\.name) == ["default", "", "sp ace"])
        #expect(rows.map(\.framework) == [.netfilter, .iptables, .iptables])
        #expect(rows.map(\.namespace) == ["8409dcc0", "8409dcc0", "8409dcc0"])
        // Jool neither quotes nor doubles.
        let odd = "Namespace,Name,Framework\n1,a,b,iptables\n1,\"x,netfilter\n1,\",,\",netfilter\n"
        #expect(try JoolOutput.instances(bytes(odd)).map(\.name) == ["a,b", "\"x", "\",,\""])
    }

    @Test func instanceColumnsMayMove() throws {
        let text = "Framework,New,Name,Namespace\r\niptables,7,a,b,65a8000\r\n"
        #expect(
            try JoolOutput.instances(bytes(text)) == [
                InstanceRow(namespace: "65a8000", name: "a,b", framework: .iptables)
            ])
    }

    @Test func instancesOfUnknownKindsAreErrors() {
        let header = "Namespace,Name,Framework\n"
        #expect(
            what { () throws(OutputFailure) in _ = try JoolOutput.instances(bytes(header + "1,a,unknown\n")) }
                == "line 2 of `jool instance display`: `Framework` is neither netfilter nor iptables: 1,a,unknown")
        for text in ["", "Namespace", "Namespace,Name\n", header + "1,a\n", header + "1,a,iptables", header + "\n"] {
            #expect(throws: OutputFailure.self) { try JoolOutput.instances(bytes(text)) }
        }
    }

    @Test func pool4() throws {
        let rows = try JoolOutput.pool4(bytes(Recorded.pool4))
        #expect(rows.count == 8)
        #expect(
            rows[0]
                == PoolRow(
                    mark: 7, proto: .tcp, address: IPv4Address(192, 0, 2, 11), ports: 5000...5000,
                    iterations: .limited(1024), isFixed: true))
        #expect(rows[1].ports == 5000...6000)
        #expect(!rows[1].isFixed)
        #expect(try JoolOutput.pool4(bytes(Recorded.pool4UDP)).map(\.proto) == [.udp])
        #expect(try JoolOutput.pool4(bytes(Recorded.pool4ICMP)).map(\.ports) == [0...65535])
        let header = "Mark,Protocol,Address,Min port,Max port,Iterations,Iterations fixed\n"
        #expect(try JoolOutput.pool4(bytes(header)).isEmpty)
        #expect(try JoolOutput.pool4(bytes(header + "0,TCP,192.0.2.1,1,2,infinite,1\n"))[0].iterations == .infinite)
        for row in [
            "0,TCP,192.0.2.1,6000,5000,1024,0", "0,SCTP,192.0.2.1,1,2,1024,0", "0,TCP,192.0.2.0/24,1,2,1024,0",
            "4294967296,TCP,192.0.2.1,1,2,1024,0", "0,TCP,192.0.2.1,1,65536,1024,0", "0,TCP,192.0.2.1,1,2,1024,2",
        ] { #expect(throws: OutputFailure.self) { try JoolOutput.pool4(bytes(header + row + "\n")) } }
    }

    @Test func bindings() throws {
        let rows = try JoolOutput.bindings(bytes(Recorded.bindingsTCP))
        #expect(rows.map(\.isStatic) == [false, false, false, true, false])
        let client = try #require(IPv6Address("2001:db8:1::2"))
        #expect(
            rows[3]
                == BindingRow(
                    proto: .tcp, client: TransportAddress6(client, 80),
                    public: TransportAddress4(IPv4Address(192, 0, 2, 1), 45000), isStatic: true))
        #expect(try JoolOutput.bindings(bytes(Recorded.bindingsUDP)).map(\.proto) == [.udp])
        #expect(try JoolOutput.bindings(bytes(Recorded.bindingsICMP)).map(\.public.port) == [31414])
    }

    @Test func statistics() throws {
        let rows = try JoolOutput.statistics(bytes(Recorded.statistics))
        #expect(rows.count == 69)
        #expect(rows[0] == StatisticRow(name: "JSTAT_RECEIVED6", value: 12021, explanation: nil))
        let explained = try JoolOutput.statistics(bytes(Recorded.explained))
        #expect(explained[3].explanation == "Number of BIB entries currently held in the BIB.")
        let several = "Stat,Value,Explanation\nJSTAT_NEW,3,\"One line.\nAnother, `quoted`.\"\n????,4,\"x\"\n"
        let rows2 = try JoolOutput.statistics(bytes(several))
        #expect(rows2.map(\.explanation) == ["One line.\nAnother, `quoted`.", "x"])
        #expect(throws: OutputFailure.self) { try JoolOutput.statistics(bytes("Stat,Value\nJSTAT_X,-1\n")) }
    }

    @Test func globals() throws {
        let values = try JoolOutput.globals(bytes(Recorded.globals))
        #expect(values.values.count == 26)
        #expect(values.values.first?.name == "manually-enabled")
        #expect(values["manually-enabled"] == "true")
        #expect(values["logging-bib"] == "false")
        #expect(values["mtu-plateaus"] == "65535,32000,17914,8166,4352,2002,1492,1006,508,296,68")
        #expect(values["f-args"] == "11")
        #expect(values["tcp-est-timeout"] == "2:00:00")
        #expect(values["nosuchkey"] == nil)
        #expect(values.pool6 == .wellKnown)
        #expect(try JoolOutput.globals(bytes("Field,Value\npool6,\n")).pool6 == nil)
        #expect(try JoolOutput.globals(bytes("Field,Value\npool6,64:ff9b::/95\n")).pool6 == nil)
        #expect(throws: OutputFailure.self) { try JoolOutput.globals(bytes("Field,Value\ntos,1\ntos,2\n")) }
        #expect(throws: OutputFailure.self) {
            try JoolOutput.globals(bytes("Field,Value\nmtu-plateaus,65535,32000\n"))
        }
    }

    @Test func settingsThatMeanTheSameAreTheSame() throws {
        let values = try JoolOutput.globals(bytes(Recorded.globals))
        for (name, value) in [
            ("manually-enabled", "on"), ("manually-enabled", "1"), ("logging-bib", "0"), ("logging-bib", "No"),
            ("tcp-est-timeout", "7200"), ("tcp-est-timeout", "02:00:00.000"), ("tcp-est-timeout", "120:00"),
            ("udp-timeout", "5:00"), ("mtu-plateaus", "68, 65535,32000,17914,8166,4352,2002,1492,1006,508,296,0,68"),
            ("f-args", "011"), ("pool6", "0064:FF9B::/96"), ("lowest-ipv6-mtu", "1280"),
        ] { #expect(values.holds(value, for: name) == true, "\(name) \(value)") }
        for (name, value) in [
            ("manually-enabled", "off"), ("tcp-est-timeout", "7440"), ("tcp-est-timeout", "7200.001"),
            ("mtu-plateaus", "65535"), ("f-args", "10"), ("pool6", "64:ff9b:1::/96"), ("logging-bib", "maybe"),
            ("lowest-ipv6-mtu", "true"),
        ] { #expect(values.holds(value, for: name) == false, "\(name) \(value)") }
        #expect(values.holds("1", for: "nosuchkey") == nil)
        #expect(JoolTime.text(seconds: 7440) == "2:04:00")
        #expect(JoolGlobalValues.canonical("tcp-est-timeout", "7440") == "2:04:00")
        #expect(JoolGlobalValues.sameValue("tcp-est-timeout", "1.500", "0:00:01.500"))
    }
}
