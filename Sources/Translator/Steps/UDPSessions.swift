// RFC 6146 section 3.5.1, "UDP Session Handling".

internal import NetAddress
internal import Packet

extension TranslationCore {
    mutating func udp6(_ packet: inout PacketBuffer, _ header: IPv6View, _ peer: Peer) -> Verdict {
        guard header.payloadCount >= UDPField.count else { return drop(.dropMalformed) }
        let transport = header.payload
        // "IPv6 receivers must discard UDP packets containing a zero checksum" (RFC 8200 section 8.1); translated, it
        // would mean "none".
        guard packet.offload.needsChecksum || transport.uint16(at: UDPField.checksum) != 0 else {
            return drop(.dropZeroChecksum)
        }
        let (port, remotePort) = (transport.uint16(at: 0), transport.uint16(at: 2))
        guard
            let number = session6(.udp, packet, header, peer, port, remotePort, state: .none, lifetime: lifetimes.udp)
        else { return .none }
        let session = tables.sessions[number]
        session.pointee.expires = ticks &+ lifetimes.udp
        return translateSixToFour(&packet, header, session, checksumField: UDPField.checksum)
    }

    mutating func udp4(_ packet: inout PacketBuffer, _ header: IPv4View) -> Verdict {
        guard header.payloadCount >= UDPField.count else { return drop(.dropMalformed) }
        let transport = header.payload
        let (remotePort, port) = (transport.uint16(at: 0), transport.uint16(at: 2))
        guard
            let number = session4(.udp, packet, header, port, remotePort, state: .none, lifetime: lifetimes.udp)
        else { return .none }
        let session = tables.sessions[number]
        session.pointee.expires = ticks &+ lifetimes.udp
        return translateFourToSix(&packet, header, session, checksumField: UDPField.checksum)
    }
}
