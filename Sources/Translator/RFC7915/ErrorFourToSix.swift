// RFC 7915 sections 4.2 and 4.3: ICMPv4 errors into ICMPv6 errors, with the packet inside.

internal import NetAddress
internal import Packet

extension TranslationCore {
    mutating func errorFourToSix(_ packet: inout PacketBuffer, _ header: IPv4View) -> Verdict {
        let message = header.payload
        let count = header.payloadCount
        guard Checksum.fold(Checksum.sum(message, count: count)) == 0xffff else { return drop(.dropBadChecksum) }
        let (type, code) = (message.uint8(at: 0), message.uint8(at: 1))
        // RFC 4884 section 4: in all three; but not where RFC 1191 puts the MTU's neighbour, which reads the same.
        let body = ErrorBody(message, count: count, lengthField: 5, unit: 4)
        guard
            let inner = try? IPv4View(body.packet, count: body.packetCount, isWhole: false),
            inner.start.uint8(at: 0) >> 4 == 4, inner.fragmentOffset == 0, inner.totalCount >= inner.headerCount
        else { return drop(.dropInnerTruncated) }
        guard
            let mapped = ErrorTypes.fourToSix(
                type: type, code: code, rest: message.uint32(at: 4), packetCount: inner.totalCount)
        else { return drop(.dropUnknownICMP) }
        let available = min(body.packetCount, inner.totalCount) - inner.headerCount
        guard let transport = InnerTransport(inner.payload, available: available, number: inner.proto) else {
            return drop(available < 8 ? .dropInnerTruncated : .dropInnerUnknown)
        }
        guard let session = innerSession4(inner, transport, header.destination) else {
            return drop(.dropInnerMismatch)
        }

        let out = errorScratch + PacketBuffer.headroom
        let innerOut = out + 48
        // "the length of the ICMPv6 message ... not exceed the minimum IPv6 MTU" (RFC 4443 section 2.4 (c)).
        let copied = writeInner6(innerOut, inner, available, transport, session, limit: 1280 - 48)
        // Only unreachable and time exceeded have a length attribute in ICMPv6 (RFC 4884 section 4.4).
        let keepsExtensions =
            mapped.type == ICMPv6Type.destinationUnreachable || mapped.type == ICMPv6Type.timeExceeded
        let writer = ErrorBodyWriter(start: innerOut, limit: 1280 - 48, unit: 8)
        let (bodyCount, length) = keepsExtensions ? writer.finish(copied, body) : (copied, 0)
        finishError6(
            out, mapped, length: length, bodyCount: bodyCount,
            Header6(
                trafficClass: header.typeOfService, nextHeader: ProtocolNumber.icmpv6,
                hopLimit: header.timeToLive &- 1, source: prefixes.embed(header.source, session.prefix),
                destination: session.client))
        guard packet.replace(with: out, count: 48 + bodyCount) else { return drop(.dropTooLong) }
        counters.add(.errorsFourToSix)
        return .emit
    }

    /// The session of the packet inside, which came from the client: its source is the public address.
    private func innerSession4(
        _ inner: IPv4View, _ transport: InnerTransport, _ destination: IPv4Address
    ) -> SessionRecord? {
        guard inner.source == destination else { return nil }
        let remotePort = transport.proto == .icmp ? 0 : transport.destinationPort
        if let number = tables.session4(
            transport.proto, inner.source, transport.sourcePort, inner.destination, remotePort)
        {
            return tables.sessions[number].pointee
        }
        guard let binding = tables.binding4(transport.proto, inner.source, transport.sourcePort) else { return nil }
        return passingSession(binding, Peer(remote: inner.destination, prefix: prefixOf(binding)), remotePort)
    }

    /// Writes the packet inside as the client sent it; its octets, `limit` at most.
    private func writeInner6(
        _ out: UnsafeMutableRawPointer, _ inner: IPv4View, _ available: Int, _ transport: InnerTransport,
        _ session: SessionRecord, limit: Int
    ) -> Int {
        let isEcho = transport.proto == .icmp
        let proto = isEcho ? ProtocolNumber.icmpv6 : inner.proto
        let fragmentCount = inner.isFragment ? 8 : 0
        let fields = Header6(
            trafficClass: inner.typeOfService, nextHeader: fragmentCount > 0 ? ProtocolNumber.fragment : proto,
            hopLimit: inner.timeToLive, source: session.client,
            destination: prefixes.embed(session.remote, session.prefix))
        fields.write(out, payloadCount: min(inner.payloadCount + fragmentCount, 65_535))
        if fragmentCount > 0 {
            writeFragmentHeader(
                out + IPv6View.minimumCount, proto: proto, offset: 0, more: inner.moreFragments,
                identification: UInt32(inner.identification))
        }
        let headers = IPv6View.minimumCount + fragmentCount
        let payload = out + headers
        let copied = min(available, limit - headers)
        payload.copyMemory(from: inner.payload, byteCount: copied)
        if isEcho {
            let isRequest = payload.uint8(at: 0) == ICMPv4Type.echoRequest
            transport.rewriteEcho(
                payload, type: isRequest ? ICMPv6Type.echoRequest : ICMPv6Type.echoReply,
                identifier: session.clientPort, removed: 0,
                added: Checksum.pseudoHeader(
                    fields.source, fields.destination, count: inner.payloadCount, proto: ProtocolNumber.icmpv6))
        } else {
            transport.rewrite(
                payload, available: copied, port: session.clientPort, at: 0, difference: ~session.checksumDifference)
        }
        return headers + copied
    }

    /// Writes the headers of an ICMPv6 error whose body stands 48 octets behind `out`.
    func finishError6(
        _ out: UnsafeMutableRawPointer, _ error: ErrorHeader, length: UInt8, bodyCount: Int, _ fields: Header6
    ) {
        let message = out + IPv6View.minimumCount
        message.set(error.type, at: 0)
        message.set(error.code, at: 1)
        message.set(UInt16(0), at: 2)
        message.set(error.rest | UInt32(length) << 24, at: 4)
        let pseudoHeader = Checksum.pseudoHeader(
            fields.source, fields.destination, count: 8 + bodyCount, proto: ProtocolNumber.icmpv6)
        message.set(~Checksum.fold(pseudoHeader &+ Checksum.sum(message, count: 8 + bodyCount)), at: 2)
        fields.write(out, payloadCount: 8 + bodyCount)
    }
}
