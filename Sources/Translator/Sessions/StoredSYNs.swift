// SYNs from outside that wait for their client to send one too (RFC 6146 section 3.5.2.2, CLOSED and V4 INIT): a ring, for
// all wait equally long.

internal import NetAddress
internal import Packet

struct StoredSYNs: ~Copyable {
    static let limit = 1_024
    /// What an ICMP error tells of a packet, and more.
    static let copyLimit = 128

    struct Slot {
        var address: IPv4Address
        var port: UInt16
        var remotePort: UInt16
        var remote: IPv4Address
        var expires: UInt32
        var count: UInt16
        var isLive: Bool
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let copies: UnsafeMutableRawPointer
    private var index = RecordIndex()
    private var oldest = 0
    private var used = 0

    init() {
        slots = .allocate(capacity: Self.limit)
        copies = .allocate(byteCount: Self.limit * Self.copyLimit, alignment: 64)
    }

    deinit {
        slots.deallocate()
        copies.deallocate()
    }

    var isEmpty: Bool { used == 0 }

    func find(_ hash: UInt64, _ address: IPv4Address, _ port: UInt16, _ remote: IPv4Address, _ remotePort: UInt16)
        -> UInt32?
    {
        index.find(hash) { number in
            let slot = slots[Int(number)]
            return slot.isLive && slot.address == address && slot.port == port && slot.remote == remote
                && slot.remotePort == remotePort
        }
    }

    /// False: there is no room.
    mutating func add(
        _ hash: UInt64, _ header: IPv4View, _ port: UInt16, _ remotePort: UInt16, expires: UInt32
    ) -> Bool {
        guard used < Self.limit else { return false }
        let number = (oldest + used) % Self.limit
        let count = min(header.totalCount, Self.copyLimit)
        (copies + number * Self.copyLimit).copyMemory(from: header.start, byteCount: count)
        slots[number] = Slot(
            address: header.destination, port: port, remotePort: remotePort, remote: header.source, expires: expires,
            count: UInt16(count), isLive: true)
        index.insert(hash, UInt32(number))
        used += 1
        return true
    }

    /// Its client has answered.
    mutating func remove(_ hash: UInt64, _ number: UInt32) {
        index.remove(hash, number)
        slots[Int(number)].isLive = false
    }

    /// The oldest one if its time is up. It stays until `removeOldest`.
    func due(_ now: UInt32) -> Slot? {
        guard used > 0, !slots[oldest].isLive || Int32(bitPattern: slots[oldest].expires &- now) <= 0 else {
            return nil
        }
        return slots[oldest]
    }

    func oldestCopy() -> UnsafeMutableRawPointer { copies + oldest * Self.copyLimit }

    mutating func removeOldest(_ hash: UInt64) {
        guard used > 0 else { return }
        if slots[oldest].isLive { index.remove(hash, UInt32(oldest)) }
        oldest = (oldest + 1) % Self.limit
        used -= 1
    }
}

extension TranslationCore {
    mutating func store(
        _ packet: borrowing PacketBuffer, _ header: IPv4View, _ port: UInt16, _ remotePort: UInt16
    ) -> Verdict {
        let hash = tables.hash4(.tcp, header.destination, port, header.source, remotePort)
        // Sent once more: the first one waits already.
        guard stored.find(hash, header.destination, port, header.source, remotePort) == nil else {
            return drop(.dropSynRepeated)
        }
        guard stored.add(hash, header, port, remotePort, expires: ticks &+ lifetimes.incomingSYN) else {
            return drop(.dropSynStoreFull)
        }
        counters.add(.synStored)
        return .none
    }

    /// Whether a SYN from the session's remote waited. It is forgotten: TCP sends it again.
    mutating func takeStoredSYN(_ session: SessionRecord) -> Bool {
        guard !stored.isEmpty else { return false }
        let hash = tables.hash4(
            .tcp, session.publicAddress, session.publicPort, session.remote, session.remotePort)
        guard
            let number = stored.find(
                hash, session.publicAddress, session.publicPort, session.remote, session.remotePort)
        else { return false }
        stored.remove(hash, number)
        counters.add(.synAnsweredInTime)
        return true
    }

    /// V4 INIT: when the lifetime expires, "an ICMP Port Unreachable error (Type 3, Code 3) containing the IPv4 SYN packet
    /// stored is sent back to the source of the v4 SYN, the Session Table Entry is deleted, and the stored V4 SYN is
    /// deleted".
    mutating func expireStoredSYNs() {
        while let slot = stored.due(ticks) {
            let hash = tables.hash4(.tcp, slot.address, slot.port, slot.remote, slot.remotePort)
            if slot.isLive {
                counters.add(.dropSynUnanswered)
                sendError4(
                    to: slot.remote, from: slot.address, type: ICMPv4Type.destinationUnreachable, code: 3,
                    about: stored.oldestCopy(), count: Int(slot.count))
            }
            stored.removeOldest(hash)
        }
    }
}
