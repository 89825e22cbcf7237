// RFC 6146 section 3.5, "Filtering and Updating Binding and Session Information": what UDP, TCP and ICMP queries share.

internal import NetAddress
internal import Packet

extension TranslationCore {
    // MARK: from IPv6

    /// The live session of an IPv6 packet, if there is one.
    @inline(__always)
    mutating func knownSession6(
        _ proto: TableProtocol, _ header: IPv6View, _ peer: Peer, _ port: UInt16, _ remotePort: UInt16
    ) -> UInt32? {
        guard let number = tables.session6(proto, header.source, port, peer.remote, remotePort) else { return nil }
        let session = tables.sessions[number]
        guard Int32(bitPattern: session.pointee.expires &- ticks) > 0 || outlives(number) else { return nil }
        if session.pointee.prefix != peer.prefix { moveToPrefix(session, peer.prefix) }
        return number
    }

    /// The session of an IPv6 packet, made if there is none. nil: there can't be one, which was counted and answered.
    @inline(__always)
    mutating func session6(
        _ proto: TableProtocol, _ packet: borrowing PacketBuffer, _ header: IPv6View, _ peer: Peer, _ port: UInt16,
        _ remotePort: UInt16, state: TCPState, lifetime: UInt32
    ) -> UInt32? {
        if let number = knownSession6(proto, header, peer, port, remotePort) { return number }
        return newSession6(proto, packet, header, peer, port, remotePort, state: state, lifetime: lifetime)
    }

    mutating func newSession6(
        _ proto: TableProtocol, _ packet: borrowing PacketBuffer, _ header: IPv6View, _ peer: Peer, _ port: UInt16,
        _ remotePort: UInt16, state: TCPState, lifetime: UInt32
    ) -> UInt32? {
        do throws(CreationFailure) {
            let binding = try tables.binding(proto, header.source, port)
            do throws(CreationFailure) {
                return try tables.addSession(
                    binding, remote: peer.remote, remotePort: remotePort, prefix: peer.prefix,
                    difference: difference(binding, peer), state: state, expires: ticks &+ lifetime)
            } catch {
                tables.removeIfUnused(binding)
                throw error
            }
        } catch {
            refuse(error, packet, header)
            return nil
        }
    }

    /// "If it is not possible to allocate ... the packet is discarded. The NAT64 SHOULD send an ICMPv6 Destination
    /// Unreachable error with Code 3 (Address Unreachable)" (3.5.1.1); the same for quotas (RFC 6888 section 3, REQ-8).
    private mutating func refuse(
        _ failure: CreationFailure, _ packet: borrowing PacketBuffer, _ header: IPv6View
    ) {
        switch failure {
        case .sessionQuota: counters.add(.dropQuotaSessions)
        case .portQuota: counters.add(.dropQuotaPorts)
        case .poolExhausted: counters.add(.dropPoolExhausted)
        case .tableFull: counters.add(.dropTableFull)
        }
        unreachable6(packet, header, code: 3)
    }

    func difference(_ binding: UInt32, _ peer: Peer) -> UInt16 {
        let owner = tables.bindings[binding]
        return checksumDifference(
            client: owner.pointee.client, clientPort: owner.pointee.clientPort,
            remote6: prefixes.embed(peer.remote, peer.prefix), publicAddress: owner.pointee.publicAddress,
            publicPort: owner.pointee.publicPort, remote: peer.remote)
    }

    /// The client speaks to the same host by another prefix now; answers follow it.
    private func moveToPrefix(_ session: UnsafeMutablePointer<SessionRecord>, _ prefix: UInt8) {
        session.pointee.prefix = prefix
        session.pointee.checksumDifference = difference(
            session.pointee.binding, Peer(remote: session.pointee.remote, prefix: prefix))
    }

    // MARK: from IPv4

    @inline(__always)
    mutating func knownSession4(
        _ proto: TableProtocol, _ header: IPv4View, _ port: UInt16, _ remotePort: UInt16
    ) -> UInt32? {
        guard let number = tables.session4(proto, header.destination, port, header.source, remotePort) else {
            return nil
        }
        guard Int32(bitPattern: tables.sessions[number].pointee.expires &- ticks) > 0 || outlives(number) else {
            return nil
        }
        return number
    }

