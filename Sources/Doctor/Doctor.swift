// The examination: what is asked, in which order it is told. This file is its table of contents; Box/ and Questions/ find
// out, Checks/ judge.

public import ControlProtocol
internal import DaemonConfig

public struct Doctor: Sendable {
    let subject: Subject

    public init(_ subject: Subject) { self.subject = subject }

    /// Takes up to nine seconds. Asks servers and routers, sends a packet or two through the translator; changes nothing that
    /// stays.
    public func examine() async -> [DoctorCheck] {
        let seen = Facts(subject: subject, box: await BoxReader.read())
        async let upstream = UpstreamQuestions(subject: subject).ask()
        async let links = LinkQuestions(subject: subject, interfaces: seen.clientInterfaces).ask()
        async let translator = TranslatorQuestions(subject: subject).ask()
        async let probe = ProbeQuestion(facts: seen).ask()
        let heard = await translator
        var facts = seen
        facts.upstream = await upstream
        facts.links = await links
        facts.obstacles = heard.obstacles
        facts.steps = heard.steps
        facts.stepsFailure = heard.failure
        facts.prefixRoutes = heard.routes
        facts.probe = await probe
        return Self.checks(facts)
    }

    /// The judgement: from the daemon outward, then the way of a packet, then the client's view of it all.
    public static func checks(_ facts: Facts) -> [DoctorCheck] {
        var checks = ResolverChecks.daemon(facts)
        checks.append(HostChecks.clock(facts))
        checks += HostChecks.addresses(facts)
        checks += HostChecks.forwarding(facts)
        checks += HostChecks.routes(facts)
        checks += ResolverChecks.upstream(facts) + ResolverChecks.loop(facts) + ResolverChecks.exposure(facts)
        checks += TranslatorChecks.obstacles(facts) + TranslatorChecks.health(facts) + TranslatorChecks.asPlanned(facts)
        checks += TranslatorChecks.mtu(facts)
        checks += TranslatorChecks.ports(facts)
        checks += TranslatorChecks.firewall(facts)
        checks.append(contentsOf: TranslatorChecks.probe(facts))
        checks += ClientChecks.all(facts)
        return checks
    }
}
