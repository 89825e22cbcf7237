// What may be wrong with Jool while it runs, each with the command that mends it.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry

/// Something that keeps packets from getting through.
enum Trouble: Hashable, Sendable {
    /// Jool's client, or its module, did not do what every look asks for.
    case client(JoolFailure)
    /// An instance is not there, as Jool's client says.
    case missing(InstanceWish, JoolFailure)
    /// Somebody made it anew, with another prefix.
    case otherPrefix(InstanceWish, Pref64)
    /// It was made anew between two looks: its settings are a new instance's.
    case reset(InstanceWish)
    /// Its `manually-enabled` is false.
    case disabled(String)
    case forwardingOff(String)
    case noIPv4Route
    /// The plan could not be applied again.
    case notApplied(BackendFailure)

    /// What Jool's client did and said, for the log.
    var words: String? {
        switch self {
        case .client(let failure), .missing(_, let failure): failure.description
        default: nil
        }
    }

    /// What to make of the plan once this is over: it may not hold any more.
    var shakesPlan: Bool {
        switch self {
        case .client, .missing, .otherPrefix, .reset, .forwardingOff: true
        case .disabled, .noIPv4Route, .notApplied: false
        }
    }

    /// Whether nothing can be applied as long as this lasts.
    var bars: Bool {
        switch self {
        case .client: true
        default: false
        }
    }
}

/// Since when things are wrong.
struct TroubleHistory: Hashable, Sendable {
    /// The plan has to be applied again as soon as that is possible.
    var isPlanShaken = false
    /// Jool itself was gone: an instance that is missing now was not removed by anybody.
    var wasBarred = false
    /// When what we can mend was first seen.
    var firstSeen: MonotonicTime?
    /// Not before this moment.
    var nextRepair = MonotonicTime(nanoseconds: 0)
    var lastFailure: BackendFailure?
    /// When to look at the host's addresses again.
    var nextFacts = MonotonicTime.read().advanced(byNanoseconds: 30_000_000_000)
    /// What Jool's client said at the last look, as far as it failed.
    var words: String?
}

extension Trouble {
    func reason(_ client: Client, _ options: JoolBackend.Options) -> HealthReason {
        switch self {
        case .client(let failure): failure.healthReason
        case .missing(let wish, _):
            HealthReason(
                code: "jool-instance-missing", message: "the instance \(wish.name) of Jool is gone",
                remedy: "`\(client.typed(.addInstance(wish.name, wish.framework, wish.pool6)))`"
                    + (options.adopts ? "" : ", which dns64d does by itself after \(options.repairDelay.inWords)"))
        case .otherPrefix(let wish, let found):
            HealthReason(
                code: "jool-prefix-differs",
                message: "the instance \(wish.name) of Jool has the pool6 \(found) instead of \(wish.pool6)",
                remedy: "`\(client.typed("instance", "remove", wish.name))`, then "
                    + "`\(client.typed(.addInstance(wish.name, wish.framework, wish.pool6)))`"
                    + (options.adopts ? "" : "; dns64d does so by itself after \(options.repairDelay.inWords)"))
        case .reset(let wish):
            HealthReason(
                code: "jool-instance-reset",
                message: "the instance \(wish.name) of Jool was made anew by somebody, without pool4 and settings",
                remedy: "nothing: dns64d applies the plan to it now")
        case .disabled(let name):
            HealthReason(
                code: "jool-disabled",
                message: "the instance \(name) of Jool is switched off: manually-enabled is false",
                remedy: client.typed(.setGlobal(name, name: JoolGlobals.enabled, value: "true")))
        case .forwardingOff(let setting):
            HealthReason(
                code: "forwarding-off", message: "this host does not forward packets: \(setting) is 0",
                remedy: "sysctl -w \(setting)=1")
        case .noIPv4Route:
            HealthReason(
                code: "no-ipv4-route", message: "this host has no route to the IPv4 Internet",
                remedy: "look at `ip route show default`")
        case .notApplied(let failure):
            HealthReason(
                code: "plan-not-applied",
                message: "what the configuration asks of Jool could not be made true again: \(failure.message)",
                remedy: failure.remedy)
        }
    }
}

extension JoolFailure {
    /// Distinct for each kind of cause.
    var healthReason: HealthReason {
        let failure = backendFailure
        let code =
            switch cause {
            case .programMissing: "jool-program-missing"
            case .programHung: "jool-program-hung"
            case .moduleMissing: "jool-module-missing"
            case .versionMismatch: "jool-version-mismatch"
            case .unsupportedVersion: "jool-version-unsupported"
            case .noRights: "jool-no-rights"
            case .unreadable: "jool-output-unreadable"
            case .namespaceMissing: "jool-netns-missing"
            default: "jool-program-failed"
            }
        return HealthReason(code: code, message: failure.message, remedy: failure.remedy)
    }
}

extension Duration {
    /// `10 seconds`.
    fileprivate var inWords: String { components.seconds == 1 ? "a second" : "\(components.seconds) seconds" }
}
