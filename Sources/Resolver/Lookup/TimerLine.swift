// Timers that all take the same time: who came first ends first, so that a line serves where others need a heap.

internal import Telemetry

/// A line of things that end in the order in which they came.
struct TimerLine<Element> {
    private var entries: [(at: MonotonicTime, element: Element)] = []
    private var head = 0

    /// When the first ends.
    var nextDeadline: MonotonicTime? { head < entries.count ? entries[head].at : nil }

    /// `at` is not before that of any other in the line.
    mutating func append(_ element: Element, at: MonotonicTime) { entries.append((at, element)) }

    /// The first, if its time has come.
    mutating func popFirst(until now: MonotonicTime) -> Element? {
        guard let next = nextDeadline, next <= now else { return nil }
        return removeFirst()
    }

    /// Takes away those at the front that have ended by themselves.
    mutating func dropFirst(while hasEnded: (Element) -> Bool) {
        while head < entries.count, hasEnded(entries[head].element) { _ = removeFirst() }
    }

    private mutating func removeFirst() -> Element {
        let element = entries[head].element
        head += 1
        if head > 64, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return element
    }
}
