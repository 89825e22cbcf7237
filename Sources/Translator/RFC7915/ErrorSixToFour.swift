// RFC 7915 sections 5.2 and 5.3: ICMPv6 errors into ICMPv4 errors, with the packet inside. RFC 6146 section 3.5: errors
// change no session.

internal import NetAddress
internal import Packet

extension TranslationCore {
    mutating func errorSixToFour(_ packet: inout PacketBuffer, _ header: IPv6View, _ peer: Peer) -> Verdict {
        let message = header.payload
        let count = header.payloadCount
        let pseudoHeader = Checksum.pseudoHeader(
            header.source, header.destination, count: count, proto: ProtocolNumber.icmpv6)
        // The new checksum is computed over all, so a wrong one must not become right on the way.
        guard Checksum.fold(pseudoHeader &+ Checksum.sum(message, count: count)) == 0xffff else {
            return drop(.dropBadChecksum)
        }
        let type = message.uint8(at: 0)
        let hasLength = type == ICMPv6Type.destinationUnreachable || type == ICMPv6Type.timeExceeded
        let body = ErrorBody(message, count: count, lengthField: hasLength ? 4 : nil, unit: 8)
        guard
            let inner = try? IPv6View(body.packet, count: body.packetCount, isWhole: false),
            inner.start.uint8(at: 0) >> 4 == 6, inner.fragmentOffset == 0
        else { return drop(.dropInnerTruncated) }
        guard
            let mapped = ErrorTypes.sixToFour(
                type: type, code: message.uint8(at: 1), rest: message.uint32(at: 4),
                isFragmented: inner.hasFragmentHeader)
        else { return drop(.dropUnknownICMP) }
        let available = min(body.packetCount, inner.totalCount) - inner.headerCount
        guard let transport = InnerTransport(inner.payload, available: available, number: inner.proto) else {
            return drop(available < 8 ? .dropInnerTruncated : .dropInnerUnknown)
        }
        guard let session = innerSession6(inner, transport, peer) else { return drop(.dropInnerMismatch) }

        let out = errorScratch + PacketBuffer.headroom
        let innerOut = out + 28
        let copied = writeInner4(innerOut, inner, available, transport, session)
        let writer = ErrorBodyWriter(start: innerOut, limit: 65_535 - 28, unit: 4)
        let (bodyCount, length) = writer.finish(copied, body)
        finishError4(
            out, mapped, length: length, bodyCount: bodyCount,
            Header4(
                typeOfService: header.trafficClass, identification: identification(), fragment: 0,
                timeToLive: header.hopLimit &- 1, proto: ProtocolNumber.icmp, source: session.publicAddress,
                destination: peer.remote))
        guard packet.replace(with: out, count: 28 + bodyCount) else { return drop(.dropTooLong) }
        counters.add(.errorsSixToFour)
        return hairpinOrEmit(&packet, to: peer.remote)
    }

    /// The session of the packet inside, which went to the client: its source is the remote host's.
    private func innerSession6(_ inner: IPv6View, _ transport: InnerTransport, _ peer: Peer) -> SessionRecord? {
        // Errors go where the packet came from.
        guard let (remote, prefix) = prefixes.extract(inner.source), remote == peer.remote else { return nil }
        let remotePort = transport.proto == .icmp ? 0 : transport.sourcePort
        if let number = tables.session6(
            transport.proto, inner.destination, transport.destinationPort, remote, remotePort)
        {
            var session = tables.sessions[number].pointee
            // The client may have gone over to another prefix since.
            if session.prefix != prefix {
                session.prefix = prefix
                session.checksumDifference = difference(session.binding, Peer(remote: remote, prefix: prefix))
            }
            return session
        }
        guard let binding = tables.binding6(transport.proto, inner.destination, transport.destinationPort) else {
            return nil
        }
        return passingSession(binding, Peer(remote: remote, prefix: prefix), remotePort)
    }

    /// Writes the packet inside as it was before it became IPv6; its octets.
    private func writeInner4(
        _ out: UnsafeMutableRawPointer, _ inner: IPv6View, _ available: Int, _ transport: InnerTransport,
        _ session: SessionRecord
    ) -> Int {
        let totalCount = min(IPv4View.minimumCount + inner.payloadCount, 65_535)
        let isEcho = transport.proto == .icmp
        let mayBeCut = inner.hasFragmentHeader || totalCount <= 1260
        let fields = Header4(
            typeOfService: inner.trafficClass, identification: UInt16(truncatingIfNeeded: inner.identification),
            fragment: (mayBeCut ? 0 : Header4.dontFragment) | (inner.moreFragments ? 0x2000 : 0),
            timeToLive: inner.hopLimit, proto: isEcho ? ProtocolNumber.icmp : inner.proto,
            source: session.remote, destination: session.publicAddress)
        fields.write(out, totalCount: totalCount)
        let payload = out + IPv4View.minimumCount
        let copied = min(available, 65_535 - 28 - IPv4View.minimumCount)
        payload.copyMemory(from: inner.payload, byteCount: copied)
        if isEcho {
            let isRequest = payload.uint8(at: 0) == ICMPv6Type.echoRequest
            transport.rewriteEcho(
                payload, type: isRequest ? ICMPv4Type.echoRequest : ICMPv4Type.echoReply,
                identifier: session.publicPort,
                removed: Checksum.pseudoHeader(
                    inner.source, inner.destination, count: inner.payloadCount, proto: ProtocolNumber.icmpv6),
                added: 0)
        } else {
            transport.rewrite(
                payload, available: copied, port: session.publicPort, at: 2, difference: session.checksumDifference)
        }
        return IPv4View.minimumCount + copied
    }

    /// Writes the headers of an ICMPv4 error whose body stands 28 octets behind `out`.
    func finishError4(
        _ out: UnsafeMutableRawPointer, _ error: ErrorHeader, length: UInt8, bodyCount: Int, _ fields: Header4
    ) {
        let message = out + IPv4View.minimumCount
        message.set(error.type, at: 0)
        message.set(error.code, at: 1)
        message.set(UInt16(0), at: 2)
        message.set(error.rest | UInt32(length) << 16, at: 4)
        message.set(~Checksum.fold(Checksum.sum(message, count: 8 + bodyCount)), at: 2)
        var fields = fields
        if 28 + bodyCount > 1260 { fields.fragment = Header4.dontFragment }
        fields.write(out, totalCount: 28 + bodyCount)
    }
}
