// RFC 6146 section 3.5.2, "TCP Session Handling": the state machine of 3.5.2.2, state by state. CLOSED is a packet
// without a session.

internal import NetAddress
internal import Packet

/// What the state machine looks at.
enum TCPEvent {
    case syn, fin, rst, other

    @inline(__always)
    init(flags: UInt8) {
        if flags & TCPField.synFlag != 0 {
            self = .syn
        } else if flags & TCPField.rstFlag != 0 {
            self = .rst
        } else if flags & TCPField.finFlag != 0 {
            self = .fin
        } else {
            self = .other
        }
    }
}

extension TranslationCore {
    // MARK: from IPv6

    mutating func tcp6(_ packet: inout PacketBuffer, _ header: IPv6View, _ peer: Peer) -> Verdict {
        guard let event = tcpEvent(header.payload, count: header.payloadCount) else { return drop(.dropMalformed) }
        let transport = header.payload
        let (port, remotePort) = (transport.uint16(at: 0), transport.uint16(at: 2))
        if let number = knownSession6(.tcp, header, peer, port, remotePort) {
            advance6(number, event)
            if event == .syn { clampSegmentSize(packet, transport, to: settings.maximumSegmentSize4) }
            return translateSixToFour(
                &packet, header, tables.sessions[number], checksumField: TCPField.checksum)
        }
        guard event == .syn else { return strayTCP6(&packet, header, peer, port, remotePort) }
        // CLOSED: "If a V6 SYN packet is received ... the state of the session is moved to V6 INIT."
        guard
            let number = newSession6(
                .tcp, packet, header, peer, port, remotePort, state: .v6Init, lifetime: lifetimes.transitory)
        else { return .none }
        let session = tables.sessions[number]
        if takeStoredSYN(session.pointee) {
            // Both have sent one: a simultaneous open that found no binding.
            session.pointee.state = .established
            session.pointee.expires = ticks &+ lifetimes.established
        }
        clampSegmentSize(packet, transport, to: settings.maximumSegmentSize4)
        return translateSixToFour(&packet, header, session, checksumField: TCPField.checksum)
    }

    /// CLOSED, any other packet: "if there is a corresponding entry in the TCP BIB, the packet SHOULD be translated and
    /// forwarded if the security policy allows doing so"; no session comes of it.
    private mutating func strayTCP6(
        _ packet: inout PacketBuffer, _ header: IPv6View, _ peer: Peer, _ port: UInt16, _ remotePort: UInt16
    ) -> Verdict {
        guard let binding = tables.binding6(.tcp, header.source, port) else { return drop(.dropNoSession) }
        var session = passingSession(binding, peer, remotePort)
        return translateSixToFour(&packet, header, &session, checksumField: TCPField.checksum)
    }

    @inline(__always)
    private mutating func advance6(_ number: UInt32, _ event: TCPEvent) {
        let session = tables.sessions[number]
        switch session.pointee.state {
        case .established:
            switch event {
            case .fin: session.pointee.state = .v6FinRcv
            case .rst: shorten(number, to: .trans)
            default: session.pointee.expires = ticks &+ lifetimes.established
            }
        case .v6Init:
            if event == .syn { session.pointee.expires = ticks &+ lifetimes.transitory }
        case .v4Init, .v4InitStored:
            guard event == .syn else { return }
            if session.pointee.state == .v4InitStored { _ = takeStoredSYN(session.pointee) }
            session.pointee.state = .established
            session.pointee.expires = ticks &+ lifetimes.established
        case .v4FinRcv:
            if event == .fin {
                shorten(number, to: .v4FinV6FinRcv)
            } else {
                session.pointee.expires = ticks &+ lifetimes.established
            }
        case .v6FinRcv: session.pointee.expires = ticks &+ lifetimes.established
        case .trans: leaveTrans(session, event)
        case .v4FinV6FinRcv, .none: break
        }
    }

    // MARK: from IPv4

    mutating func tcp4(_ packet: inout PacketBuffer, _ header: IPv4View) -> Verdict {
        guard let event = tcpEvent(header.payload, count: header.payloadCount) else { return drop(.dropMalformed) }
        let transport = header.payload
        let (remotePort, port) = (transport.uint16(at: 0), transport.uint16(at: 2))
        if let number = knownSession4(.tcp, header, port, remotePort) {
            let session = tables.sessions[number]
            // The policy that kept the SYN holds for what else comes before the client has spoken.
            if session.pointee.state == .v4InitStored { return drop(.dropFiltered) }
            advance4(number, event)
            if event == .syn { clampSegmentSize(packet, transport, to: settings.maximumSegmentSize6) }
            return translateFourToSix(&packet, header, session, checksumField: TCPField.checksum)
        }
        return event == .syn
            ? openingTCP4(&packet, header, port, remotePort) : strayTCP4(&packet, header, port, remotePort)
    }

