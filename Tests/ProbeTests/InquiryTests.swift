// The client's state machines with the test as their network, and time standing still.

import LinuxIO
import NetAddress
import Packet
import Testing

@testable import Probe

@Suite struct InquiryTests {
    static let client = IPv6Address("2001:db8:c::7")!
    static let server = IPv6Address("64:ff9b::c633:6450")!
    static let router = IPv6Address("64:ff9b::c000:201")!
    private static let target = Target(client: client, address: server)

    // MARK: TCP

    private func connection() throws -> (ConnectInquiry, TCPSegment) {
        let inquiry = ConnectInquiry(Self.target, port: 443, timeLimit: .seconds(5), random: RandomSource())
        let packets = inquiry.act(at: .zero)
        try #require(packets.count == 1)
        let syn = try #require(Sent(packets[0]))
        #expect(syn.destination == Self.server && syn.source == Self.client)
        #expect(syn.segment?.flags == TCPField.synFlag)
        #expect(packets[0][60...] == [2, 4, 4, 196])
        return (inquiry, try #require(syn.segment))
    }

    private func answer(
        _ syn: TCPSegment, _ flags: UInt8, acknowledging offset: UInt32 = 1, from source: IPv6Address = server
    ) -> HeardPacket {
        .segment(
            from: source,
            TCPSegment(
                sourcePort: syn.destinationPort, destinationPort: syn.sourcePort, sequence: 77,
                acknowledgment: syn.sequence &+ offset, flags: flags))
    }

    private static let synAck = TCPField.synFlag | TCPField.ackFlag

    @Test func acceptedAndEnded() throws {
        let (inquiry, syn) = try connection()
        let last = inquiry.receive(answer(syn, Self.synAck), at: .milliseconds(12)).compactMap { Sent($0)?.segment }
        #expect(inquiry.outcome == .connected(milliseconds: 12))
        #expect(inquiry.due == nil)
        #expect(last.map(\.flags) == [TCPField.ackFlag, TCPField.rstFlag | TCPField.ackFlag])
        #expect(last.allSatisfy { $0.sequence == syn.sequence &+ 1 && $0.acknowledgment == 78 })
        // A second copy of the answer changes nothing.
        #expect(inquiry.receive(answer(syn, Self.synAck), at: .milliseconds(13)).isEmpty)
        #expect(inquiry.report.attempts == 1)
    }

    @Test func refused() throws {
        let (inquiry, syn) = try connection()
        #expect(inquiry.receive(answer(syn, TCPField.rstFlag | TCPField.ackFlag), at: .milliseconds(3)).isEmpty)
        #expect(inquiry.outcome == .refused(milliseconds: 3))
        #expect(inquiry.outcome?.provesTheWay == true)
    }

    @Test func whatIsNoAnswerToOurSYN() throws {
        let (inquiry, syn) = try connection()
        var other = syn
        other.sourcePort ^= 1
        for packet in [
            answer(syn, Self.synAck, acknowledging: 0), answer(syn, Self.synAck, acknowledging: 2),
            answer(syn, Self.synAck, from: Self.router), answer(syn, TCPField.rstFlag),
            answer(syn, TCPField.ackFlag), answer(syn, TCPField.synFlag), answer(other, Self.synAck),
            answer(syn, TCPField.rstFlag | TCPField.ackFlag, acknowledging: 9),
            .echoReply(from: Self.server, EchoMark(identifier: 1, sequence: 1)),
        ] {
            #expect(inquiry.receive(packet, at: .milliseconds(1)).isEmpty)
            #expect(inquiry.outcome == nil)
        }
    }

    @Test func silence() throws {
        let (inquiry, first) = try connection()
        #expect(inquiry.due == .seconds(1))
        #expect(inquiry.act(at: .milliseconds(500)).isEmpty)
        for second in 1...4 {
            let again = inquiry.act(at: .seconds(second)).compactMap { Sent($0)?.segment }
            #expect(again == [first], "the same SYN")
        }
        #expect(inquiry.due == .seconds(5))
        #expect(inquiry.act(at: .seconds(5)).isEmpty)
        #expect(inquiry.outcome == .silence(milliseconds: 5000))
        #expect(inquiry.due == nil)
        #expect(inquiry.report.attempts == 5)
    }

    @Test func anErrorAboutOurSYNEndsIt() throws {
        let (inquiry, syn) = try connection()
        func error(_ type: UInt8, _ sequence: UInt32, _ destination: IPv6Address) throws -> HeardPacket {
            let inner = SentPacket.tcp(
                PacketPath(source: Self.client, destination: destination),
                TCPSegment(
                    sourcePort: syn.sourcePort, destinationPort: 443, sequence: sequence, acknowledgment: 0, flags: 2))
            return try #require(Heard.error(type, 3, inner, from: Self.router))
        }
        // About another packet; and of a kind that ends nothing.
        for packet in [
            try error(1, syn.sequence &+ 1, Self.server), try error(1, syn.sequence, Self.router),
            try error(2, syn.sequence, Self.server),
        ] {
            _ = inquiry.receive(packet, at: .milliseconds(1))
            #expect(inquiry.outcome == nil)
        }
        _ = inquiry.receive(try error(1, syn.sequence, Self.server), at: .milliseconds(4))
        let fault = ICMPFault(from: Self.router, type: 1, code: 3, milliseconds: 4)
        #expect(inquiry.outcome == .error(fault))
        #expect(fault.description == "64:ff9b::c000:201 answers: the address is unreachable: nobody there answers")
    }

    // MARK: the way

    private func trace(_ hops: Int = 5) throws -> (TraceInquiry, [[UInt8]]) {
        let inquiry = TraceInquiry(Self.target, maximumHops: hops, timeLimit: .seconds(3), random: RandomSource())
        let packets = inquiry.act(at: .zero)
        #expect(packets.compactMap { Sent($0)?.hopLimit } == (1...hops).map { UInt8($0) })
        #expect(Set(packets.compactMap { Sent($0)?.echo?.identifier }).count == 1, "one session of a translator's")
        return (inquiry, packets)
    }

    private func reply(_ packet: [UInt8]) throws -> HeardPacket {
        .echoReply(from: Self.server, try #require(Sent(packet)?.echo))
    }

    private func exceeded(_ packet: [UInt8], _ router: IPv6Address, type: UInt8 = 3) throws -> HeardPacket {
        try #require(Heard.error(type, 0, packet, from: router))
    }

    @Test func allHopsAnswerInAnyOrder() throws {
        let (inquiry, packets) = try trace()
        _ = inquiry.receive(try reply(packets[4]), at: .milliseconds(9))
        _ = inquiry.receive(try reply(packets[2]), at: .milliseconds(10))
        _ = inquiry.receive(try exceeded(packets[1], Self.router), at: .milliseconds(11))
        #expect(inquiry.due != nil)
        _ = inquiry.receive(try exceeded(packets[0], IPv6Address("2001:db8::1")!), at: .milliseconds(12))
        #expect(inquiry.due == nil, "nothing more is to be heard")
        #expect(inquiry.report.reached)
        #expect(inquiry.report.hops.map(\.address) == [IPv6Address("2001:db8::1")!, Self.router, Self.server])
        #expect(inquiry.report.hops.map(\.milliseconds) == [12, 11, 10])
    }

    @Test func routersThatSayNothing() throws {
        let (inquiry, packets) = try trace()
        _ = inquiry.receive(try reply(packets[2]), at: .milliseconds(10))
        // No more than a little longer, once the end is known.
        #expect(inquiry.due == .milliseconds(410))
        #expect(inquiry.act(at: .milliseconds(410)).isEmpty)
        #expect(inquiry.due == nil)
        #expect(inquiry.report.hops.map(\.address) == [nil, nil, Self.server])
    }

    @Test func whatIsLostIsSentOnceMore() throws {
        let (inquiry, packets) = try trace()
        _ = inquiry.receive(try exceeded(packets[0], Self.router), at: .milliseconds(10))
        #expect(inquiry.due == .seconds(1))
        #expect(inquiry.act(at: .seconds(1)).compactMap { Sent($0)?.hopLimit } == [2, 3, 4, 5])
        #expect(inquiry.due == .seconds(3))
        #expect(inquiry.act(at: .seconds(3)).isEmpty)
        #expect(inquiry.due == nil)
        #expect(!inquiry.report.reached)
        #expect(inquiry.report.hops.count == 1)
    }

    @Test func theWayEndsBeforeTheHost() throws {
        let (inquiry, packets) = try trace()
        _ = inquiry.receive(try exceeded(packets[0], Self.router), at: .milliseconds(5))
        _ = inquiry.receive(try exceeded(packets[1], Self.router, type: 1), at: .milliseconds(6))
        #expect(inquiry.due == nil)
        #expect(!inquiry.report.reached)
        #expect(inquiry.report.hops.last?.fault?.type == 1)
    }

    @Test func echoesOfOthers() throws {
        let (inquiry, packets) = try trace()
        var mark = try #require(Sent(packets[0])?.echo)
        mark.identifier ^= 1
        _ = inquiry.receive(.echoReply(from: Self.server, mark), at: .milliseconds(1))
        _ = inquiry.receive(
            .echoReply(from: Self.server, EchoMark(identifier: mark.identifier ^ 1, sequence: 6)), at: .zero)
        _ = inquiry.receive(
            .echoReply(from: Self.server, EchoMark(identifier: mark.identifier ^ 1, sequence: 0)), at: .zero)
        _ = inquiry.receive(
            .echoReply(from: Self.router, EchoMark(identifier: mark.identifier ^ 1, sequence: 1)), at: .zero)
        #expect(inquiry.report.hops.isEmpty)
    }
}
