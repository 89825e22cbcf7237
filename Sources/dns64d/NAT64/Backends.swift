// Which translator the configuration asks for.

internal import DaemonConfig
internal import Logging
internal import NAT64Backend

enum Backends {
    /// nil: `nat64.backend` is `none`. Takes what only root may have while this process is root; changes nothing else.
    static func make(_ configuration: Configuration, log: Logger) -> (any NAT64Backend)? {
        switch configuration.nat64.backend {
        case .none: nil
        case .tun: nil
        }
    }
}
