// What the translator says itself: ICMPv6 errors to clients (RFC 4443), ICMPv4 errors to hosts outside (RFC 792, RFC
// 1812). Each is counted; none is about an ICMP error, a multicast or a fragment that is not the first; their rate is
// bounded.

internal import NetAddress
internal import Packet

extension TranslationCore {
    // MARK: reasons

    mutating func hopLimitExceeded6(_ packet: borrowing PacketBuffer, _ header: IPv6View) {
        counters.add(.dropHopLimit)
        if sendError6(packet, header, type: ICMPv6Type.timeExceeded, code: 0) { counters.add(.sentTimeExceeded) }
    }

    mutating func timeToLiveExceeded4(_ packet: borrowing PacketBuffer, _ header: IPv4View) {
        counters.add(.dropHopLimit)
        if sendError4(packet, header, type: ICMPv4Type.timeExceeded, code: 0) { counters.add(.sentTimeExceeded) }
    }

    mutating func unreachable6(_ packet: borrowing PacketBuffer, _ header: IPv6View, code: UInt8) {
        if sendError6(packet, header, type: ICMPv6Type.destinationUnreachable, code: code) {
            counters.add(.sentUnreachable)
        }
    }

    mutating func unreachable4(_ packet: borrowing PacketBuffer, _ header: IPv4View, code: UInt8) {
        if sendError4(packet, header, type: ICMPv4Type.destinationUnreachable, code: code) {
            counters.add(.sentUnreachable)
        }
    }

    /// RFC 6146 section 3.4: for other protocols "an ICMPv6 Destination Unreachable error message, with Code 4 (Port
    /// Unreachable)".
    mutating func refuseProtocol6(_ packet: inout PacketBuffer, _ header: IPv6View) -> Verdict {
        unreachable6(packet, header, code: 4)
        return drop(.dropUnknownProtocol)
    }

    /// RFC 6146 section 3.4: "an ICMPv4 Destination Unreachable error message, with Code 2 (Protocol Unreachable)".
    mutating func refuseProtocol4(_ packet: inout PacketBuffer, _ header: IPv4View) -> Verdict {
        unreachable4(packet, header, code: 2)
        return drop(.dropUnknownProtocol)
    }

    /// RFC 7915 section 5.1: with a Segments Left that is not zero "the packet MUST NOT be translated, and an ICMPv6
    /// Parameter Problem/Erroneous Header Field Encountered ... error message, with the Pointer field containing a pointer
    /// to the Segments Left field, SHOULD be returned".
    mutating func refuseRouting(_ packet: borrowing PacketBuffer, _ header: IPv6View) {
        counters.add(.dropSourceRoute)
        let isSent = sendError6(
            packet, header, type: ICMPv6Type.parameterProblem, code: 0, rest: UInt32(header.pendingSegmentsLeft))
        if isSent { counters.add(.sentParameterProblem) }
    }

    /// RFC 7915 section 5.4: "the translator SHOULD send an ICMPv6 Destination Unreachable ... (Type 1, Code 1)" for what
    /// it discards.
    mutating func refuseDestination(
        _ packet: borrowing PacketBuffer, _ header: IPv6View, _ reason: TranslatorCounter
    ) {
        counters.add(reason)
        unreachable6(packet, header, code: 1)
    }

    /// RFC 7915 section 4.1: "if there is an unexpired source route option, the packet MUST instead be discarded, and an
    /// ICMPv4 'Destination Unreachable, Source Route Failed' (Type 3, Code 5) error message SHOULD be returned".
    mutating func refuseSourceRoute(_ packet: borrowing PacketBuffer, _ header: IPv4View) {
        counters.add(.dropSourceRoute)
        unreachable4(packet, header, code: 5)
    }

