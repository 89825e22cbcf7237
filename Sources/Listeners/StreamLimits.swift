// How many streams may be open, in all and a client, across the listeners of one daemon (RFC 7766 section 6.2.2).

internal import NetAddress
internal import Synchronization

/// What a stream may use.
public struct StreamLimits: Hashable, Sendable {
    public var connections = 512
    public var connectionsPerClient = 32
    /// A stream with nothing to do is closed after so many milliseconds.
    public var idleMilliseconds: Int64 = 10_000
    /// Questions that may wait on one stream before no more are read from it.
    public var pipeline = 100

    public init() {}
}

/// Counts open streams.
final class StreamCensus: Sendable {
    private struct State {
        var total = 0
        var byClient: [IPAddress: Int] = [:]
    }

    private let state = Mutex(State())

    /// Whether one more stream from `client` may be opened; if so it counts until `leave`.
    func enter(_ client: IPAddress, _ limits: StreamLimits) -> Bool {
        state.withLock { state in
            guard state.total < limits.connections, state.byClient[client, default: 0] < limits.connectionsPerClient
            else {
                return false
            }
            state.total += 1
            state.byClient[client, default: 0] += 1
            return true
        }
    }

    func leave(_ client: IPAddress) {
        state.withLock { state in
            state.total -= 1
            let left = state.byClient[client, default: 1] - 1
            state.byClient[client] = left > 0 ? left : nil
        }
    }

    var total: Int { state.withLock { $0.total } }
}
