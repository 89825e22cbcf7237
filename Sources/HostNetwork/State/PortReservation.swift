// What of the kernel's list of reserved ports is our doing.

internal import NAT64Backend

/// Ports of ours in the kernel's list of those that it gives to nobody.
struct PortReservation: Hashable, Sendable {
    /// What we added: what was there without us is not of it.
    var added: PortSet
    /// What we added before, and want no longer: gone once `list` is set.
    var former = PortSet()
    /// The whole list as it is set.
    var list: PortSet

    /// All that may be there by our doing.
    var ours: PortSet { added.union(former) }
}
