// dns64d on the box, as one configuration file makes it, and the announcing programs fed by what it prints.

import Foundation
import Testing

extension WholeBox {
    /// The box's /run, which the machine of the test has no part in.
    var runFolder: String {
        let run = house.path("run")
        mkdir(run, 0o755)
        mkdir(run + "/dns64d", 0o755)
        return run
    }

    /// The box has a /run of its own, and this radvd.
    private func prefix(_ radvd: Radvd) throws -> [String] {
        var mounts = "mount --bind \(runFolder) /run"
        let installed = try Radvd.installed(house).program
        if radvd.program != installed { mounts += " && mount --bind \(radvd.program) \(installed)" }
        return box.prefix + ["sh", "-c", mounts + " && exec \"$@\"", "sh"]
    }

    /// All that a person writes for this network.
    private var configuration: String {
        """
        dns64: { prefixes: ["64:ff9b::/96"] }
        upstream: [{ zone: ., servers: system }]
        nat64: { backend: \(backend) }
        """
    }

    func startDaemon(_ radvd: Radvd) throws -> Daemon {
        let daemon = try Daemon(
            house, server: "workers: 1", configuration, prefix: prefix(radvd), listen: "lan, lo")
        try awaitTranslator(daemon, daemon.child)
        return daemon
    }

    /// The same again; that daemon's control commands then reach this one.
    func startAgain(_ daemon: Daemon, _ radvd: Radvd) throws -> Child {
        let child = try house.start(prefix(radvd) + [Programs.daemon, "--config", daemon.configuration])
        try awaitTranslator(daemon, child)
        return child
    }

    private func awaitTranslator(_ daemon: Daemon, _ child: Child) throws {
        let isGood = eventually(within: 60, every: 50) {
            !child.isRunning || (try? daemon.health().health) == "good"
        }
        guard isGood, child.isRunning else {
            throw HarnessError("the translator: \(daemon.nat64Text)\n\(child.errors)")
        }
    }

    /// What `dns64ctl announce` prints for these words.
    func announcement(_ daemon: Daemon, _ words: [String]) throws -> String {
        let finished = try daemon.ctl(["announce"] + words + ["--interface", "lan"])
        guard finished.status == 0 else { throw HarnessError("announce \(words): \(finished.errors)") }
        return finished.output
    }
}
