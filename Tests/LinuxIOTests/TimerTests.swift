import LinuxIO
import Telemetry
import Testing

@Suite struct TimerTests {
    @Test func timersFireByDeadlineThenByOrderOfScheduling() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        let start = loop.now
        // Deadlines with many ties, in an order that is neither sorted nor reversed.
        let deadlines = (0..<200).map { UInt64(($0 * 73) % 40) }
        for (index, deadline) in deadlines.enumerated() {
            loop.schedule(at: start.advanced(byNanoseconds: deadline)) { fired.append(index) }
        }
        #expect(try loop.run { fired.count == deadlines.count })
        #expect(fired == deadlines.indices.sorted { (deadlines[$0], $0) < (deadlines[$1], $1) })
    }

    @Test func cancelledTimersStaySilentAndTheOthersKeepTheirOrder() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        let start = loop.now
        let timers = (0..<300).map { index in
            loop.schedule(at: start.advanced(byNanoseconds: UInt64((index * 131) % 300))) { fired.append(index) }
        }
        for index in stride(from: 0, to: 300, by: 3) { loop.cancel(timers[index]) }
        loop.cancel(timers[0])
        #expect(!timers[0].isScheduled && timers[1].isScheduled)
        #expect(try loop.run { fired.count == 200 })
        try loop.runOnce(waitingAtMost: 0)
        #expect(fired == (0..<300).filter { $0 % 3 != 0 }.sorted { ($0 * 131) % 300 < ($1 * 131) % 300 })
    }

    @Test func rescheduledTimerMovesAndFiresOnce() throws {
        let loop = try EventLoop()
        var order: [String] = []
        let timer = EventTimer { order.append("moved") }
        loop.schedule(timer, at: loop.now)
        loop.schedule(timer, at: loop.now.advanced(byMilliseconds: 20))
        loop.schedule(at: loop.now.advanced(byMilliseconds: 5)) { order.append("fixed") }
        #expect(try loop.run { order.count == 2 })
        try loop.runOnce(waitingAtMost: 30_000_000)
        #expect(order == ["fixed", "moved"])
        loop.schedule(timer, at: loop.now)
        #expect(try loop.run { order.count == 3 })
    }

    @Test func timerIsNeverEarlyAndTheLoopSleepsTillThen() throws {
        let loop = try EventLoop()
        let deadline = MonotonicTime.read().advanced(byMilliseconds: 30)
        var firedAt: MonotonicTime?
        loop.schedule(at: deadline) { firedAt = .read() }
        try loop.runOnce()
        let moment = try #require(firedAt)
        #expect(moment >= deadline)
        #expect(loop.now >= deadline)
    }

    @Test func timerThatIsDueInTheSamePassCanStillBeCancelled() throws {
        let loop = try EventLoop()
        var fired = 0
        let second = EventTimer { fired += 1 }
        loop.schedule(at: loop.now) { loop.cancel(second) }
        loop.schedule(second, at: loop.now)
        try loop.runOnce(waitingAtMost: 0)
        try loop.runOnce(waitingAtMost: 0)
        #expect(fired == 0)
    }

    /// A handler that schedules for now must not keep descriptors from their turn.
    @Test func timerScheduledByATimerWaitsForTheNextWakeUp() throws {
        let loop = try EventLoop()
        var fired = 0
        func again(_ loop: EventLoop) {
            fired += 1
            loop.schedule(at: loop.now) { [unowned loop] in again(loop) }
        }
        loop.schedule(at: loop.now) { [unowned loop] in again(loop) }
        try loop.runOnce(waitingAtMost: 0)
        #expect(fired == 1)
        try loop.runOnce()
        #expect(fired == 2)
    }
}