    /// Not in a prefix: the translator's own address answers pings; the rest is nobody's.
    mutating func notInPrefix(_ packet: inout PacketBuffer, _ header: IPv6View) {
        guard header.destination == settings.ownAddress6, header.proto == ProtocolNumber.icmpv6, !header.isFragment,
            header.payloadCount >= 8, header.payload.uint8(at: 0) == ICMPv6Type.echoRequest
        else {
            counters.add(.dropNotForUs)
            return
        }
        completeChecksum(&packet)
        guard let out = outbox.add(count: packet.count) else {
            counters.add(.dropOutboxFull)
            return
        }
        out.copyMemory(from: header.start, byteCount: packet.count)
        out.set(UInt8(64), at: 7)
        out.set(header.destination.high, at: 8)
        out.set(header.destination.low, at: 16)
        out.set(header.source.high, at: 24)
        out.set(header.source.low, at: 32)
        // Addresses change places, which no sum notices; the type becomes 129.
        let message = out + header.headerCount
        let old = UInt64(message.uint16(at: 0))
        message.set(ICMPv6Type.echoReply, at: 0)
        let difference = Checksum.difference(from: old, to: UInt64(message.uint16(at: 0)))
        message.set(Checksum.updated(message.uint16(at: 2), by: difference), at: 2)
        counters.add(.echoAnswered)
    }

    /// "Every host MUST implement an ICMP Echo server" (RFC 1122 section 3.2.2.6): a ping of the translator's own IPv4
    /// address that no client's is.
    ///
    /// - Returns: false if it is no such thing.
    mutating func answerEcho4(_ packet: borrowing PacketBuffer, _ header: IPv4View) -> Bool {
        guard header.destination == settings.ownAddress4, header.proto == ProtocolNumber.icmp, !header.isFragment,
            header.payloadCount >= 8, header.payload.uint8(at: 0) == ICMPv4Type.echoRequest, mayBePeer(header.source)
        else { return false }
        let count = IPv4View.minimumCount + header.payloadCount
        guard let out = outbox.add(count: count) else {
            counters.add(.dropOutboxFull)
            return true
        }
        let message = out + IPv4View.minimumCount
        message.copyMemory(from: header.payload, byteCount: header.payloadCount)
        let old = UInt64(message.uint16(at: 0))
        message.set(ICMPv4Type.echoReply, at: 0)
        let difference = Checksum.difference(from: old, to: UInt64(message.uint16(at: 0)))
        message.set(Checksum.updated(message.uint16(at: 2), by: difference), at: 2)
        Header4(
            typeOfService: header.typeOfService, identification: identification(), fragment: 0, timeToLive: 64,
            proto: ProtocolNumber.icmp, source: header.destination, destination: header.source
        ).write(out, totalCount: count)
        counters.add(.echoAnswered)
        return true
    }

    // MARK: ICMPv6

    /// - Returns: whether it was sent.
    private mutating func sendError6(
        _ packet: borrowing PacketBuffer, _ header: IPv6View, type: UInt8, code: UInt8, rest: UInt32 = 0
    ) -> Bool {
        let isError =
            header.proto == ProtocolNumber.icmpv6 && (header.payloadCount < 1 || header.payload.uint8(at: 0) < 128)
        guard !isError, header.fragmentOffset == 0, errorBudget.take(now) else {
            counters.add(.sendErrorsSuppressed)
            return false
        }
        // "as much of invoking packet as possible without the ICMPv6 packet exceeding the minimum IPv6 MTU".
        let (invoking, count) = quotedCount > 0 ? (quoted, quotedCount) : (header.start, packet.count)
        let bodyCount = min(count, 1280 - 48)
        guard let out = outbox.add(count: 48 + bodyCount) else {
            counters.add(.dropOutboxFull)
            return false
        }
        (out + 48).copyMemory(from: invoking, byteCount: bodyCount)
        finishError6(
            out, ErrorHeader(type: type, code: code, rest: rest), length: 0, bodyCount: bodyCount,
            Header6(
                trafficClass: 0, nextHeader: ProtocolNumber.icmpv6, hopLimit: 64, source: settings.ownAddress6,
                destination: header.source))
        return true
    }

