// The BIBs and session tables of RFC 6146 section 3, one set for TCP, UDP and ICMP queries: finding. What changes them
// is in the files beside this one.

internal import NetAddress
internal import Telemetry

struct SessionTables: ~Copyable {
    var sessions: RecordStore<SessionRecord>
    var bindings: RecordStore<BindingRecord>
    var subscribers: RecordStore<SubscriberRecord>
    /// By (X',x),(Y',y) and by (T,t),(Z,z).
    var sessionsBy6 = RecordIndex()
    var sessionsBy4 = RecordIndex()
    /// By T, t and Z: filled for address-dependent filtering alone.
    var sessionsByRemote = RecordIndex()
    /// By (X',x) and by (T,t).
    var bindingsBy6 = RecordIndex()
    var bindingsBy4 = RecordIndex()
    var subscribersByPrefix = RecordIndex()
    var wheel: TimerWheel
    var pool: Pool4
    var quota: TranslatorSettings.Quota
    let keepsRemotes: Bool
    let hash: KeyedHash
    let counters: TranslatorCounters
    var log: BindingJournal

    init(_ settings: TranslatorSettings, seed: UInt64, now: UInt32, counters: TranslatorCounters) {
        sessions = RecordStore(limit: settings.sessionLimit)
        bindings = RecordStore(limit: settings.sessionLimit)
        subscribers = RecordStore(limit: settings.sessionLimit)
        wheel = TimerWheel(now: now)
        pool = Pool4(
            ranges: settings.pool4, portBlockSize: settings.portBlockSize, slice: settings.slice,
            slices: settings.slices, seed: seed)
        quota = settings.quota
        keepsRemotes = !settings.endpointIndependentFiltering
        hash = KeyedHash(seed, seed.byteSwapped &* 0xd6e8_feb8_6659_fd93)
        self.counters = counters
        log = BindingJournal(isOn: settings.recordsBindings, blocks: settings.portBlockSize > 0)
    }

    // MARK: keys

    @inline(__always)
    func hash6(
        _ proto: TableProtocol, _ client: IPv6Address, _ clientPort: UInt16, _ remote: IPv4Address,
        _ remotePort: UInt16
    ) -> UInt64 {
        hash(
            client.high ^ UInt64(proto.rawValue), client.low,
            UInt64(remote.rawValue) << 32 | UInt64(remotePort) << 16 | UInt64(clientPort))
    }

    @inline(__always)
    func hash4(
        _ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16, _ remote: IPv4Address, _ remotePort: UInt16
    ) -> UInt64 {
        hash(
            UInt64(address.rawValue) << 32 | UInt64(remote.rawValue),
            UInt64(proto.rawValue) << 32 | UInt64(port) << 16 | UInt64(remotePort))
    }

    @inline(__always)
    func hashBinding6(_ proto: TableProtocol, _ client: IPv6Address, _ port: UInt16) -> UInt64 {
        hash(client.high, client.low, UInt64(proto.rawValue) << 16 | UInt64(port))
    }

    @inline(__always)
    func hashBinding4(_ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16) -> UInt64 {
        hash(UInt64(address.rawValue), UInt64(proto.rawValue) << 16 | UInt64(port))
    }

    // MARK: finding

    @inline(__always)
    func session6(
        _ proto: TableProtocol, _ client: IPv6Address, _ clientPort: UInt16, _ remote: IPv4Address,
        _ remotePort: UInt16
    ) -> UInt32? {
        sessionsBy6.find(hash6(proto, client, clientPort, remote, remotePort)) { number in
            let session = sessions[number]
            return session.pointee.client == client && session.pointee.remote == remote
                && session.pointee.clientPort == clientPort && session.pointee.remotePort == remotePort
                && session.pointee.proto == proto
        }
    }

    @inline(__always)
    func session4(
        _ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16, _ remote: IPv4Address, _ remotePort: UInt16
    ) -> UInt32? {
        sessionsBy4.find(hash4(proto, address, port, remote, remotePort)) { number in
            let session = sessions[number]
            return session.pointee.publicAddress == address && session.pointee.remote == remote
                && session.pointee.publicPort == port && session.pointee.remotePort == remotePort
                && session.pointee.proto == proto
        }
    }

    func binding6(_ proto: TableProtocol, _ client: IPv6Address, _ port: UInt16) -> UInt32? {
        bindingsBy6.find(hashBinding6(proto, client, port)) { number in
            let binding = bindings[number]
            return binding.pointee.client == client && binding.pointee.clientPort == port
                && binding.pointee.proto == proto
        }
    }

    func binding4(_ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16) -> UInt32? {
        bindingsBy4.find(hashBinding4(proto, address, port)) { number in
            let binding = bindings[number]
            return binding.pointee.publicAddress == address && binding.pointee.publicPort == port
                && binding.pointee.proto == proto
        }
    }

    /// Whether the binding has a session with `remote`, on whatever port: what address-dependent filtering asks.
    func hasSession(_ binding: UInt32, with remote: IPv4Address) -> Bool {
        let record = bindings[binding]
        let key = hash4(record.pointee.proto, record.pointee.publicAddress, record.pointee.publicPort, remote, 0)
        return sessionsByRemote.find(key) { number in
            sessions[number].pointee.binding == binding && sessions[number].pointee.remote == remote
        } != nil
    }

    /// Starts the loads that a packet's lookup will need.
    @inline(__always)
    mutating func prefetch6(_ hash: UInt64) { sessionsBy6.prefetch(hash) }

    @inline(__always)
    mutating func prefetch4(_ hash: UInt64) { sessionsBy4.prefetch(hash) }
}
