// REFUSED answers are rationed a client network, so that nobody is flooded with ours in a stranger's name.

internal import NetAddress
internal import Telemetry

/// A token bucket for each of 256 groups of client networks (/24 and /56).
struct RefusalLimiter {
    private var tokens: [UInt32] = Array(repeating: 0, count: 256)
    private var second: [UInt32] = Array(repeating: 0, count: 256)
    private let key: UInt64

    init(key: UInt64) { self.key = key }

    /// Whether one more refusal may be sent to `client` in this second.
    mutating func allows(_ client: IPAddress, rate: UInt32, now: MonotonicTime) -> Bool {
        let network: UInt64 =
            switch client {
            case .v4(let address): UInt64(address.rawValue >> 8)
            case .v6(let address): address.high >> 8 | 1 << 63
            }
        let slot = Int(((network ^ key) &* 0x9e37_79b9_7f4a_7c15) >> 56)
        if second[slot] != now.seconds {
            second[slot] = now.seconds
            tokens[slot] = rate
        }
        guard tokens[slot] > 0 else { return false }
        tokens[slot] -= 1
        return true
    }
}
