// Pages of what Jool lists at once.

internal import LinuxIO
internal import NAT64Backend
internal import Telemetry

/// Readings of which a part was handed out, for the pages that follow.
struct Listings<Entry: Hashable & Sendable>: Sendable {
    private struct Listing {
        var number: UInt64
        var entries: [Entry]
        var readAt: MonotonicTime
    }

    private var listings: [Listing] = []
    private var lastNumber: UInt64 = 0

    /// Readings at a time, and nanoseconds that each is kept after it was last asked for.
    private static var limit: Int { 4 }
    private static var lifetime: UInt64 { 120_000_000_000 }

    /// The first page; the rest is kept.
    mutating func first(_ entries: [Entry], limit: Int) -> EntryPage<Entry> {
        guard entries.count > limit else { return EntryPage(entries: entries, next: nil) }
        lastNumber += 1
        forget()
        listings = listings.suffix(Self.limit - 1)
        listings.append(Listing(number: lastNumber, entries: entries, readAt: .read()))
        return EntryPage(entries: Array(entries[..<limit]), next: "\(lastNumber).\(limit)")
    }

    /// - Parameter cursor: `7.1000`, the reading's number and a place in it.
    mutating func next(_ cursor: String, limit: Int) throws(BackendFailure) -> EntryPage<Entry> {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt64(parts[0]), let place = Int(parts[1]), place >= 0 else {
            throw BackendFailure(.invalid, "\"\(cursor)\" is not the end of a page")
        }
        forget()
        guard let index = listings.firstIndex(where: { $0.number == number }) else {
            throw BackendFailure(
                .invalid, "the page before \"\(cursor)\" is too old", remedy: "begin with the first page")
        }
        let entries = listings[index].entries
        guard place < entries.count else { return EntryPage(entries: [], next: nil) }
        let end = min(place + limit, entries.count)
        if end == entries.count {
            listings.remove(at: index)
            return EntryPage(entries: Array(entries[place...]), next: nil)
        }
        listings[index].readAt = .read()
        return EntryPage(entries: Array(entries[place..<end]), next: "\(number).\(end)")
    }

    private mutating func forget() {
        let now = MonotonicTime.read()
        listings.removeAll { now.since($0.readAt) > Self.lifetime }
    }
}
