// Hears of changes to nftables, as `nft monitor` does.

internal import CLinux
public import LinuxIO

/// Hears when somebody changes or deletes an nftables table: loading a firewall anew mostly begins with `flush ruleset`,
/// which spares no table.
public final class NetfilterMonitor {
    private let socket: OwnedDescriptor
    private let table: String

    /// Listens from now on. EPERM: takes CAP_NET_ADMIN.
    public init(table: String) throws(Errno) {
        let raw = clinux_netfilter_monitor()
        if raw < 0 { throw Errno(code: -raw) }
        socket = OwnedDescriptor(adopting: raw)
        self.table = table
    }

    /// Whether the table was changed since the last time, or may have been. Never waits.
    public func hasChanged() throws(Errno) -> Bool {
        let changes = clinux_netfilter_monitor_drain(socket.raw, table)
        if changes < 0 { throw Errno(code: -changes) }
        return changes > 0
    }
}