    // MARK: ICMPv4

    /// - Returns: whether it was sent.
    private mutating func sendError4(
        _ packet: borrowing PacketBuffer, _ header: IPv4View, type: UInt8, code: UInt8
    ) -> Bool {
        let isError =
            header.proto == ProtocolNumber.icmp
            && (header.payloadCount < 1 || ![0, 8].contains(header.payload.uint8(at: 0)))
        guard !isError, header.fragmentOffset == 0 else {
            counters.add(.sendErrorsSuppressed)
            return false
        }
        let (invoking, count) = quotedCount > 0 ? (quoted, quotedCount) : (header.start, packet.count)
        return sendError4(
            to: header.source, from: header.destination, type: type, code: code, about: invoking, count: count)
    }

    /// - Returns: whether it was sent.
    @discardableResult
    mutating func sendError4(
        to destination: IPv4Address, from source: IPv4Address, type: UInt8, code: UInt8,
        about packet: UnsafeMutableRawPointer, count: Int
    ) -> Bool {
        guard errorBudget.take(now) else {
            counters.add(.sendErrorsSuppressed)
            return false
        }
        // "as much of the original datagram as possible without the length of the ICMP datagram exceeding 576 bytes"
        // (RFC 1812 section 4.3.2.3).
        let bodyCount = min(count, 576 - 28)
        guard let out = outbox.add(count: 28 + bodyCount) else {
            counters.add(.dropOutboxFull)
            return false
        }
        (out + 28).copyMemory(from: packet, byteCount: bodyCount)
        finishError4(
            out, ErrorHeader(type: type, code: code), length: 0, bodyCount: bodyCount,
            Header4(
                typeOfService: 0, identification: identification(), fragment: 0, timeToLive: 64,
                proto: ProtocolNumber.icmp,
                source: tables.pool.contains(source) ? source : settings.ownAddress4, destination: destination))
        if tables.pool.contains(destination) { turnRound(out, count: 28 + bodyCount) }
        return true
    }

    /// An error to one of our own clients (3.8, hairpinning): it goes on as the IPv6 packet that it becomes.
    private mutating func turnRound(_ bytes: UnsafeMutableRawPointer, count: Int) {
        guard
            var packet = PacketBuffer(
                memory: bytes - PacketBuffer.headroom, capacity: PacketBuffer.headroom + count + 40,
                start: PacketBuffer.headroom, count: count)
        else { return }
        outbox.dropLast()
        guard handle4(&packet, isHairpin: true) == .emit, let out = outbox.add(count: packet.count) else { return }
        out.copyMemory(from: packet.bytes.baseAddress ?? packet.memory, byteCount: packet.count)
    }

    /// 3.5.2.2: "The TCP probe packet ... is a TCP segment for the connection with no data. The sequence number and the
    /// acknowledgment number are set to zero. All flags but the ACK flag are set to zero."
    mutating func sendProbe(_ session: SessionRecord) {
        guard let out = outbox.add(count: 60) else {
            counters.add(.dropOutboxFull)
            return
        }
        let source = prefixes.embed(session.remote, session.prefix)
        let segment = out + IPv6View.minimumCount
        segment.initializeMemory(as: UInt8.self, repeating: 0, count: 20)
        segment.set(session.remotePort, at: 0)
        segment.set(session.clientPort, at: 2)
        segment.set(UInt8(0x50), at: TCPField.dataOffset)
        segment.set(TCPField.ackFlag, at: TCPField.flags)
        fillChecksum(
            segment, count: 20, field: TCPField.checksum,
            Checksum.pseudoHeader(source, session.client, count: 20, proto: ProtocolNumber.tcp))
        Header6(
            trafficClass: 0, nextHeader: ProtocolNumber.tcp, hopLimit: 64, source: source, destination: session.client
        ).write(out, payloadCount: 20)
        counters.add(.probesSent)
    }
}
