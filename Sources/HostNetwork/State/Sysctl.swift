// Kernel settings: their names as sysctl(8) writes them, and their files.

internal import LinuxIO

enum Sysctl {
    static let forwarding4 = "net/ipv4/ip_forward"
    static let forwarding6 = "net/ipv6/conf/all/forwarding"
    /// Switching IPv4 forwarding on sets it to 0, off sets it to 1 (inet_forward_change in the kernel).
    static let acceptRedirects4 = "net/ipv4/conf/all/accept_redirects"
    /// Ports that the kernel gives to nobody who doesn't ask for them by number: `8080,9148-9150`.
    static let reservedPorts = "net/ipv4/ip_local_reserved_ports"
    /// Ports that it gives out: `32768	60999`.
    static let localPorts = "net/ipv4/ip_local_port_range"

    static func path(_ key: String) -> String { "/proc/sys/\(key)" }

    static func interface(_ family: Int, _ device: String, _ setting: String) -> String {
        "net/ipv\(family)/conf/\(device)/\(setting)"
    }

    /// `net.ipv4.ip_forward`; with slashes where a part holds a dot, as in `eth0.5`.
    static func name(_ key: String) -> String {
        key.contains(".") ? key : String(key.map { $0 == "/" ? "." : $0 })
    }

    /// What does the same in a shell. The file is written directly: the program belongs to a package of its own.
    static func typed(_ key: String, _ value: String, in namespace: String? = nil) -> String {
        let call = "sysctl -w \(Command.quoted(name(key)))=\(value)"
        return namespace.map { Command("nsenter", ["--net=\(NetworkNamespaces.path($0))", "--"]).typed + " " + call }
            ?? call
    }
}
