// A look at one entry where it lies, without a copy. The TTLs in its bytes stay as upstream sent them; whoever answers
// from it counts them down in the copy that goes out.

internal import Glibc

/// An answer in the cache. Valid in the closure that it was handed to, while the shard is locked, and no longer.
public struct EntryView {
    @usableFromInline let base: UnsafeMutableRawPointer

    @inlinable
    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    @inlinable var header: EntryHeader { base.load(as: EntryHeader.self) }
    @inlinable var offsetsBase: UnsafeMutableRawPointer { base + MemoryLayout<EntryHeader>.size }
    @inlinable var nameBase: UnsafeMutableRawPointer { offsetsBase + Int(header.ttlOffsetCount) * 2 }

    @inlinable
    public var facts: AnswerFacts {
        let header = header
        return AnswerFacts(
            responseCode: header.responseCode, answerCount: header.answerCount, authorityCount: header.authorityCount,
            additionalCount: header.additionalCount, aliasCount: header.aliasCount, flags: header.factFlags,
            negativeTTL: header.negativeTTL)
    }

    /// Seconds on the monotonic clock.
    @inlinable public var storedAt: UInt32 { header.storedAt }
    /// Seconds on the monotonic clock.
    @inlinable public var expiresAt: UInt32 { header.expiresAt }
    @inlinable public var type: UInt16 { header.type }
    @inlinable public var recordClass: UInt16 { header.recordClass }
    /// As in `CacheKey`.
    @inlinable public var variant: UInt8 { header.variant }

    /// The lower-cased name in wire form.
    @inlinable
    public var name: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: nameBase, count: Int(header.nameLength))
    }

    /// Where the TTL fields stand, in bytes from the start of `wire`.
    @inlinable
    public var ttlOffsets: UnsafeBufferPointer<UInt16> {
        let count = Int(header.ttlOffsetCount)
        return UnsafeBufferPointer(start: offsetsBase.bindMemory(to: UInt16.self, capacity: count), count: count)
    }

    /// Answer, authority and additional sections, from the byte after the question.
    @inlinable
    public var wire: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: nameBase + Int(header.nameLength), count: Int(header.wireLength))
    }

    /// Whether the TTL has run out at `now`. Moments are compared as RFC 1982 compares serial numbers, so the clock may
    /// wrap; they must lie less than 2^31 seconds apart.
    @inlinable
    public func isExpired(now: UInt32) -> Bool { remaining(now: now) == 0 }

    /// Seconds until the TTL runs out; 0 if it has.
    @inlinable
    public func remaining(now: UInt32) -> UInt32 {
        UInt32(max(0, Int32(truncatingIfNeeded: expiresAt &- now)))
    }

    /// Claims the task of asking upstream for a fresh answer. True for the first caller only, until the answer is
    /// replaced or `endPrefetching` gives the claim back.
    public func markPrefetching() -> Bool {
        guard !flags.contains(.prefetching) else { return false }
        set(flags.union(.prefetching))
        return true
    }

    /// Upstream gave nothing to replace this answer with; somebody else may try.
    public func endPrefetching() { set(flags.subtracting(.prefetching)) }
}

extension EntryView {
    // These hold for a filler too, which may be shorter than a header and end where the mapping ends.
    var flags: EntryFlags { EntryFlags(rawValue: base.load(fromByteOffset: EntryHeader.flagsOffset, as: UInt8.self)) }
    var isLive: Bool { flags.isDisjoint(with: .gone) }
    var length: Int { Int(base.load(as: UInt16.self)) * 8 }

    func set(_ flags: EntryFlags) {
        base.storeBytes(of: flags.rawValue, toByteOffset: EntryHeader.flagsOffset, as: UInt8.self)
    }

    /// Writes a whole entry. There is room for `length` bytes, which is `EntryHeader.entryLength` of the answer.
    func write(_ answer: NewAnswer, length: Int) {
        base.storeBytes(of: EntryHeader(answer, length: length), as: EntryHeader.self)
        copy(UnsafeRawBufferPointer(answer.ttlOffsets), to: offsetsBase)
        copy(answer.key.name, to: nameBase)
        copy(answer.wire, to: nameBase + answer.key.name.count)
    }

    private func copy(_ part: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
        if let source = part.baseAddress { memcpy(place, source, part.count) }
    }

    @inline(__always)
    func hasName(_ other: UnsafeRawBufferPointer) -> Bool {
        guard other.count == Int(header.nameLength), let start = other.baseAddress else { return false }
        return memcmp(nameBase, start, other.count) == 0
    }

    @inline(__always)
    func matches(_ key: CacheKey) -> Bool {
        let header = header
        return header.nameHash == UInt32(truncatingIfNeeded: key.nameHash) && header.type == key.type
            && header.variant == key.variant && header.recordClass == key.recordClass && hasName(key.name)
    }

    /// Whether the entry's name is `zone` or lies under it, label by label: `badexample.` is not under `example.`.
    func isWithin(zone: UnsafeRawBufferPointer) -> Bool {
        var rest = name
        while rest.count > zone.count {
            let label = 1 + Int(rest[0])
            guard label < rest.count else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[label...])
        }
        guard rest.count == zone.count, let start = rest.baseAddress, let zoneStart = zone.baseAddress else {
            return false
        }
        return memcmp(start, zoneStart, zone.count) == 0
    }

    /// Whether the entry can still be served, stale ones included (RFC 8767).
    func isOfUse(now: UInt32, staleAllowance: UInt32) -> Bool {
        let overdue = Int32(truncatingIfNeeded: now &- expiresAt)
        return overdue < 0 || UInt32(overdue) < staleAllowance
    }
}
