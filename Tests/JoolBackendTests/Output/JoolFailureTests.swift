import NAT64Backend
import Testing

@testable import JoolBackend

@Suite struct JoolFailureTests {
    private func failure(_ status: Int32, _ words: String, _ command: String = "jool x") throws -> JoolFailure {
        try #require(JoolFailure(.exited(status), standardError: words, command: command))
    }

    @Test func everyTextHasItsCause() throws {
        for (status, words, cause) in KnownFailures.all {
            let failure = try failure(status, words)
            #expect(failure.cause == cause, "\(words)")
            #expect(failure.words == words.trimmingEnd())
            let ours = failure.backendFailure
            #expect(!ours.message.hasSuffix("."), "\(ours.message)")
            #expect(ours.remedy != nil)
            // Jool's own words are for the log, except where nobody knows what they mean.
            if cause != .other { #expect(!ours.message.contains("Error:"), "\(ours.message)") }
        }
    }

    @Test func versionsThatDoNotFit() throws {
        let fromModule = try failure(
            22,
            KnownFailures.refused + "22: Version mismatch. The userspace client's version is 4.1.15.0,\n"
                + "but the kernel module is 4.1.8.0.\nPlease update the kernel module.\n")
        #expect(fromModule.cause == .versionMismatch(client: JoolVersion(4, 1, 15), module: JoolVersion(4, 1, 8)))
        #expect(fromModule.backendFailure.remedy?.hasPrefix("modprobe -r jool && modprobe jool") == true)
        let fromClient = try failure(
            234,
            "Error: Version mismatch. The kernel module's version is 4.1.15.0,\nbut mine is 4.1.9.0.\n"
                + "Please update me.\n")
        #expect(fromClient.cause == .versionMismatch(client: JoolVersion(4, 1, 9), module: JoolVersion(4, 1, 15)))
        #expect(fromClient.backendFailure.remedy?.hasPrefix("apt-get install jool-tools") == true)
        #expect(
            fromClient.backendFailure.message
                == "Jool's client is version 4.1.9.0 and its loaded kernel module 4.1.15.0: they don't fit")
        #expect(try failure(22, "Error: Version mismatch. Nobody knows.").cause == KnownFailures.mismatch)
    }

    @Test func howCallsEnd() throws {
        func cause(_ end: ProgramEnd) -> JoolFailure.Cause? {
            JoolFailure(end, standardError: "", command: "jool x")?.cause
        }
        #expect(JoolFailure(.exited(0), standardError: "Warning: ignored", command: "jool x") == nil)
        #expect(cause(.missing) == .programMissing)
        #expect(cause(.timedOut(seconds: 5)) == .programHung(seconds: 5))
        #expect(cause(.signaled(11)) == .programFailed("was ended by signal 11"))
        #expect(cause(.notStarted("Exec format error\n")) == .programFailed("could not be started: Exec format error"))
        #expect(cause(.tooMuchOutput) == .programFailed("printed more than it can have to say"))
        let missing = try #require(JoolFailure(.missing, standardError: "", command: "jool x")).backendFailure
        #expect(missing.kind == .cannotRunHere)
        #expect(missing.remedy?.contains("apt-get install jool-tools") == true)
        let hung = try #require(JoolFailure(.timedOut(seconds: 5), standardError: "", command: "jool x"))
        #expect(hung.backendFailure.message.hasPrefix("`jool x` did not end within 5 s"))
    }

    @Test func sentencesNameWhatTheyAreAbout() throws {
        let exists = try failure(
            17, KnownFailures.refused + "17: This namespace already has a Jool instance named 'sp ace'.")
        #expect(exists.backendFailure.kind == .conflict)
        #expect(exists.backendFailure.message.contains("`sp ace`"))
        #expect(exists.backendFailure.remedy?.contains("jool instance remove 'sp ace'") == true)
        let pool6 = try failure(
            22, KnownFailures.refused + "22: Sorry; you can't change a NAT64 instance's pool6 for now.",
            "jool -i dns64d global update pool6 64:ff9b:1::/96")
        #expect(pool6.backendFailure.remedy?.contains("jool instance remove dns64d") == true)
        let ports = try failure(
            22,
            KnownFailures.refused
                + "22: Port range 1-60000 intersects with the namespace's ephemeral range (32768-60999).")
        #expect(
            ports.backendFailure.message == "the ports 1-60000 overlap with this host's own source ports (32768-60999)"
        )
        let taken = try failure(
            17,
            KnownFailures.refused
                + "17: Entry 192.0.2.1#45000|2001:db8:1::3#80 collides with 192.0.2.1#45000|2001:db8:1::2#80.",
            "jool bib add")
        #expect(taken.backendFailure.message.hasSuffix("collides with it: 192.0.2.1#45000|2001:db8:1::2#80"))
        #expect(taken.backendFailure.remedy?.hasPrefix("jool bib display") == true)
        let other = try failure(5, "Error: Something\n\u{1b}[1mnew\n")
        #expect(other.backendFailure.message == "`jool x` failed with status 5: Error: Something [1mnew")
        #expect(other.description == "`jool x`: status 5: Error: Something [1mnew")
        #expect(try failure(5, "").backendFailure.message == "`jool x` failed with status 5, and said nothing")
    }

    @Test func anyWordsAreTaken() throws {
        var random = Generator(seed: 22)
        for (status, words, _) in KnownFailures.all {
            let bytes = Array(words.utf8)
            for _ in 0..<60 {
                var mangled = bytes
                if !mangled.isEmpty {
                    mangled[random.next(below: mangled.count)] = UInt8(truncatingIfNeeded: random.next())
                }
                let cut = mangled.prefix(random.next(below: mangled.count + 1))
                let text = String(decoding: cut, as: UTF8.self)
                #expect(try failure(status, text).backendFailure.message.utf8.count < 700)
            }
        }
    }
}

extension String {
    fileprivate func trimmingEnd() -> String { JoolWords.trimmed(self) }
}
