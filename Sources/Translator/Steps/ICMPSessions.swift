// RFC 6146 section 3.5.3, "ICMP Query Session Handling", and RFC 7915 sections 4.2 and 5.2 for echo messages: the
// identifier stands where others have a port.

internal import NetAddress
internal import Packet

extension TranslationCore {
    mutating func icmp6(_ packet: inout PacketBuffer, _ header: IPv6View, _ peer: Peer) -> Verdict {
        guard header.payloadCount >= 8 else { return drop(.dropMalformed) }
        completeChecksum(&packet)
        let message = header.payload
        switch message.uint8(at: 0) {
        case ICMPv6Type.echoRequest: return echo6(&packet, header, peer, type: ICMPv4Type.echoRequest)
        case ICMPv6Type.echoReply: return echo6(&packet, header, peer, type: ICMPv4Type.echoReply)
        case ICMPv6Type.destinationUnreachable...ICMPv6Type.parameterProblem:
            return errorSixToFour(&packet, header, peer)
        default: return drop(.dropUnknownICMP)
        }
    }

    mutating func icmp4(_ packet: inout PacketBuffer, _ header: IPv4View) -> Verdict {
        guard header.payloadCount >= 8 else { return drop(.dropMalformed) }
        completeChecksum(&packet)
        let message = header.payload
        switch message.uint8(at: 0) {
        case ICMPv4Type.echoRequest: return echo4(&packet, header, type: ICMPv6Type.echoRequest)
        case ICMPv4Type.echoReply: return echo4(&packet, header, type: ICMPv6Type.echoReply)
        case ICMPv4Type.destinationUnreachable, ICMPv4Type.timeExceeded, ICMPv4Type.parameterProblem:
            return errorFourToSix(&packet, header)
        default: return drop(.dropUnknownICMP)
        }
    }

    private mutating func echo6(_ packet: inout PacketBuffer, _ header: IPv6View, _ peer: Peer, type: UInt8) -> Verdict
    {
        let message = header.payload
        let identifier = message.uint16(at: 4)
        guard
            let number = session6(.icmp, packet, header, peer, identifier, 0, state: .none, lifetime: lifetimes.icmp)
        else { return .none }
        let session = tables.sessions[number]
        session.pointee.expires = ticks &+ lifetimes.icmp
        let (source, destination) = (session.pointee.publicAddress, session.pointee.remote)
        let old =
            Checksum.pseudoHeader(
                header.source, header.destination, count: header.payloadCount, proto: ProtocolNumber.icmpv6)
            &+ UInt64(message.uint16(at: 0)) &+ UInt64(identifier)
        message.set(type, at: 0)
        message.set(session.pointee.publicPort, at: 4)
        let new = UInt64(message.uint16(at: 0)) &+ UInt64(session.pointee.publicPort)
        message.set(
            Checksum.updated(message.uint16(at: 2), by: Checksum.difference(from: old, to: new)), at: 2)
        guard
            writeHeader4(&packet, header, proto: ProtocolNumber.icmp, source: source, destination: destination)
        else { return drop(.dropTooLong) }
        counters.add(.sixToFour)
        return hairpinOrEmit(&packet, to: destination)
    }

    private mutating func echo4(_ packet: inout PacketBuffer, _ header: IPv4View, type: UInt8) -> Verdict {
        let message = header.payload
        let identifier = message.uint16(at: 4)
        guard
            let number = session4(.icmp, packet, header, identifier, 0, state: .none, lifetime: lifetimes.icmp)
        else { return .none }
        let session = tables.sessions[number]
        session.pointee.expires = ticks &+ lifetimes.icmp
        let (source, destination) = (
            prefixes.embed(session.pointee.remote, session.pointee.prefix), session.pointee.client
        )
        let old = UInt64(message.uint16(at: 0)) &+ UInt64(identifier)
        message.set(type, at: 0)
        message.set(session.pointee.clientPort, at: 4)
        let new =
            Checksum.pseudoHeader(source, destination, count: header.payloadCount, proto: ProtocolNumber.icmpv6)
            &+ UInt64(message.uint16(at: 0)) &+ UInt64(session.pointee.clientPort)
        message.set(
            Checksum.updated(message.uint16(at: 2), by: Checksum.difference(from: old, to: new)), at: 2)
        let identification = header.identification
        let mayBeCut =
            !header.dontFragment && IPv6View.minimumCount + header.payloadCount > settings.lowestIPv6MTU
        guard
            writeHeader6(
                &packet, header, nextHeader: ProtocolNumber.icmpv6, source: source, destination: destination)
        else { return drop(.dropTooLong) }
        counters.add(.fourToSix)
        return mayBeCut ? fragment6(&packet, identification: UInt32(identification)) : .emit
    }
}
