// `Soak DNS64D DNS64CTL SECONDS [sanitized]`: one daemon under mixed load, watched from outside. Fails where it
// grows, loses a query without a named reason, says something wrong or ends. A daemon that a sanitizer slows down and
// swells may grow, and end slowly.

internal import Foundation
internal import Glibc
internal import Synchronization

@main
struct Soak {
    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 4 || words.count == 5 && words[4] == "sanitized", let seconds = Int(words[3]),
            seconds >= 30
        else {
            say("usage: Soak DNS64D DNS64CTL SECONDS [sanitized]; 30 seconds or more")
            exit(2)
        }
        let upstream = try FakeUpstream()
        upstream.start()
        let isSanitized = words.count == 5
        let daemon = try Daemon(
            program: words[1], control: words[2], upstreamPort: upstream.port, isSanitized: isSanitized)
        let conductor = Conductor(daemon: daemon, upstream: upstream, seconds: seconds, isSanitized: isSanitized)
        do {
            try conductor.run()
        } catch {
            daemon.abandon()
            say("soak: FAILED: \(error)")
            exit(1)
        }
        say("soak: passed")
        exit(0)
    }
}

/// Prints a line at once, whatever standard output is.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
