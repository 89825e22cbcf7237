// The configuration read anew (SIGHUP, `dns64ctl reload`), and the world changing by itself. A bad file changes
// nothing; a good one is
// built whole and then swapped, with the cache and the queries under way untouched.

internal import AnswerCache
internal import ControlProtocol
internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import Listeners
internal import Logging
internal import NetAddress
internal import Resolver
internal import Upstream

extension SettingsBuilder {
    /// With what this machine says now.
    init(configuration: Configuration, cookieSecret: [UInt8], translator: SynthesisPolicy.TranslatorState) {
        let interfaces = (try? InterfaceAddresses.list()) ?? []
        self.init(
            configuration: configuration, interfaces: interfaces, cookieSecret: cookieSecret,
            systemServers: Self.systemServers(configuration, interfaces), translator: translator)
    }

    /// The servers of resolv.conf, ourselves left out.
    private static func systemServers(_ configuration: Configuration, _ interfaces: [InterfaceAddress])
        -> [SocketAddress]
    {
        var listening: [SocketAddress] = []
        for entry in configuration.server.listen {
            switch entry {
            case .address(let address):
                listening.append(address)
                if address.address.isAny { listening += interfaces.map { $0.socketAddress(port: address.port) } }
            case .linkLocal(let address, _): listening.append(address)
            case .interface(let name, let port):
                listening += interfaces.filter { $0.name == name }.map { $0.socketAddress(port: port) }
            }
        }
        return SystemServers.servers(inResolvConf: contents(Daemon.resolvConf), listening: listening)
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

extension Daemon {
    /// Reads the configuration anew. The translator follows first: if it can't, nothing changes.
    func reload(_ done: @escaping @Sendable (ControlResponse) -> Void) {
        try? serviceManager.notify(.reloading)
        do {
            let fresh = try rebuild(try ConfigurationLoader.load(file: file))
            let box = Uncopied(fresh)
            applyPlan(fresh.configuration) { daemon, failure in
                // A line each: what is wrong, and what mends it.
                let lines = failure.map { "nat64: \($0)".split(separator: "\n").map(String.init) }
                done(lines.map { daemon.notReloaded($0) } ?? daemon.reloaded(box.value))
            }
        } catch {
            done(notReloaded((error as? ConfigurationErrors)?.errors.map(\.description) ?? ["\(error)"]))
        }
    }

    private func reloaded(_ fresh: Settings) -> ControlResponse {
        let changes = swap(fresh)
        lastReloadError = nil
        loadedAt = .read()
        LogThreshold.level = Logger.Level(fresh.configuration.log.level)
        log.notice("reloaded \(file)")
        try? serviceManager.notify(.ready, .status(statusLine))
        return .reload(
            ReloadReport(
                configurationFile: file, summary: "reloaded; the cache and queries under way were kept",
                changes: changes, warnings: fresh.warnings + listenProblems))
    }

    private func notReloaded(_ problems: [String]) -> ControlResponse {
        lastReloadError = problems.joined(separator: "\n")
        log.error("not reloaded, nothing changed:\n\(problems.joined(separator: "\n"))")
        try? serviceManager.notify(.ready, .status(statusLine))
        return .refused(Refusal(code: .configuration, message: "not reloaded, nothing changed", errors: problems))
    }

    /// Addresses or resolv.conf changed: the same configuration means something else now.
    func environmentChanged(_ what: String) {
        do {
            let fresh = try rebuild(settings.configuration)
            log.debug("\(what)")
            _ = swap(fresh)
        } catch {
            log.error("\(what), and the settings can't be built anew:\n\(error)")
        }
    }

    private func swap(_ fresh: Settings) -> [String] {
        let (old, new) = (settings.configuration, fresh.configuration)
        let upstreamChanged = settings.upstream != fresh.upstream
        settings = fresh
        mailboxes.postToAll(.settings(fresh.resolver, fresh.upstream))
        streams.setLimits(Listeners.StreamLimits(new.server.tcp))
        cache.setStaleAllowance(new.cache.serveStale.enabled ? new.cache.serveStale.maxAge.wholeSeconds : 0)
        setQueryLog()
        let problems = sockets.update(new.server.listen, (try? InterfaceAddresses.list()) ?? [])
        for problem in problems + fresh.warnings where !listenProblems.contains(problem) { log.warning("\(problem)") }
        listenProblems = problems
        var changes: [String] = []
        func note(_ name: String, _ changed: Bool, needsRestart: Bool = false) {
            if changed { changes.append(needsRestart ? "\(name): takes effect at the next start" : name) }
        }
        note("server.listen", old.server.listen != new.server.listen)
        note("server.workers", old.server.workers != new.server.workers, needsRestart: true)
        note("server.user", old.server.user != new.server.user, needsRestart: true)
        note("control", old.control != new.control, needsRestart: true)
        note("dns64", old.dns64 != new.dns64)
        note("clients", old.clients != new.clients)
        note("upstream", old.upstream != new.upstream || upstreamChanged)
        note("cache.size", old.cache.size != new.cache.size, needsRestart: true)
        note("zones", old.zones != new.zones)
        note("nat64.backend", old.nat64.backend != new.nat64.backend, needsRestart: true)
        note("nat64.jool", old.nat64.jool.withoutGlobals != new.nat64.jool.withoutGlobals, needsRestart: true)
        note("nat64.tun", old.nat64.tun != new.nat64.tun, needsRestart: true)
        note("nat64", PlanBuilder.plan(old) != PlanBuilder.plan(new) || old.nat64.whenDown != new.nat64.whenDown)
        return changes
    }
}

extension Configuration.NAT64.Jool {
    /// What holds as long as the daemon runs.
    fileprivate var withoutGlobals: Self {
        var copy = self
        copy.globals = .init()
        return copy
    }
}

extension IPAddress {
    /// 0.0.0.0 or ::.
    var isAny: Bool {
        switch self {
        case .v4(let address): address.rawValue == 0
        case .v6(let address): address.high == 0 && address.low == 0
        }
    }
}
