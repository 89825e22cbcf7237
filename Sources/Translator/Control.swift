// What an operator asks of a running translator. Nothing here lies on a packet's path.

public import NetAddress
internal import Packet
public import Telemetry

/// A session, read out.
public struct SessionView: Hashable, Sendable {
    public var proto: TableProtocol
    public var client: IPv6Address
    public var clientPort: UInt16
    /// The remote host as the client knows it.
    public var remote6: IPv6Address
    public var publicAddress: IPv4Address
    public var publicPort: UInt16
    public var remote: IPv4Address
    public var remotePort: UInt16
    public var state: TCPState
    public var remainingSeconds: UInt64
}

/// A binding, read out.
public struct BindingView: Hashable, Sendable {
    public var proto: TableProtocol
    public var client: IPv6Address
    public var clientPort: UInt16
    public var publicAddress: IPv4Address
    public var publicPort: UInt16
    public var isStatic: Bool
    public var sessionCount: Int
}

extension Translator {
    /// Looks at `visits` places of the session table from `cursor` on, and takes at most `limit` of what matches.
    ///
    /// - Returns: what was found, and where to go on; nil at the end.
    public func sessions(
        from cursor: UInt32, visits: Int, limit: Int, now: MonotonicTime, matching: (SessionView) -> Bool
    ) -> (found: [SessionView], next: UInt32?) {
        core.setTime(now)
        var found: [SessionView] = []
        var number = cursor
        let end = UInt32(core.tables.sessions.highWater)
        while number < end, Int(number &- cursor) < visits, found.count < limit {
            let record = core.tables.sessions[number]
            if record.pointee.isLive {
                let view = core.view(record.pointee)
                if matching(view) { found.append(view) }
            }
            number += 1
        }
        return (found, number < end ? number : nil)
    }

    /// Bindings, as `sessions`.
    public func bindings(from cursor: UInt32, visits: Int, limit: Int, matching: (BindingView) -> Bool)
        -> (found: [BindingView], next: UInt32?)
    {
        var found: [BindingView] = []
        var number = cursor
        let end = UInt32(core.tables.bindings.highWater)
        while number < end, Int(number &- cursor) < visits, found.count < limit {
            let record = core.tables.bindings[number]
            if record.pointee.isLive {
                let view = BindingView(record.pointee)
                if matching(view) { found.append(view) }
            }
            number += 1
        }
        return (found, number < end ? number : nil)
    }

    /// Ends sessions of `visits` places from `cursor` on that match; how many, and where to go on.
    public func drop(from cursor: UInt32, visits: Int, now: MonotonicTime, matching: (SessionView) -> Bool)
        -> (dropped: Int, next: UInt32?)
    {
        core.setTime(now)
        var (dropped, number) = (0, cursor)
        let end = UInt32(core.tables.sessions.highWater)
        while number < end, Int(number &- cursor) < visits {
            let record = core.tables.sessions[number]
            if record.pointee.isLive, matching(core.view(record.pointee)) {
                core.tables.removeSession(number)
                core.counters.add(.sessionsDropped)
                dropped += 1
            }
            number += 1
        }
        return (dropped, number < end ? number : nil)
    }

    /// Adds a static binding.
    ///
    /// - Returns: false if either side of it is taken.
    public func bind(_ binding: StaticBindingSettings) -> Bool { core.bind(binding) }

    /// Removes a static binding and its sessions.
    ///
    /// - Returns: false if there is none.
    public func unbind(_ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16) -> Bool {
        guard let number = core.tables.binding4(proto, address, port), core.tables.bindings[number].pointee.isStatic
        else { return false }
        core.counters.add(.sessionsDropped, UInt64(core.tables.removeBinding(number)))
        return true
    }

    /// Takes other settings. Sessions stay where the new pool still holds their public address and their prefix is still
    /// one; `slice`, `slices`, `sessionLimit` and `portBlockSize` stay as they were.
    public func update(_ settings: TranslatorSettings, now: MonotonicTime) {
        core.setTime(now)
        core.update(settings)
    }

    /// Octets of memory that sessions, bindings and their indexes take.
    public var tableByteCount: Int { core.tables.byteCount }
}

extension TranslationCore {
    func view(_ record: SessionRecord) -> SessionView {
        let ahead = Int32(bitPattern: record.expires &- ticks)
        return SessionView(
            proto: record.proto, client: record.client, clientPort: record.clientPort,
            remote6: prefixes.embed(record.remote, record.prefix), publicAddress: record.publicAddress,
            publicPort: record.publicPort, remote: record.remote, remotePort: record.remotePort, state: record.state,
            remainingSeconds: UInt64(max(0, ahead)) << Ticks.shift / 1_000_000_000)
    }

    mutating func bind(_ binding: StaticBindingSettings) -> Bool {
        tables.addStatic(
            binding.proto, binding.client, binding.clientPort, binding.publicAddress, binding.publicPort)
    }

    mutating func update(_ new: TranslatorSettings) {
        let old = settings
        settings = new
        lifetimes = Lifetimes(new.timers)
        tables.quota.sessions = new.quota.sessions
        tables.quota.ports = new.quota.ports
        tables.log = BindingJournal(isOn: new.recordsBindings, blocks: old.portBlockSize > 0)
        if new.prefixes != old.prefixes || new.suffixes != old.suffixes || new.pool4 != old.pool4
            || new.endpointIndependentFiltering != old.endpointIndependentFiltering
        {
            replaceTables(old, new)
        } else {
            replaceStatic(old, new)
        }
    }

    private mutating func replaceStatic(_ old: TranslatorSettings, _ new: TranslatorSettings) {
        for binding in old.staticBindings where !new.staticBindings.contains(binding) {
            if let number = tables.binding4(binding.proto, binding.publicAddress, binding.publicPort),
                tables.bindings[number].pointee.isStatic
            {
                counters.add(.sessionsDropped, UInt64(tables.removeBinding(number)))
            }
        }
        for binding in new.staticBindings where !old.staticBindings.contains(binding) { _ = bind(binding) }
    }
}

extension BindingView {
    init(_ record: BindingRecord) {
        self.init(
            proto: record.proto, client: record.client, clientPort: record.clientPort,
            publicAddress: record.publicAddress, publicPort: record.publicPort, isStatic: record.isStatic,
            sessionCount: Int(record.sessionCount))
    }
}

extension SessionTables {
    var byteCount: Int {
        sessions.highWater * MemoryLayout<SessionRecord>.stride + bindings.highWater
            * MemoryLayout<BindingRecord>.stride
            + subscribers.highWater * MemoryLayout<SubscriberRecord>.stride + sessionsBy6.byteCount
            + sessionsBy4.byteCount + sessionsByRemote.byteCount + bindingsBy6.byteCount + bindingsBy4.byteCount
            + subscribersByPrefix.byteCount
    }
}
