// One thing to find out with packets, as a state machine without a device or a clock, so that a test can hold time still
// and be the network.

internal import LinuxIO
internal import NetAddress

/// Times are what has passed since it began. Several may run side by side: each takes what is meant for it.
protocol Inquiry: AnyObject {
    /// When `act` is to be called at the latest; nil: all has been found out.
    var due: Duration? { get }

    /// Whole packets to send now. First called at zero.
    func act(at time: Duration) -> [[UInt8]]

    /// Whole packets to send now; none for what is not meant for this inquiry.
    func receive(_ packet: HeardPacket, at time: Duration) -> [[UInt8]]
}

/// How routers and hosts answer an inquiry's packets.
struct Target: Hashable {
    var client: IPv6Address
    var address: IPv6Address

    func path(hopLimit: UInt8 = 64) -> PacketPath {
        PacketPath(source: client, destination: address, hopLimit: hopLimit)
    }
}
