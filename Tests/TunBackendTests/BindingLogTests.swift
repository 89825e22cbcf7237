import Glibc
import NAT64Backend
import NetAddress
import Synchronization
import Testing

@testable import Translator
@testable import TunBackend

@Suite struct BindingLogTests {
    private let event = BindingEvent(
        kind: .bind, proto: .tcp, client: IPv6Address("2001:db8::7")!, clientPort: 5000,
        publicAddress: IPv4Address("192.0.2.1")!, publicPorts: 40000...40000)

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test func linesAreJSON() {
        #expect(
            event.line("T", subscriberPrefixLength: 64)
                == #"{"time":"T","event":"bind","proto":"tcp","client":"2001:db8::7","client-port":5000,"#
                + #""public":"192.0.2.1","port":40000}"#)
        let block = BindingEvent(
            kind: .blockOpen, proto: nil, client: IPv6Address("2001:db8::")!, clientPort: 0,
            publicAddress: IPv4Address("192.0.2.1")!, publicPorts: 1024...1279)
        #expect(
            block.line("T", subscriberPrefixLength: 56)
                == #"{"time":"T","event":"block-open","subscriber":"2001:db8::/56","public":"192.0.2.1","#
                + #""ports":"1024-1279"}"#)
    }

    @Test func timesAreThoseOfTheCalendar() {
        #expect(WallTime(milliseconds: 0).description == "1970-01-01T00:00:00.000Z")
        #expect(WallTime(milliseconds: 1_738_367_999_042).description == "2025-01-31T23:59:59.042Z")
    }

    @Test func aFileThatWasMovedAwayIsLeftAlone() async throws {
        let path = "/tmp/binding-log-\(getpid())"
        defer {
            unlink(path)
            unlink(path + ".1")
        }
        let log = try BindingLogWriter(.file(path), subscriberPrefixLength: 64) { Issue.record("\($0)") }
        log.write([event, event])
        try await Trial.eventually("written") { lineCount(path) == 2 }
        try #require(rename(path, path + ".1") == 0)
        log.write([event])
        try await Trial.eventually("written to a new file") { lineCount(path) == 1 }
        #expect(lineCount(path + ".1") == 2)
        log.write([event])
        log.stop()
        #expect(lineCount(path) == 2 && log.lostLines == 0)
        log.write([event])
        #expect(log.lostLines == 1)
    }

    private func lineCount(_ path: String) -> Int {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let count = read(file, &bytes, bytes.count)
        return bytes.prefix(max(0, count)).count { $0 == 10 }
    }

    @Test func aFileThatCannotBeIsRefusedAtOnce() {
        #expect(throws: BackendFailure.self) {
            try BindingLogWriter(.file("/nowhere/at/all"), subscriberPrefixLength: 64) { _ in }
        }
    }

    @Test func whereTheDiskIsFullThatIsToldOnce() throws {
        let told = Lines()
        let log = try BindingLogWriter(.file("/dev/full"), subscriberPrefixLength: 64) { line in
            told.all.withLock { $0.append(line) }
        }
        for _ in 0..<5 { log.write([event]) }
        log.stop()
        #expect(told.all.withLock { $0.count } == 1)
        #expect(log.lostLines == 5)
    }

    @Test func withoutAFileLinesGoToTheDaemon() throws {
        let taken = Lines()
        let log = try BindingLogWriter(
            .lines { line in taken.all.withLock { $0.append(line) } }, subscriberPrefixLength: 64
        ) { _ in }
        log.write([event])
        log.stop()
        #expect(taken.all.withLock { $0.count } == 1)
    }
}
