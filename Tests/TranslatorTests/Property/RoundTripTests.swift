// There and back: client to server, the answer to the client. RFC 7915 sections 4.1, 4.5, 5.1, 5.5.

import NetAddress
import Testing
import Translator

@Suite("Packets there and back")
struct RoundTripTests {
    @Test(
        "Payload, class and ports survive, the hop limit is one less, every checksum is right",
        arguments: Conversation.allCases, [UInt64(1), 2, 3])
    func thereAndBack(_ conversation: Conversation, _ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        for round in 0..<250 {
            let client = "2001:db8:\(String(bench.number(1...9), radix: 16))::\(bench.number(1...3))"
            let server = bench.server()
            let port = bench.number(1...65_535)
            let serverPort = bench.number(1...65_535)
            let hop = bench.number(2...255)
            let trafficClass = bench.number(0...255)
            let (data, words) = bench.data(bench.size(1400))
            let extra = bench.pick(["", "", "| hopopts ", "| dstopts ", "| routing "])
            let sent = try bench.build(
                "ip6 \(client) > \(server) hop=\(hop) class=\(trafficClass) flow=\(bench.number(0...0xfffff)) \(extra)| "
                    + conversation.request(port, serverPort) + words)
            let comment = Comment(rawValue: "seed \(seed), round \(round)")
            let there = PacketReading(try #require(bench.handle(sent).first, comment))
            #expect(there.faults.isEmpty, comment)
            #expect(!there.isIPv6 && there.payload == data, comment)
            #expect(there.hopLimit == hop - 1 && there.trafficClass == trafficClass, comment)
            let destination = AddressNames.ipv4(server)
            #expect(there.source == [203, 0, 113, 1] && there.destination == destination, comment)
            #expect(conversation == .icmp || there.ports.destination == serverPort, comment)
            try answer(&bench, conversation, client, server, port, serverPort, there.ports.source, comment)
        }
    }

    private func answer(
        _ bench: inout PropertyBench, _ conversation: Conversation, _ client: String, _ server: String, _ port: Int,
        _ serverPort: Int, _ mapped: Int, _ comment: Comment
    ) throws {
        let time = bench.number(2...255)
        let service = bench.number(0...255)
        let (data, words) = bench.data(bench.size(1400))
        let options = bench.pick(["", "", "opt=nop", "opt=rr:4:0.0.0.0"])
        let sent = try bench.build(
            "ip4 \(server) > public df=1 ttl=\(time) tos=\(service) id=\(bench.number(0...65_535)) \(options) | "
                + conversation.reply(mapped, serverPort) + words)
        let back = PacketReading(try #require(bench.handle(sent).first, comment))
        #expect(back.faults.isEmpty, comment)
        #expect(back.isIPv6 && back.payload == data, comment)
        #expect(back.hopLimit == time - 1 && back.trafficClass == service, comment)
        #expect(back.source == AddressNames.ipv6(server, prefix: Pref64Prefix.wellKnown), comment)
        #expect(back.destination == AddressNames.ipv6(client, prefix: Pref64Prefix.wellKnown), comment)
        #expect(conversation == .icmp ? back.ports.source == port : back.ports == (serverPort, port), comment)
    }

    @Test("A UDP checksum that computes to zero is written as all ones (RFC 768)", arguments: [UInt64(11), 12])
    func zero(_ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        for round in 0..<100 {
            let comment = Comment(rawValue: "seed \(seed), round \(round)")
            let client = bench.number(1...65_535)
            let data = bench.octets(bench.number(0...50) * 2)
            let first = try bench.build("ip6 client > server | udp \(client) > 53")
            let mapped = PacketReading(try #require(bench.handle(first).first, comment)).ports.source
            // The word that makes the IPv4 sum complete, and with it the checksum zero.
            let partial = try bench.build("ip4 public > server | udp \(mapped) > 53 \(bench.payload(data + [0, 0]))")
            let there = bench.handle(
                try bench.build("ip6 client > server | udp \(client) > 53 \(bench.payload(data + partial[26..<28]))"))
            let four = try #require(there.first, comment)
            #expect(PacketReading(four).faults.isEmpty && four[26] == 0xff && four[27] == 0xff, comment)

            let whole = try bench.build("ip6 server > client | udp 53 > \(client) \(bench.payload(data + [0, 0]))")
            let back = bench.handle(
                try bench.build("ip4 server > public | udp 53 > \(mapped) \(bench.payload(data + whole[46..<48]))"))
            let six = try #require(back.first, comment)
            #expect(PacketReading(six).faults.isEmpty && six[46] == 0xff && six[47] == 0xff, comment)
        }
    }

    @Test("A wrong checksum never becomes a right one", arguments: Conversation.allCases)
    func wrong(_ conversation: Conversation) throws {
        var bench = PropertyBench(21)
        for round in 0..<200 {
            let comment = Comment(rawValue: "round \(round)")
            let port = bench.number(1...65_535)
            let good = try bench.build(
                "ip6 client > server | \(conversation.request(port, 80)) \(bench.payload(bench.octets(40)))")
            let there = PacketReading(try #require(bench.handle(good).first, comment))
            for packet in bench.handle(spoiled(good, 48, &bench)) {
                #expect(PacketReading(packet).faults.contains { $0.hasSuffix("checksum") }, comment)
            }
            let reply = try bench.build(
                "ip4 server > public | \(conversation.reply(there.ports.source, 80)) \(bench.payload(bench.octets(40)))"
            )
            for packet in bench.handle(spoiled(reply, 28, &bench)) {
                #expect(PacketReading(packet).faults.contains { $0.hasSuffix("checksum") }, comment)
            }
        }
    }

    /// One bit of the payload, the last 40 octets, turned.
    private func spoiled(_ packet: [UInt8], _ start: Int, _ bench: inout PropertyBench) -> [UInt8] {
        var packet = packet
        packet[packet.count - bench.number(1...40)] ^= UInt8(1 << bench.number(0...7))
        return packet
    }
}
