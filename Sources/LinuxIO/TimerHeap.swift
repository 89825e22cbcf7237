// Timers: a binary heap in which each timer knows its place, so that cancelling is O(log n) too. Making a timer
// allocates; scheduling it again and again doesn't.

internal import Telemetry

/// A timer, to be scheduled at an EventLoop as often as wanted. One loop at a time.
public final class EventTimer {
    let handler: () -> Void
    /// Place in the heap; nil where it isn't in any.
    fileprivate(set) var position: Int?
    fileprivate(set) var deadline = MonotonicTime(nanoseconds: 0)
    /// Order of scheduling; decides between equal deadlines.
    fileprivate(set) var sequence: UInt64 = 0

    public init(_ handler: @escaping () -> Void) { self.handler = handler }

    /// Whether it waits to fire.
    public var isScheduled: Bool { position != nil }

    fileprivate func comes(before other: EventTimer) -> Bool {
        deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence
    }
}

struct TimerHeap {
    private var timers: [EventTimer] = []
    /// The sequence number that was given last.
    private(set) var newestSequence: UInt64 = 0

    var first: EventTimer? { timers.first }

    /// `timer` must not be in any heap.
    mutating func insert(_ timer: EventTimer, deadline: MonotonicTime) {
        newestSequence += 1
        timer.deadline = deadline
        timer.sequence = newestSequence
        timer.position = timers.count
        timers.append(timer)
        siftUp(timers.count - 1)
    }

    mutating func remove(_ timer: EventTimer) {
        guard let position = timer.position, position < timers.count, timers[position] === timer else { return }
        timer.position = nil
        let last = timers.removeLast()
        if last === timer { return }
        place(last, at: position)
        siftUp(position)
        siftDown(last.position ?? position)
    }

    private mutating func place(_ timer: EventTimer, at position: Int) {
        timers[position] = timer
        timer.position = position
    }

    private mutating func siftUp(_ start: Int) {
        let timer = timers[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            if !timer.comes(before: timers[parent]) { break }
            place(timers[parent], at: position)
            position = parent
        }
        place(timer, at: position)
    }

    private mutating func siftDown(_ start: Int) {
        let timer = timers[start]
        var position = start
        while true {
            var child = 2 * position + 1
            if child >= timers.count { break }
            if child + 1 < timers.count, timers[child + 1].comes(before: timers[child]) { child += 1 }
            if !timers[child].comes(before: timer) { break }
            place(timers[child], at: position)
            position = child
        }
        place(timer, at: position)
    }
}
