import Glibc
import NetAddress
import Synchronization
import Testing

@testable import LinuxIO

@Suite struct ProcessTests {
    @Test func rootBecomesNobodyForGood() async throws {
        guard Privileges.isRoot else {
            notRun("rootBecomesNobodyForGood: not run, needs root")
            return
        }
        await #expect(processExitsWith: .success) {
            try Privileges.drop(toUser: "nobody", keeping: [.bindService])
            try #require(!Privileges.isRoot)
            try #require(setuid(0) == -1)
            try #require(open("/etc/shadow", O_RDONLY) == -1)
            // The one right that was kept.
            var options = DatagramOptions()
            options.bindsForeignAddress = true
            _ = try DatagramSocket(bind: SocketAddress("127.77.0.1", 61), options: options).descriptor
        }
        await #expect(processExitsWith: .success) {
            try Privileges.drop(toUser: "nobody", keeping: [.bindService, .networkAdministration], ambient: true)
            // grep is run as another program: an ambient right must have reached it. Bits 10 and 12: 0x1400.
            try #require(Scratch.run("grep", "-q", "CapEff:.*0000000000001400", "/proc/self/status") == 0)
        }
    }

    @Test func unknownNamesAreErrors() {
        #expect(throws: PrivilegesFailure.unknownUser("no-such-user")) { try Privileges.drop(toUser: "no-such-user") }
        #expect(throws: PrivilegesFailure.unknownGroup("no-such-group")) {
            try Privileges.drop(toUser: "root", group: "no-such-group")
        }
    }

    @Test func processorsCanBeCountedAndPinned() throws {
        let allowed = try Processors.allowed()
        let last = try #require(allowed.last)
        let seen = Mutex<[Int]>([])
        let thread = try WorkerThread(name: "pinned") {
            try? Processors.pinCurrentThread(to: last)
            let list = (try? Processors.allowed()) ?? []
            seen.withLock { $0 = list }
        }
        thread.join()
        #expect(seen.withLock { $0 } == [last])
        #expect(try Processors.allowed() == allowed)
        #expect(throws: Errno.invalidArgument) { try Processors.pinCurrentThread(to: 100_000) }
        #expect(throws: Errno.invalidArgument) { try Processors.pinCurrentThread(to: -1) }
    }

    @Test func descriptorLimitBecomesTheHardOne() async {
        await #expect(processExitsWith: .success) {
            let limit = try Privileges.raiseDescriptorLimit()
            try #require(limit >= 64)
            try #require(limit == Int(sysconf(Int32(_SC_OPEN_MAX))))
        }
    }

    @Test func signalsArriveAsEvents() async {
        await #expect(processExitsWith: .success) {
            try SignalWatch.block()
            let loop = try EventLoop()
            var seen: [Signal] = []
            let watch = try SignalWatch(loop: loop) { seen.append($0) }
            // To this thread: those of the test runner were there before and block nothing.
            for signal in Signal.steering { pthread_kill(pthread_self(), signal.number) }
            _ = try loop.run { seen.count == 4 }
            try #require(Set(seen) == Set(Signal.steering))
            withExtendedLifetime(watch) {}
        }
    }

    @Test func ownerClosesAndReleaseDoesNot() throws {
        let ends = connectedPair()
        do {
            let owner = OwnedDescriptor(adopting: ends[1])
            let copy = try owner.duplicate()
            #expect(copy.raw != owner.raw)
        }
        // The last writer is gone: end of file rather than EAGAIN.
        var octet: UInt8 = 0
        #expect(read(ends[0], &octet, 1) == 0)
        let number = OwnedDescriptor(adopting: ends[0]).release()
        #expect(fcntl(number, F_GETFD) != -1)
        close(number)
    }
}
