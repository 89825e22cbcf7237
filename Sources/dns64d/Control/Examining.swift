// doctor: what the daemon knows of itself, and then the examination, off the main thread.

internal import ControlProtocol
internal import DNSMessage
internal import DaemonConfig
internal import Doctor
internal import HostNetwork
internal import LinuxIO
internal import Logging
internal import NAT64Backend
internal import Resolver
internal import Telemetry
internal import Upstream

extension Daemon {
    func examine(_ what: DoctorRequest, _ reply: @escaping @Sendable (ControlResponse) -> Void) {
        guard !isExamining else {
            return reply(
                .refused(Refusal(code: .failed, message: "an examination is on its way: ask again in ten seconds")))
        }
        isExamining = true
        var subject = Subject(
            request: what, configuration: settings.configuration, plan: PlanBuilder.plan(settings.configuration))
        subject.upstream = settings.upstream.subjects
        subject.backend = translator?.backend
        subject.reserve = examinationRights.reserve
        subject.routers = examinationRights.routers
        var daemon = Subject.Daemon(
            listening: sockets.addresses, problems: listenProblems, warnings: settings.warnings,
            reloadError: lastReloadError, loadedSecondsAgo: MonotonicTime.read().since(loadedAt) / 1_000_000_000,
            file: file, status: nil)
        let (backend, mailbox) = (translator?.backend, mailbox)
        Task { [subject] in
            daemon.status = await backend?.status()
            var subject = subject
            subject.daemon = daemon
            let report = DoctorReport(checks: await Doctor(subject).examine())
            mailbox.post { daemon in
                daemon.isExamining = false
                reply(.doctor(report))
            }
        }
    }
}

extension UpstreamSettings {
    /// Zone by zone, as a person would have them examined.
    var subjects: [Subject.Zone] { zones.map { Subject.Zone(name: $0.zone.description, servers: $0.servers) } }
}

/// `dns64d --doctor`: the same without a daemon that runs, by its configuration. Prints the report as a line of JSON, which
/// `dns64ctl doctor` shows.
enum Examination {
    static func run(_ configuration: Configuration, _ request: DoctorRequest) async -> DoctorReport {
        var subject = Subject(request: request, configuration: configuration, plan: PlanBuilder.plan(configuration))
        let builder = SettingsBuilder(
            configuration: configuration, cookieSecret: [UInt8](repeating: 0, count: 16), translator: .works)
        var problems: [DoctorCheck] = []
        do throws(SettingsFailure) {
            subject.upstream = try builder.build().upstream.subjects
        } catch {
            problems = error.problems.map(Self.mistake)
        }
        subject.backend = Backends.make(configuration, reserve: nil, log: Logger(label: "dns64d"))
        subject.routers = try? RouterSocket()
        return DoctorReport(checks: problems + (await Doctor(subject).examine()))
    }

    /// Where there is no configuration to examine by.
    static func report(_ error: ConfigurationErrors) -> DoctorReport {
        DoctorReport(checks: "\(error)".split(separator: "\n").map { mistake(String($0)) })
    }

    static func print(_ report: DoctorReport) {
        guard let json = try? ControlMessage.json(report) else { return }
        Swift.print(String(decoding: json, as: UTF8.self))
    }

    private static func mistake(_ text: String) -> DoctorCheck {
        DoctorCheck(
            name: "configuration", light: .red, finding: text,
            remedy: ["correct it; dns64d --check says whether all is well; dns64d.yaml(5) has every key"])
    }
}
