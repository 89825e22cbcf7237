// Sessions and bindings that come and go: RFC 6146 section 3.5.

internal import NetAddress

/// Why nothing was created.
enum CreationFailure: Error {
    case sessionQuota
    case portQuota
    case poolExhausted
    case tableFull
}

extension SessionTables {
    // MARK: bindings

    /// The binding of (X',x): found, or made with a public transport address of its own.
    mutating func binding(_ proto: TableProtocol, _ client: IPv6Address, _ port: UInt16)
        throws(CreationFailure) -> UInt32
    {
        if let number = binding6(proto, client, port) { return number }
        let subscriber = try subscriber(of: client)
        guard quota.ports == 0 || subscribers[subscriber].pointee.bindings(of: proto) < UInt32(quota.ports) else {
            releaseIfUnused(subscriber)
            throw .portQuota
        }
        guard bindings.count < bindings.limit else {
            releaseIfUnused(subscriber)
            throw .tableFull
        }
        let paired = subscribers[subscriber].pointee.publicAddress
        let prefix = subscribers[subscriber].pointee.prefix
        let lease = pool.allocate(
            proto, wanting: port, subscriber: hash(prefix.high, prefix.low), on: paired.rawValue == 0 ? nil : paired)
        guard let lease else {
            releaseIfUnused(subscriber)
            throw .poolExhausted
        }
        if paired.rawValue == 0 { subscribers[subscriber].pointee.publicAddress = lease.address }
        noteBlocks(prefix)
        guard let number = file(proto, client, port, lease.address, lease.port, subscriber, isStatic: false) else {
            throw .tableFull
        }
        counters.add(.bindingsCreated)
        return number
    }

    /// Writes a binding whose public side is taken already.
    private mutating func file(
        _ proto: TableProtocol, _ client: IPv6Address, _ port: UInt16, _ publicAddress: IPv4Address,
        _ publicPort: UInt16, _ subscriber: UInt32, isStatic: Bool
    ) -> UInt32? {
        guard let number = bindings.take() else { return nil }
        bindings[number].initialize(
            to: BindingRecord(
                firstSession: noRecord, sessionCount: 0, client: client, publicAddress: publicAddress,
                clientPort: port, publicPort: publicPort, subscriber: subscriber, proto: proto, isStatic: isStatic,
                isLive: true))
        bindingsBy6.insert(hashBinding6(proto, client, port), number)
        bindingsBy4.insert(hashBinding4(proto, publicAddress, publicPort), number)
        subscribers[subscriber].pointee.addBindings(1, of: proto)
        log.bound(bindings[number].pointee)
        return number
    }

    /// Writes a binding of other tables, whose public side was taken here.
    mutating func fileAdopted(_ old: BindingRecord) -> UInt32? {
        guard let subscriber = try? subscriber(of: old.client) else { return nil }
        if subscribers[subscriber].pointee.publicAddress.rawValue == 0 {
            subscribers[subscriber].pointee.publicAddress = old.publicAddress
        }
        return file(
            old.proto, old.client, old.clientPort, old.publicAddress, old.publicPort, subscriber, isStatic: false)
    }

    /// False if either side is taken, or the public address is not the pool's.
    mutating func addStatic(
        _ proto: TableProtocol, _ client: IPv6Address, _ port: UInt16, _ publicAddress: IPv4Address,
        _ publicPort: UInt16
    ) -> Bool {
        guard pool.contains(publicAddress), binding6(proto, client, port) == nil,
            binding4(proto, publicAddress, publicPort) == nil,
            let subscriber = try? subscriber(of: client)
        else { return false }
        // A transport address that the pool does not give out is nobody else's.
        guard !pool.manages(publicAddress, publicPort) || pool.take(proto, publicAddress, publicPort) else {
            releaseIfUnused(subscriber)
            return false
        }
        noteBlocks(subscribers[subscriber].pointee.prefix)
        return file(proto, client, port, publicAddress, publicPort, subscriber, isStatic: true) != nil
    }

    /// Removes a binding and its sessions; how many sessions there were.
    @discardableResult
    mutating func removeBinding(_ number: UInt32) -> Int {
        bindings[number].pointee.isStatic = true
        var removed = 0
        while bindings[number].pointee.firstSession != noRecord {
            removeSession(bindings[number].pointee.firstSession)
            removed += 1
        }
        releaseBinding(number)
        return removed
    }

    private mutating func releaseBinding(_ number: UInt32) {
        let binding = bindings[number].pointee
        bindingsBy6.remove(hashBinding6(binding.proto, binding.client, binding.clientPort), number)
        bindingsBy4.remove(hashBinding4(binding.proto, binding.publicAddress, binding.publicPort), number)
        let prefix = subscribers[binding.subscriber].pointee.prefix
        pool.release(binding.proto, binding.publicAddress, binding.publicPort)
        noteBlocks(prefix)
        log.unbound(binding)
        bindings[number].pointee.isLive = false
        bindings.release(number)
        subscribers[binding.subscriber].pointee.addBindings(-1, of: binding.proto)
        releaseIfUnused(binding.subscriber)
    }

    // MARK: sessions

