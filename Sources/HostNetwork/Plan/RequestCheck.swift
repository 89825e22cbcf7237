// What no host could do, whatever its state.

internal import NAT64Backend
internal import NetAddress

extension HostRequest {
    /// Throws `invalid` for a request that makes no sense.
    func check() throws(BackendFailure) {
        try HostRequest.check(device: device)
        try require((1280...65535).contains(mtu), "the device's MTU is 1280 to 65535, not \(mtu)")
        try require(!prefixes.isEmpty, "there is no IPv6 prefix to translate")
        for prefix in prefixes {
            try require(prefix.address.bitWidth == 128 && prefix.length > 0, "\(prefix) is no IPv6 prefix to translate")
        }
        try require(
            deviceNetwork.address.bitWidth == 128 && deviceNetwork.length == 64,
            "the device's own network is an IPv6 /64, not \(deviceNetwork)")
        for prefix in pool4 {
            try require(prefix.address.bitWidth == 32 && prefix.length > 0, "\(prefix) in pool4 is no IPv4 prefix")
        }
        try require(
            pool4.isEmpty != (inner == nil), "either public addresses or an inner one, not both and not neither")
        try checkForwards()
    }

    /// A device's name stands in paths and in nftables text.
    static func check(device: String) throws(BackendFailure) {
        let isPlain = device.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        // `all` and `default` are no devices below /proc/sys; a leading hyphen would be an option.
        let isFree = ![".", "..", "all", "default"].contains(device) && !device.hasPrefix("-")
        guard isPlain, isFree, (1...15).contains(device.utf8.count) else {
            throw BackendFailure(
                .invalid, "\"\(device)\" is no name for a device: 1 to 15 letters, digits, \".\", \"_\" or \"-\"")
        }
    }

    private func checkForwards() throws(BackendFailure) {
        if forwards.isEmpty { return }
        try require(inner != nil, "public addresses lead to the translator as they are: there is nothing to forward")
        var taken: [PortForward.Outside: TransportAddress4] = [:]
        for forward in forwards {
            let outside = PortForward.Outside(proto: forward.proto, public: forward.public)
            let before = taken.updateValue(forward.inner, forKey: outside)
            try require(
                before == nil || before == forward.inner,
                "\(forward.proto) \(forward.public) is forwarded to two places")
            try require(
                forward.inner.address == inner, "\(forward.public) is forwarded to \(forward.inner), not the translator"
            )
            try require(
                forward.proto != .icmp || forward.public.port == forward.inner.port,
                "the ICMP identifier \(forward.public.port) can't become \(forward.inner.port) on its way")
        }
    }

    private func require(_ condition: Bool, _ message: String) throws(BackendFailure) {
        if !condition { throw BackendFailure(.invalid, message) }
    }
}

extension PortForward {
    struct Outside: Hashable {
        var proto: TransportProtocol
        var `public`: TransportAddress4
    }
}
