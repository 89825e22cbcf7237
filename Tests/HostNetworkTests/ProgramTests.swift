// Programs that end as they should, and those that don't: the caller comes back in time whatever they do.

import Foundation
import Glibc
import LinuxIO
import Testing

@testable import HostNetwork

@Suite(.serialized) struct ProgramTests {
    private func run(
        _ program: String, _ arguments: [String], namespace: String? = nil, timeLimit: Duration = .seconds(20),
        outputLimit: Int = 1 << 20
    ) async -> ProgramResult {
        await Programs.run(
            program: program, arguments: arguments, namespace: namespace, timeLimit: timeLimit,
            outputLimit: outputLimit)
    }

    private func shell(_ script: String, timeLimit: Duration = .seconds(20)) async -> ProgramResult {
        await run("sh", ["-c", script], timeLimit: timeLimit)
    }

    @Test func anEndingHasStatusOutputWordsAndTheCallAsTyped() async {
        let result = await shell("echo out; echo a word >&2; exit 3")
        #expect(
            result
                == ProgramResult(
                    termination: .exited(3), output: Array("out\n".utf8), words: "a word",
                    typed: "sh -c 'echo out; echo a word >&2; exit 3'"))
        #expect(await shell("kill -15 $$").termination == .signaled(15))
    }

    @Test func aProgramHasANameOrAnAbsolutePath() async {
        #expect(await run("/bin/sh", ["-c", "exit 0"]).termination == .exited(0))
        #expect(await run("no-such-program", []).termination == .missing)
        #expect(await run("/no/such/program", []).termination == .missing)
        #expect(await run("", []).termination == .missing)
        #expect(await run("../bin/sh", []).termination == .notStarted("../bin/sh is not an absolute path"))
        // They are there, and no programs.
        #expect(await run("/etc", []).termination == .missing)
        #expect(await run("/etc/passwd", []).termination == .missing)
    }

    @Test func argumentsReachTheProgramAsTheyAre() async {
        let words = ["", "$(reboot)", "a b", "'", "*", "-x\ny"]
        let result = await run("printf", ["[%s]"] + words)
        #expect(String(decoding: result.output, as: UTF8.self) == words.map { "[\($0)]" }.joined())
        #expect(await run("echo", ["a\0b"]).termination == .notStarted("an argument holds a zero"))
    }

    @Test func wordsThatAreNoTextAreReadNevertheless() async {
        let result = await shell(#"printf 'a\377b\n\n' >&2"#)
        #expect(result.words == "a\u{fffd}b")
    }

    @Test func tooMuchOutputEndsTheProgram() async {
        let start = ContinuousClock.now
        let result = await run("cat", ["/dev/zero"], outputLimit: 4096)
        #expect(result.termination == .tooMuchOutput)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    /// Nothing to read, nobody to answer: each must end at the limit, for another reason.
    private static let hanging = [
        "sleep 60",
        // A child holds the output open.
        "sleep 60 & sleep 60",
        // A child that is not of the process group does.
        "setsid sleep 20 & sleep 60",
        // Signals that can be refused are.
        "trap '' TERM INT HUP; while :; do sleep 60; done",
        "kill -STOP $$",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: hanging) func aProgramThatHangsIsEndedInTime(_ script: String) async {
        let elapsed = await leastTime {
            let result = await shell(script, timeLimit: .seconds(1))
            #expect(result.termination == .timedOut)
        }
        #expect(elapsed >= .seconds(1) && elapsed < .seconds(2), "\(elapsed)")
    }

    /// What the work takes by itself: the least of a few times, for a busy machine only adds to each.
    private func leastTime(_ work: () async -> Void) async -> Duration {
        var least = Duration.seconds(60)
        for _ in 0..<3 where least >= .seconds(2) {
            least = min(least, await ContinuousClock().measure { await work() })
        }
        return least
    }

    /// The kernel does not let a program go that waits in it for what does not come; nor does work end that hears nothing.
    @Test(.timeLimit(.minutes(1))) func whatCantBeEndedIsNotWaitedFor() async {
        let late = ProgramResult(termination: .timedOut, typed: "x")
        let elapsed = await leastTime {
            let result = await ProgramRunner.inTime(.milliseconds(200), else: late) {
                await Task.detached { try? await Task.sleep(for: .seconds(5)) }.value
                return ProgramResult(termination: .exited(0), typed: "x")
            }
            #expect(result == late)
        }
        #expect(elapsed < .seconds(2), "\(elapsed)")
    }

    @Test(.timeLimit(.minutes(1))) func whatItSaidBeforeIsKept() async {
        let result = await shell("echo out; echo waiting for the lock >&2; sleep 60", timeLimit: .seconds(1))
        #expect(result.termination == .timedOut)
        #expect(result.words == "waiting for the lock")
        #expect(result.output == Array("out\n".utf8))
    }

    @Test(.timeLimit(.minutes(1))) func allThatItStartedIsGone() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "programs-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let script = "sleep 60 & echo $! $$ > \(file); wait"
        #expect(await shell(script, timeLimit: .milliseconds(500)).termination == .timedOut)
        let numbers = try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isWhitespace)
            .compactMap { Int32($0) }
        #expect(numbers.count == 2)
        for _ in 0..<50 where numbers.contains(where: isAlive) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(!numbers.contains(where: isAlive))
    }

    /// Who is killed may stay a zombie until somebody takes note.
    private func isAlive(_ number: Int32) -> Bool {
        guard let text = LocalMachine().read("/proc/\(number)/stat") else { return false }
        return !text.contains(") Z ")
    }

    @Test(.timeLimit(.minutes(1))) func aProgramThatLeavesSomebodyBehindEndsAtOnce() async {
        let start = ContinuousClock.now
        let result = await shell("sleep 5 & echo done")
        #expect(result.termination == .exited(0))
        #expect(result.output == Array("done\n".utf8))
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test(.timeLimit(.minutes(1))) func manyHangAtOnceAndEachEndsInTime() async {
        let start = ContinuousClock.now
        await withTaskGroup(of: ProgramResult.self) { group in
            for _ in 0..<16 { group.addTask { await shell("sleep 60 & sleep 60", timeLimit: .seconds(1)) } }
            for await result in group { #expect(result.termination == .timedOut) }
        }
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test func outputIsWholeEvenIfTheProgramIsGoneBeforeItIsRead() async {
        for _ in 0..<20 {
            let result = await run("head", ["-c", "300000", "/dev/zero"])
            #expect(result.output.count == 300_000)
        }
    }

    @Test(.namespaces) func aProgramRunsInANamespace() async throws {
        let namespace = try NetworkNamespace()
        let result = await run("ip", ["-o", "addr", "show", "dev", "eth0"], namespace: namespace.name)
        #expect(result.termination == .exited(0))
        #expect(String(decoding: result.output, as: UTF8.self).contains("192.0.2.1/24"))
        #expect(result.typed == "nsenter --net=/run/netns/\(namespace.name) -- ip -o addr show dev eth0")
        #expect(await run("sh", ["-c", "exit 9"], namespace: namespace.name).termination == .exited(9))
        #expect(await run("no-such-program", [], namespace: namespace.name).termination == .missing)
        let hanging = await run(
            "sh", ["-c", "sleep 60 & sleep 60"], namespace: namespace.name, timeLimit: .milliseconds(300))
        #expect(hanging.termination == .timedOut)
        #expect(
            await run("ip", ["addr"], namespace: "host-none").termination
                == .notStarted("there is no network namespace host-none"))
    }

    @Test(.namespaces) func aThreadInANamespaceIsAlone() throws {
        let namespace = try NetworkNamespace()
        let inside = try NetworkNamespaces.run(in: namespace.name) {
            LocalMachine().names(in: "/proc/sys/net/ipv4/conf")
        }
        #expect(inside.contains("peer0"))
        #expect(!LocalMachine().names(in: "/proc/sys/net/ipv4/conf").contains("peer0"))
        #expect(throws: Errno.noSuchFile) { try NetworkNamespaces.run(in: "host-none") {} }
        #expect(throws: Errno.noSuchFile) { try NetworkNamespaces.run(in: "../../etc/passwd") {} }
        #expect(NetworkNamespaces.number(of: namespace.name) != nil)
        #expect(NetworkNamespaces.number(of: "host-none") == nil)
    }
}