    /// The session of an IPv4 packet, made if the binding and the filtering allow it. nil: dropped and counted.
    @inline(__always)
    mutating func session4(
        _ proto: TableProtocol, _ packet: borrowing PacketBuffer, _ header: IPv4View, _ port: UInt16,
        _ remotePort: UInt16, state: TCPState, lifetime: UInt32
    ) -> UInt32? {
        if let number = knownSession4(proto, header, port, remotePort) { return number }
        guard let binding = boundAndAllowed(proto, packet, header, port) else { return nil }
        return newSession4(binding, header, remotePort, state: state, lifetime: lifetime)
    }

    /// The binding that a packet from outside is for, if filtering lets it in.
    mutating func boundAndAllowed(
        _ proto: TableProtocol, _ packet: borrowing PacketBuffer, _ header: IPv4View, _ port: UInt16
    ) -> UInt32? {
        guard let binding = tables.binding4(proto, header.destination, port) else {
            if proto == .icmp, answerEcho4(packet, header) { return nil }
            counters.add(.dropNoBinding)
            if proto == .udp { unreachable4(packet, header, code: 3) }
            return nil
        }
        // A static binding is the operator's word that everybody may come in.
        guard
            settings.endpointIndependentFiltering || tables.bindings[binding].pointee.isStatic
                || tables.hasSession(binding, with: header.source)
        else {
            counters.add(.dropFiltered)
            // 3.5.1: "an ICMP error message with Type of 3 (Destination Unreachable) and Code of 13 (Communication
            // Administratively Prohibited) MAY be sent".
            unreachable4(packet, header, code: 13)
            return nil
        }
        return binding
    }

    mutating func newSession4(
        _ binding: UInt32, _ header: IPv4View, _ remotePort: UInt16, state: TCPState, lifetime: UInt32
    ) -> UInt32? {
        let peer = Peer(remote: header.source, prefix: prefixOf(binding))
        do throws(CreationFailure) {
            return try tables.addSession(
                binding, remote: peer.remote, remotePort: remotePort, prefix: peer.prefix,
                difference: difference(binding, peer), state: state, expires: ticks &+ lifetime)
        } catch {
            counters.add(error == .sessionQuota ? .dropQuotaSessions : .dropTableFull)
            return nil
        }
    }

    /// The prefix that the client has used for other hosts.
    func prefixOf(_ binding: UInt32) -> UInt8 {
        let first = tables.bindings[binding].pointee.firstSession
        return first == noRecord ? 0 : tables.sessions[first].pointee.prefix
    }

    // MARK: time

    /// A session whose time is up: ends it, but for an established connection, which is asked first whether it lives.
    ///
    /// - Returns: whether it lives on.
    mutating func outlives(_ number: UInt32, probing: Bool = false) -> Bool {
        let session = tables.sessions[number]
        if session.pointee.state == .established {
            // 3.5.2.2, ESTABLISHED: when the lifetime expires, "the NAT64 SHOULD send a probe packet ... to at least one
            // of the endpoints ... the state of the session is moved to TRANS".
            if probing { sendProbe(session.pointee) }
            session.pointee.state = .trans
            session.pointee.expires = ticks &+ lifetimes.transitory
            return true
        }
        counters.add(.sessionsExpired)
        tables.removeSession(number)
        return false
    }

    /// The wheel's turn: a bounded number of sessions at a time.
    mutating func expire() {
        // Probes go through the outbox: what does not fit waits for the next turn.
        for _ in 0..<4_096 {
            guard outbox.hasRoom, let number = tables.wheel.due(now: ticks) else { break }
            let session = tables.sessions[number]
            if Int32(bitPattern: session.pointee.expires &- ticks) > 0 || outlives(number, probing: true) {
                tables.wheel.hasten(number, tables.sessions)
            }
        }
        expireStoredSYNs()
        expireFragments()
    }
}
