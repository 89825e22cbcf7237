// From the configuration to the policies of the resolver core, each with the lines that made it.

internal import DNSMessage
internal import DaemonConfig
internal import NetAddress
internal import Resolver

enum PolicyBuilder {
    static func policies(_ configuration: Configuration, translator: SynthesisPolicy.TranslatorState) -> PolicySet {
        let standard = policy(
            configuration.dns64, label: "default", path: "dns64", configuration, translator: translator)
        let classes = configuration.clients.enumerated().map { index, client in
            (
                match: IPPrefixSet(client.match),
                policy: policy(
                    client.effective, label: client.name ?? "clients[\(index)]", path: "clients[\(index)].dns64",
                    configuration, translator: translator)
            )
        }
        return PolicySet(classes: classes, standard: standard)
    }

    private static let keys = [
        "mode", "prefixes", "suffix", "exclude-aaaa", "exclude-a", "exclude-names", "ignore-aaaa", "break-dnssec",
        "reverse",
        "aaaa-failure", "a-failure", "ttl-without-soa", "service-bindings",
    ]

    private static func policy(
        _ dns64: Configuration.DNS64, label: String, path: String, _ configuration: Configuration,
        translator: SynthesisPolicy.TranslatorState
    ) -> SynthesisPolicy {
        var values = SynthesisPolicy.Values()
        values.translator = translator
        values.label = label
        switch dns64.mode {
        case .standard: values.mode = .standard
        case .synthall: values.mode = .synthall
        case .off: values.mode = .off
        }
        values.prefixes = dns64.prefixes
        values.suffix = dns64.suffix
        values.excludeAAAA = IPPrefixSet(dns64.excludeAAAA)
        values.excludeA = dns64.excludeA.flatMap(excluded)
        values.excludeNames = dns64.excludeNames.compactMap { DomainName($0) }
        values.ignoreAAAA = dns64.ignoreAAAA.compactMap { DomainName($0) }
        values.breakDNSSEC = dns64.breakDNSSEC
        switch dns64.reverse {
        case .cname: values.reverse = .cname
        case .direct: values.reverse = .direct
        case .off: values.reverse = .off
        }
        values.synthesizeOnAAAAFailure = dns64.aaaaFailure == .synthesize
        values.failOnAFailure = dns64.aFailure == .servfail
        values.ttlWithoutSOA = dns64.ttlWithoutSOA.wholeSeconds
        values.serviceBindings = dns64.serviceBindings
        values.origins = Dictionary(
            uniqueKeysWithValues: keys.map { ($0, configuration.origin(of: "\(path).\($0)")) })
        return SynthesisPolicy(values)
    }

    private static func excluded(_ entry: Configuration.ExcludedA) -> [SynthesisPolicy.ExcludedIPv4] {
        switch entry {
        case .range(let prefix):
            [
                SynthesisPolicy.ExcludedIPv4(
                    prefix: prefix, underWellKnownPrefixOnly: false, reason: "excluded by configuration")
            ]
        case .special:
            SpecialIPv4.ranges.map { range in
                SynthesisPolicy.ExcludedIPv4(
                    prefix: range.prefix, underWellKnownPrefixOnly: range.wellKnownPrefixOnly,
                    reason: "\(range.reason) (\(range.reference))")
            }
        }
    }
}

extension Duration {
    /// Seconds, rounded down; never negative.
    var wholeSeconds: UInt32 { UInt32(clamping: components.seconds) }

    /// Milliseconds, rounded down; never negative.
    var wholeMilliseconds: UInt64 {
        UInt64(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
