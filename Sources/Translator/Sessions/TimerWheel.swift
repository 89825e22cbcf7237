// When sessions end. A wheel of slots, each a list of sessions; a packet only writes its session's new time into the
// session, and the wheel finds out when it comes by. No packet ever waits for a scan.

internal import Telemetry

/// Time in units of 2^26 ns, 67 ms: coarse enough for 32 bits, fine enough for six seconds.
enum Ticks {
    static let shift: UInt64 = 26

    @inline(__always)
    static func at(_ now: MonotonicTime) -> UInt32 { UInt32(truncatingIfNeeded: now.nanoseconds >> shift) }

    /// Rounded up, so that nothing ends early.
    static func count(seconds: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: (UInt64(seconds) &* 1_000_000_000 &+ (1 << shift) &- 1) >> shift) &+ 1
    }
}

struct TimerWheel: ~Copyable {
    /// A power of two: 4096 slots are four and a half minutes. What lives longer comes by more than once.
    static let slotCount = 4096
    private let heads: UnsafeMutablePointer<UInt32>
    /// The next tick to look at.
    private(set) var position: UInt32

    init(now: UInt32) {
        heads = .allocate(capacity: Self.slotCount)
        heads.initialize(repeating: noRecord, count: Self.slotCount)
        position = now
    }

    deinit { heads.deallocate() }

    /// Files a session under the time it has; at most one turn ahead.
    mutating func add(_ number: UInt32, _ sessions: borrowing RecordStore<SessionRecord>) {
        let session = sessions[number]
        let ahead = Int32(bitPattern: session.pointee.expires &- position)
        let slot = Int(position &+ UInt32(max(1, min(Int(ahead), Self.slotCount - 1)))) & (Self.slotCount - 1)
        session.pointee.wheelSlot = UInt16(slot)
        session.pointee.previousOnWheel = noRecord
        session.pointee.nextOnWheel = heads[slot]
        if heads[slot] != noRecord { sessions[heads[slot]].pointee.previousOnWheel = number }
        heads[slot] = number
    }

    mutating func remove(_ number: UInt32, _ sessions: borrowing RecordStore<SessionRecord>) {
        let session = sessions[number]
        let (next, previous) = (session.pointee.nextOnWheel, session.pointee.previousOnWheel)
        if previous == noRecord {
            heads[Int(session.pointee.wheelSlot)] = next
        } else {
            sessions[previous].pointee.nextOnWheel = next
        }
        if next != noRecord { sessions[next].pointee.previousOnWheel = previous }
    }

    /// Files a session anew whose time was shortened: the wheel would come by too late.
    mutating func hasten(_ number: UInt32, _ sessions: borrowing RecordStore<SessionRecord>) {
        remove(number, sessions)
        add(number, sessions)
    }

    /// The next session whose slot is due, `now` included; nil when there is none. It stays filed: the caller removes it
    /// or files it anew.
    mutating func due(now: UInt32) -> UInt32? {
        while Int32(bitPattern: now &- position) >= 0 {
            let head = heads[Int(position) & (Self.slotCount - 1)]
            if head != noRecord { return head }
            position &+= 1
        }
        return nil
    }
}