    /// CLOSED: "If a V4 SYN packet is received".
    private mutating func openingTCP4(
        _ packet: inout PacketBuffer, _ header: IPv4View, _ port: UInt16, _ remotePort: UInt16
    ) -> Verdict {
        guard let binding = tables.binding4(.tcp, header.destination, port) else {
            // "the NAT64 ... stores the packet ... to support simultaneous open".
            return store(packet, header, port, remotePort)
        }
        let isAllowed =
            settings.endpointIndependentFiltering || tables.bindings[binding].pointee.isStatic
            || tables.hasSession(binding, with: header.source)
        if isAllowed {
            guard
                let number = newSession4(
                    binding, header, remotePort, state: .v4Init, lifetime: lifetimes.transitory)
            else { return .none }
            clampSegmentSize(packet, header.payload, to: settings.maximumSegmentSize6)
            return translateFourToSix(
                &packet, header, tables.sessions[number], checksumField: TCPField.checksum)
        }
        guard
            newSession4(binding, header, remotePort, state: .v4InitStored, lifetime: lifetimes.incomingSYN) != nil
        else { return .none }
        return store(packet, header, port, remotePort)
    }

    private mutating func strayTCP4(
        _ packet: inout PacketBuffer, _ header: IPv4View, _ port: UInt16, _ remotePort: UInt16
    ) -> Verdict {
        guard let binding = boundAndAllowed(.tcp, packet, header, port) else { return .none }
        var session = passingSession(
            binding, Peer(remote: header.source, prefix: prefixOf(binding)), remotePort)
        return translateFourToSix(&packet, header, &session, checksumField: TCPField.checksum)
    }

    @inline(__always)
    private mutating func advance4(_ number: UInt32, _ event: TCPEvent) {
        let session = tables.sessions[number]
        switch session.pointee.state {
        case .established:
            switch event {
            case .fin: session.pointee.state = .v4FinRcv
            case .rst: shorten(number, to: .trans)
            default: session.pointee.expires = ticks &+ lifetimes.established
            }
        case .v6Init:
            guard event == .syn else { return }
            session.pointee.state = .established
            session.pointee.expires = ticks &+ lifetimes.established
        case .v6FinRcv:
            if event == .fin {
                shorten(number, to: .v4FinV6FinRcv)
            } else {
                session.pointee.expires = ticks &+ lifetimes.established
            }
        case .v4FinRcv: session.pointee.expires = ticks &+ lifetimes.established
        case .trans: leaveTrans(session, event)
        case .v4Init, .v4InitStored, .v4FinV6FinRcv, .none: break
        }
    }

    // MARK: both

    /// TRANS: "If a packet other than an RST is received ... the state is moved to ESTABLISHED."
    @inline(__always)
    private func leaveTrans(_ session: UnsafeMutablePointer<SessionRecord>, _ event: TCPEvent) {
        guard event != .rst else { return }
        session.pointee.state = .established
        session.pointee.expires = ticks &+ lifetimes.established
    }

    private mutating func shorten(_ number: UInt32, to state: TCPState) {
        let session = tables.sessions[number]
        session.pointee.state = state
        session.pointee.expires = ticks &+ lifetimes.transitory
        tables.wheel.hasten(number, tables.sessions)
    }

    /// nil: no TCP header.
    @inline(__always)
    private func tcpEvent(_ transport: UnsafeMutableRawPointer, count: Int) -> TCPEvent? {
        guard count >= TCPField.minimumCount else { return nil }
        let headerCount = Int(transport.uint8(at: TCPField.dataOffset) >> 4) &* 4
        guard headerCount >= TCPField.minimumCount, headerCount <= count else { return nil }
        return TCPEvent(flags: transport.uint8(at: TCPField.flags))
    }

    /// A session for one packet that leaves no trace in the tables.
    func passingSession(_ binding: UInt32, _ peer: Peer, _ remotePort: UInt16) -> SessionRecord {
        let owner = tables.bindings[binding].pointee
        return SessionRecord(
            nextOfBinding: noRecord, previousOfBinding: noRecord, client: owner.client, remote: peer.remote,
            publicAddress: owner.publicAddress, clientPort: owner.clientPort, publicPort: owner.publicPort,
            remotePort: remotePort, checksumDifference: difference(binding, peer), proto: owner.proto, state: .none,
            prefix: peer.prefix, isLive: false, wheelSlot: 0, expires: 0, nextOnWheel: noRecord,
            previousOnWheel: noRecord, binding: binding)
    }
}
