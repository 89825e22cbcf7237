// From a program's failure to what a person is told.

internal import LinuxIO
internal import NAT64Backend

extension ProgramFailure {
    /// The Debian package that brings `program`.
    static func package(of program: String) -> String {
        switch program {
        case "nft": "nftables"
        case "nsenter": "util-linux"
        default: "iproute2"
        }
    }

    var backendFailure: BackendFailure {
        let program = command.program
        switch cause {
        case .missing:
            return BackendFailure(
                .cannotRunHere, "the program `\(program)` is missing",
                remedy: "apt-get install \(Self.package(of: program))")
        case .exited(let status):
            return BackendFailure(
                .refused, "`\(command.typed)` failed with exit status \(status)\(quotedWords)", remedy: remedy)
        case .signaled(let signal):
            return BackendFailure(.refused, "`\(command.typed)` was ended by signal \(signal)\(quotedWords)")
        case .timedOut(let seconds):
            return BackendFailure(.refused, "`\(command.typed)` took more than \(seconds) seconds and was ended")
        case .tooMuchOutput:
            return BackendFailure(.refused, "`\(command.typed)` wrote more than can be read")
        case .notStarted(let why):
            return BackendFailure(.refused, "`\(command.typed)` could not be started: \(why)")
        }
    }

    private var quotedWords: String { words.isEmpty ? ", without a word" : ": \(words)" }

    /// For the refusals whose cause is known.
    private var remedy: String? {
        if words.contains("Operation not permitted") { return Obstacle.capability.remedy }
        // nft says so for a table of a kind, or an expression, that the kernel was built without.
        if program == "nft", words.contains("No such file or directory") || words.contains("not supported") {
            return Obstacle.nftablesRemedy
        }
        return nil
    }

    private var program: String { command.program }
}

extension Obstacle {
    static let capability = Obstacle(
        missing: "dns64d may not change the network: it lacks the capability CAP_NET_ADMIN",
        remedy: "in the [Service] section of its systemd unit: AmbientCapabilities=CAP_NET_ADMIN")

    static let nftablesRemedy = "modprobe -a nf_tables nft_chain_nat nft_masq nft_nat"
}

extension BackendFailure {
    /// A kernel setting that could not be written.
    static func sysctl(_ key: String, _ value: String, in namespace: String?, _ errno: Errno) -> BackendFailure {
        let remedy: String? =
            switch errno.name {
            case "EROFS": "let dns64d write below /proc/sys (systemd: ProtectKernelTunables=no), or set it yourself"
            case "EACCES", "EPERM": Obstacle.capability.remedy
            default: nil
            }
        return BackendFailure(.refused, "`\(Sysctl.typed(key, value, in: namespace))` failed: \(errno)", remedy: remedy)
    }
}
