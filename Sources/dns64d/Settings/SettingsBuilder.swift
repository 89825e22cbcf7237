// From the configuration, the zone files and the machine's addresses to the settings of the two halves.

internal import DNSMessage
internal import DaemonConfig
internal import LinuxIO
internal import NetAddress
internal import Resolver
internal import Upstream

/// Everything that a reload swaps.
struct Settings {
    let configuration: Configuration
    let resolver: ResolverSettings
    let upstream: UpstreamSettings
    /// What is no error but should be known.
    let warnings: [String]

    func replacing(_ resolver: ResolverSettings) -> Settings {
        Settings(configuration: configuration, resolver: resolver, upstream: upstream, warnings: warnings)
    }
}

/// Why there are no settings.
struct SettingsFailure: Error, CustomStringConvertible {
    let problems: [String]
    var description: String { problems.joined(separator: "\n") }
}

struct SettingsBuilder {
    let configuration: Configuration
    /// This machine's addresses, for `allow: auto` and so that we never ask ourselves.
    let interfaces: [InterfaceAddress]
    /// Used where the configuration gives none.
    let cookieSecret: [UInt8]
    /// Servers of resolv.conf.
    let systemServers: [SocketAddress]
    /// What the translator's health means for answers.
    var translator = SynthesisPolicy.TranslatorState.works

    func build() throws(SettingsFailure) -> Settings {
        var values = ResolverSettings.Values()
        var warnings = configuration.warnings
        let server = configuration.server
        values.policies = PolicyBuilder.policies(configuration, translator: translator)
        values.allow = IPPrefixSet(allowed)
        values.allowOrigin = configuration.origin(of: "server.allow")
        values.udpSize = UInt16(clamping: server.udpSize)
        values.cookies = server.cookies
        values.cookieSecret = server.cookieSecret ?? cookieSecret
        values.refusedRate = UInt32(clamping: server.refusedRate)
        values.pendingLimit = server.pending
        values.maxAliases = configuration.dns64.maxAliases
        setCache(&values)
        values.forwardZones = configuration.upstream.compactMap { DomainName($0.zone) }.filter { !$0.isRoot }
        values.localData = LocalData(zones: try loadZones(), emptyZones: emptyZones(values.forwardZones))
        let upstream = upstreamSettings(&warnings)
        return Settings(
            configuration: configuration, resolver: ResolverSettings(values), upstream: upstream, warnings: warnings)
    }

    private func setCache(_ values: inout ResolverSettings.Values) {
        let cache = configuration.cache
        values.minTTL = cache.minTTL.wholeSeconds
        values.maxTTL = cache.maxTTL.wholeSeconds
        values.maxNegativeTTL = cache.maxNegativeTTL.wholeSeconds
        values.prefetch = cache.prefetch
        values.serveStale = cache.serveStale.enabled
        values.staleMaxAge = cache.serveStale.maxAge.wholeSeconds
        values.staleReplyAfter = cache.serveStale.replyAfter.wholeMilliseconds
        values.staleTTL = cache.serveStale.answerTTL.wholeSeconds
    }

    /// `auto`: loopback, and the networks that this machine is on.
    private var allowed: [IPPrefix] {
        if case .networks(let networks) = configuration.server.allow { return networks }
        let loopback = [IPPrefix("127.0.0.0/8"), IPPrefix("::1/128")].compactMap { $0 }
        let own = interfaces.filter { $0.isUp && !$0.isLoopback }.compactMap(\.network)
        return loopback + own.filter { !loopback.contains($0) }
    }

    // MARK: zones

    private func loadZones() throws(SettingsFailure) -> [LocalZone] {
        var zones: [LocalZone] = []
        var problems: [String] = []
        for (index, zone) in configuration.zones.enumerated() {
            let path = configuration.path(of: zone)
            guard let apex = DomainName(zone.name) else { continue }
            do throws(ZoneFile.Failure) {
                let file = try ZoneFile(path: path, origin: apex)
                do throws(LocalZone.Failure) {
                    zones.append(
                        try LocalZone(
                            apex: apex, records: file.records, forwardsDelegations: zone.referrals == .forward))
                } catch {
                    problems.append("\(configuration.origin(of: "zones[\(index)].file")): \(path): \(error)")
                }
            } catch {
                problems.append("\(configuration.origin(of: "zones[\(index)].file")): \(error)")
            }
        }
        guard problems.isEmpty else { throw SettingsFailure(problems: problems) }
        return zones
    }

    /// RFC 6303 section 3: an administrator's own zone, or servers of its own for one, come before a built-in empty
    /// zone.
    private func emptyZones(_ forwardZones: [DomainName]) -> [DomainName] {
        guard configuration.emptyZones.enabled else { return [] }
        let except = configuration.emptyZones.except.compactMap { DomainName($0) }
        return EmptyZones.all.filter { zone in
            !except.contains(zone)
                && !forwardZones.contains { $0.isSubdomain(of: zone) || zone.isSubdomain(of: $0) }
        }
    }

    // MARK: upstream

    private func upstreamSettings(_ warnings: inout [String]) -> UpstreamSettings {
        var zones: [UpstreamZone] = []
        for entry in configuration.upstream {
            guard let name = DomainName(entry.zone) else { continue }
            var zone = UpstreamZone(zone: name, servers: servers(entry, &warnings))
            switch entry.policy {
            case .fastest: zone.policy = .fastest
            case .ordered: zone.policy = .ordered
            case .race: zone.policy = .race
            }
            zone.timeoutMilliseconds = entry.timeout.wholeMilliseconds
            zone.ednsSize = UInt16(clamping: entry.ednsSize)
            zone.caseRandomization = entry.caseRandomization
            zone.transport = entry.transport == .tcp ? .tcp : .udp
            zone.trustAD = entry.trustAD
            zones.append(zone)
        }
        return UpstreamSettings(zones: zones)
    }

    private func servers(_ entry: Configuration.Upstream, _ warnings: inout [String]) -> [SocketAddress] {
        var servers: [SocketAddress] = []
        for server in entry.servers {
            switch server {
            case .system:
                if systemServers.isEmpty {
                    warnings.append("upstream \(entry.zone): /etc/resolv.conf names no server that is not this one")
                }
                servers += systemServers
            case .address(var address, let scope):
                if let scope {
                    guard let interface = interfaces.first(where: { $0.name == scope }) else {
                        warnings.append("upstream \(entry.zone): \(address)%\(scope): there is no interface \(scope)")
                        continue
                    }
                    address.scope = interface.index
                }
                servers.append(address)
            }
        }
        return servers
    }
}
