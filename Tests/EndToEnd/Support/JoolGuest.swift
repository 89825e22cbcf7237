// What the tests need where there is a real Jool: the virtual machine of Tests/Jool.

import Foundation
import Testing

enum JoolGuest {
    static let isHere = ProcessInfo.processInfo.environment["DNS64D_GUEST"] == "jool"
    /// A look at Jool each second and a half, which may take two and a half: the answers follow within five seconds.
    static let promptly = 5.0
}

extension Trait where Self == ConditionTrait {
    static var needsJool: ConditionTrait {
        .enabled(if: JoolGuest.isHere, "only in the virtual machine with a real Jool: scripts/test-jool")
    }
}

extension NAT64World {
    /// A zone of dns64d's own: answers that depend on no other program.
    private func zones() throws -> String {
        let text = """
            $ORIGIN example.
            @ 60 IN SOA ns admin 1 3600 900 604800 60
            @ 60 IN NS ns
            v4only 60 IN A \(Self.serverAddress)
            native 60 IN AAAA \(Self.clientAddress)

            """
        return "zones: [{ name: example, file: \"\(try house.write("example.zone", text))\" }]"
    }

    func joolConfiguration(_ nat64: String = "", dns64: String = "") throws -> String {
        Self.configuration(nat64, dns64: dns64, backend: "jool", try zones())
    }

    /// dns64d with Jool on the box.
    func joolDaemon(_ nat64: String = "", dns64: String = "", server: String = "workers: 1") throws -> Daemon {
        try daemon(nat64, dns64: dns64, server: server, backend: "jool", try zones())
    }

    /// `jool` with these words on the box; it has to succeed.
    @discardableResult
    func jool(_ words: String) throws -> String {
        try house.must(box.prefix + ["jool"] + words.split(separator: " ").map(String.init))
    }

    /// Loads or unloads the kernel's module, for all namespaces.
    func module(_ words: String...) throws { try house.must(["modprobe"] + words + ["jool"]) }

    /// The names of all instances.
    func instances() throws -> [String] {
        // It lists those of all namespaces.
        try house.must(["jool", "instance", "display", "--csv", "--no-headers"]).split(separator: "\n").map {
            String($0.split(separator: ",", omittingEmptySubsequences: false)[1])
        }
    }

    /// All that there is to say of an instance but for what comes and goes with traffic.
    func settings(of instance: String) throws -> [String] {
        // One shell for all: each program that is started takes its time here.
        let script = """
            set -e
            jool -i \(instance) global display --csv
            for proto in tcp udp icmp; do
                jool -i \(instance) pool4 display --csv --no-headers --$proto
                jool -i \(instance) bib display --csv --no-headers --numeric --$proto | sed -n '/,1$/p'
            done
            """
        return try house.must(box.prefix + ["sh", "-c", script]).split(separator: "\n").map(String.init)
    }

    func rows(_ words: String) throws -> [String] { try jool(words).split(separator: "\n").map(String.init) }

    /// What dns64d answers the client, asked without another program.
    func response(_ name: String = "v4only.example") throws -> DNS? {
        try client.enter { try Ask.udp(Endpoint(Self.boxAddress6, 53), .query(name, Kind.aaaa), within: 5) }
    }

    func isSynthesized(_ address: String = server6) throws -> Bool { try response()?.addresses == [address] }

    func expectPings(
        _ what: String, _ address: String = server6, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let ping = try run(client, "ping -n -c 2 -i 0.2 -W 10 \(address)")
        #expect(ping.status == 0, "\(what): \(ping.output)\(ping.errors)", sourceLocation: sourceLocation)
    }

    /// Does something to Jool, and expects that soon no AAAA is synthesized any more, for this reason.
    ///
    /// - Returns: the reason, as the status has it.
    @discardableResult
    func expectBad(
        _ daemon: Daemon, _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) throws -> [String: Any] {
        try body()
        let begin = Clock.now
        let isDown = try eventually(within: 20, every: 50) { try !isSynthesized() }
        let seconds = Clock.now - begin
        #expect(
            isDown && seconds < JoolGuest.promptly, "\(code): after \(seconds) s", sourceLocation: sourceLocation)
        let (health, reasons) = try daemon.health()
        let codes = reasons.map { $0["code"] as? String ?? "" }
        #expect(health == "bad" && codes == [code], "\(health) \(reasons)", sourceLocation: sourceLocation)
        #expect(
            reasons.allSatisfy { ($0["remedy"] as? String ?? "").isEmpty == false }, "a command that mends it",
            sourceLocation: sourceLocation)
        return reasons.first ?? [:]
    }

    /// Does something to Jool, and expects that all is well again: seen, and the plan applied, which takes many programs.
    ///
    /// - Returns: seconds that it took.
    @discardableResult
    func expectGood(
        _ daemon: Daemon, within limit: Double = 40, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) throws -> Double {
        try body()
        let begin = Clock.now
        let isBack = try eventually(within: limit, every: 50) { try isSynthesized() }
        let seconds = Clock.now - begin
        #expect(
            isBack, "after \(seconds) s: \(daemon.nat64Text)\(daemon.child.errors)",
            sourceLocation: sourceLocation)
        let (health, reasons) = try daemon.health()
        #expect(health == "good", "\(reasons)", sourceLocation: sourceLocation)
        return seconds
    }

    /// dns64d does not start, says why, and has changed nothing.
    func expectRefused(
        _ nat64: String, dns64: String = "", prefix: [String] = [], saying words: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let finished = try runDaemon([], nat64, dns64: dns64, backend: "jool", prefix: prefix)
        #expect(finished.status == 1, "\(finished)", sourceLocation: sourceLocation)
        for word in words {
            #expect(finished.errors.contains(word), "\(word): \(finished.errors)", sourceLocation: sourceLocation)
        }
    }
}

extension Daemon {
    /// Writes another configuration and has it read.
    func reload(_ configuration: String) throws -> Finished {
        try rewrite(configuration)
        return try ctl("reload")
    }
}
