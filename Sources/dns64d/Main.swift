// dns64d: the daemon. Reads its command line, then either looks at a configuration or runs by it.

import ArgumentParser
internal import ControlProtocol
internal import DaemonConfig
internal import Glibc
internal import Logging

@main
struct DNS64D: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns64d", abstract: "A caching DNS64 forwarding resolver.",
        discussion: """
            Runs in the foreground and logs to standard error. SIGHUP reads the configuration anew; SIGTERM and SIGINT end \
            it. dns64ctl(8) looks into it while it runs.
            """,
        version: "dns64d \(Release.version)")

    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "/etc/dns64d/dns64d.yaml"

    @Flag(help: "Read the configuration and the zone files, say everything that is wrong, and end.")
    var check = false

    @Flag(help: "Print the configuration as it takes effect, defaults included, and end.")
    var printConfig = false

    @Flag(help: "Print what the translator would change on this machine, as commands, and end.")
    var plan = false

    @Flag(help: "Examine this box by the configuration, print the findings as JSON, and end; see dns64ctl doctor.")
    var doctor = false

    @Option(help: .hidden)
    var doctorInterface: String?

    @Option(help: .hidden)
    var doctorHost: String?

    mutating func run() throws {
        LoggingSystem.bootstrap { _ in LineLogHandler() }
        let configuration: Configuration
        do {
            configuration = try ConfigurationLoader.load(file: config)
        } catch {
            if doctor { return Examination.print(Examination.report(error)) }
            Console.complain("\(error)")
            throw ExitCode(1)
        }
        if doctor { Self.examine(configuration, DoctorRequest(interface: doctorInterface, host: doctorHost)) }
        if printConfig { print(configuration.yaml, terminator: "") }
        if check { try checkAll(configuration) }
        if plan { Self.printPlan(configuration) }
        if printConfig || check { return }
        do {
            try Daemon.run(configuration, file: config)
        } catch {
            Console.complain(error.description)
            throw ExitCode(1)
        }
    }

    private static func printPlan(_ configuration: Configuration) -> Never {
        Task.detached { Glibc.exit(await PlanPrinter.print(configuration) ? 0 : 1) }
        while true { pause() }
    }

    private static func examine(_ configuration: Configuration, _ request: DoctorRequest) -> Never {
        Task.detached {
            Examination.print(await Examination.run(configuration, request))
            Glibc.exit(0)
        }
        while true { pause() }
    }

    /// The configuration is well formed; now what it names.
    private func checkAll(_ configuration: Configuration) throws {
        let builder = SettingsBuilder(
            configuration: configuration, interfaces: [], cookieSecret: Array(repeating: 0, count: 16),
            systemServers: [])
        do {
            _ = try builder.build()
        } catch {
            Console.complain(error.description)
            throw ExitCode(1)
        }
        if let user = configuration.server.user, getpwnam(user) == nil {
            let place = configuration.origin(of: "server.user")
            Console.complain("\(place): server.user: there is no user \"\(user)\" here yet")
        }
        if !printConfig { print("\(config): no errors") }
    }
}