    /// A new session of a binding with (Z,z); the caller has looked that there is none yet.
    mutating func addSession(
        _ binding: UInt32, remote: IPv4Address, remotePort: UInt16, prefix: UInt8, difference: UInt16, state: TCPState,
        expires: UInt32
    ) throws(CreationFailure) -> UInt32 {
        let owner = bindings[binding]
        let subscriber = subscribers[owner.pointee.subscriber]
        guard quota.sessions == 0 || subscriber.pointee.sessions < UInt32(quota.sessions) else { throw .sessionQuota }
        guard let number = sessions.take() else { throw .tableFull }
        let next = owner.pointee.firstSession
        sessions[number].initialize(
            to: SessionRecord(
                nextOfBinding: next, previousOfBinding: noRecord, client: owner.pointee.client, remote: remote,
                publicAddress: owner.pointee.publicAddress, clientPort: owner.pointee.clientPort,
                publicPort: owner.pointee.publicPort, remotePort: remotePort, checksumDifference: difference,
                proto: owner.pointee.proto, state: state, prefix: prefix, isLive: true, wheelSlot: 0,
                expires: expires, nextOnWheel: noRecord, previousOnWheel: noRecord, binding: binding))
        if next != noRecord { sessions[next].pointee.previousOfBinding = number }
        owner.pointee.firstSession = number
        owner.pointee.sessionCount &+= 1
        subscriber.pointee.sessions &+= 1
        index(sessions[number].pointee, number)
        wheel.add(number, sessions)
        counters.add(.sessionsCreated)
        return number
    }

    private mutating func index(_ session: SessionRecord, _ number: UInt32) {
        sessionsBy6.insert(
            hash6(session.proto, session.client, session.clientPort, session.remote, session.remotePort), number)
        sessionsBy4.insert(
            hash4(session.proto, session.publicAddress, session.publicPort, session.remote, session.remotePort), number)
        if keepsRemotes {
            sessionsByRemote.insert(
                hash4(session.proto, session.publicAddress, session.publicPort, session.remote, 0), number)
        }
    }

    /// Removes a session, and its binding if that was its last one and it is not static.
    mutating func removeSession(_ number: UInt32) {
        let session = sessions[number].pointee
        wheel.remove(number, sessions)
        sessionsBy6.remove(
            hash6(session.proto, session.client, session.clientPort, session.remote, session.remotePort), number)
        sessionsBy4.remove(
            hash4(session.proto, session.publicAddress, session.publicPort, session.remote, session.remotePort), number)
        if keepsRemotes {
            sessionsByRemote.remove(
                hash4(session.proto, session.publicAddress, session.publicPort, session.remote, 0), number)
        }
        if session.previousOfBinding == noRecord {
            bindings[session.binding].pointee.firstSession = session.nextOfBinding
        } else {
            sessions[session.previousOfBinding].pointee.nextOfBinding = session.nextOfBinding
        }
        if session.nextOfBinding != noRecord {
            sessions[session.nextOfBinding].pointee.previousOfBinding = session.previousOfBinding
        }
        let owner = bindings[session.binding]
        owner.pointee.sessionCount &-= 1
        subscribers[owner.pointee.subscriber].pointee.sessions &-= 1
        sessions[number].pointee.isLive = false
        sessions.release(number)
        if owner.pointee.firstSession == noRecord, !owner.pointee.isStatic {
            releaseBinding(session.binding)
            counters.add(.bindingsRemoved)
        }
    }

    /// A binding that was made for a session that could not be.
    mutating func removeIfUnused(_ number: UInt32) {
        guard bindings[number].pointee.firstSession == noRecord, !bindings[number].pointee.isStatic else { return }
        releaseBinding(number)
        counters.add(.bindingsRemoved)
    }

    // MARK: subscribers

    private mutating func subscriber(of client: IPv6Address) throws(CreationFailure) -> UInt32 {
        let prefix = client.keeping(bits: quota.subscriberPrefixLength)
        let key = hash(prefix.high, prefix.low)
        if let number = subscribersByPrefix.find(key, where: { subscribers[$0].pointee.prefix == prefix }) {
            return number
        }
        guard let number = subscribers.take() else { throw .tableFull }
        subscribers[number].initialize(
            to: SubscriberRecord(
                sessions: 0, bindings: (0, 0, 0), prefix: prefix, publicAddress: IPv4Address(rawValue: 0)))
        subscribersByPrefix.insert(key, number)
        return number
    }

    private mutating func releaseIfUnused(_ number: UInt32) {
        guard subscribers[number].pointee.isUnused else { return }
        let prefix = subscribers[number].pointee.prefix
        subscribersByPrefix.remove(hash(prefix.high, prefix.low), number)
        subscribers.release(number)
    }

    private mutating func noteBlocks(_ prefix: IPv6Address) {
        guard pool.portBlockSize > 0 else { return }
        for event in pool.takeBlockEvents() {
            counters.add(event.isOpened ? .portBlocksOpened : .portBlocksClosed)
            log.block(event, prefix)
        }
    }
}

extension IPv6Address {
    /// The leading `bits`, the others zero.
    func keeping(bits: Int) -> IPv6Address {
        let high = bits >= 64 ? self.high : bits <= 0 ? 0 : self.high & ~UInt64(0) << UInt64(64 - bits)
        let low = bits >= 128 ? self.low : bits <= 64 ? 0 : self.low & ~UInt64(0) << UInt64(128 - bits)
        return IPv6Address(high: high, low: low)
    }
}
