// A line of the binding log. Numbers and words alone: nothing in it needs escaping.

internal import Glibc
internal import NAT64Backend
internal import NetAddress
internal import Translator

/// A moment of the calendar, to the millisecond: `2025-01-31T23:59:59.042Z` (RFC 3339).
struct WallTime: Sendable, CustomStringConvertible {
    /// Since 1970, UTC.
    var milliseconds: Int64

    static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    var description: String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: some BinaryInteger, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = [digits(Int(parts.tm_year) + 1900, 4), digits(parts.tm_mon + 1, 2), digits(parts.tm_mday, 2)]
        let time = [digits(parts.tm_hour, 2), digits(parts.tm_min, 2), digits(parts.tm_sec, 2)]
        return "\(date.joined(separator: "-"))T\(time.joined(separator: ":")).\(digits(milliseconds % 1000, 3))Z"
    }
}

extension BindingEvent {
    /// `{"time":"...","event":"bind","proto":"tcp","client":"2001:db8::1","client-port":5000,"public":"192.0.2.1",`
    /// `"port":40000}`; a block has `subscriber`, a prefix, and `ports`.
    func line(_ time: String, subscriberPrefixLength: Int) -> String {
        var fields = [#""time":"\#(time)""#, #""event":"\#(kind.rawValue)""#]
        if let proto {
            fields.append(#""proto":"\#(TransportProtocol(proto).rawValue)""#)
            fields.append(#""client":"\#(client)","client-port":\#(clientPort)"#)
            fields.append(#""public":"\#(publicAddress)","port":\#(publicPorts.lowerBound)"#)
        } else {
            fields.append(#""subscriber":"\#(client)/\#(subscriberPrefixLength)""#)
            fields.append(#""public":"\#(publicAddress)""#)
            fields.append(#""ports":"\#(publicPorts.lowerBound)-\#(publicPorts.upperBound)""#)
        }
        return "{" + fields.joined(separator: ",") + "}"
    }
}
