import LinuxIO
import Synchronization
import Telemetry
import Testing

@Suite struct MailboxTests {
    @Test func fourThreadsPostAndNothingIsLostOrReordered() throws {
        struct Letter: Sendable {
            let sender: Int
            let number: Int
        }
        let each = 20_000
        let mailbox = try Mailbox<Letter>()
        let loop = try EventLoop()
        var received = [0, 0, 0, 0]
        var isOrdered = true
        _ = try mailbox.attach(to: loop) { [unowned loop] letter in
            if letter.number != received[letter.sender] { isOrdered = false }
            received[letter.sender] += 1
            if received.allSatisfy({ $0 == each }) { loop.stop() }
        }
        let threads = try (0..<4).map { sender in
            try WorkerThread(name: "sender-\(sender)") {
                for number in 0..<each { mailbox.post(Letter(sender: sender, number: number)) }
            }
        }
        var isLate = false
        loop.schedule(at: loop.now.advanced(byMilliseconds: 20_000)) { [unowned loop] in
            isLate = true
            loop.stop()
        }
        try loop.run()
        for thread in threads { thread.join() }
        #expect(received == [each, each, each, each])
        #expect(isOrdered)
        #expect(!isLate)
    }

    @Test func oneWakeUpBringsAllThatWaits() throws {
        let mailbox = try Mailbox<Int>()
        let loop = try EventLoop()
        var received: [Int] = []
        _ = try mailbox.attach(to: loop) { message in
            received.append(message)
            if message == 1 { mailbox.post(100) }
        }
        for number in 1...3 { mailbox.post(number) }
        try loop.runOnce(waitingAtMost: 0)
        #expect(received == [1, 2, 3])
        try loop.runOnce(waitingAtMost: 0)
        #expect(received == [1, 2, 3, 100])
        try loop.runOnce(waitingAtMost: 0)
        #expect(received.count == 4)
    }

    @Test func closedMailboxRefusesAndGivesBack() throws {
        let mailbox = try Mailbox<Int>()
        #expect(mailbox.post(1))
        #expect(mailbox.close() == [1])
        #expect(!mailbox.post(2))
        #expect(mailbox.close() == [])
    }

    @Test func threadNamesAreCutAndJoinWaits() throws {
        let done = Mutex(false)
        let thread = try WorkerThread(name: "a-name-longer-than-fifteen") { done.withLock { $0 = true } }
        thread.join()
        thread.join()
        #expect(done.withLock { $0 })
    }
}
