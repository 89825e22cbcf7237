// What this machine lacks, whatever is asked of it.

internal import Glibc
internal import NAT64Backend

struct Obstacles {
    let machine: any Machine

    /// - Parameter sharing: whether the host's own IPv4 address is to be shared, which takes nftables.
    func all(sharing: Bool) async -> [Obstacle] {
        var found: [Obstacle] = []
        for program in sharing ? ["ip", "nft"] : ["ip"] where !machine.hasProgram(program) {
            found.append(
                Obstacle(
                    missing: "the program `\(program)` is missing",
                    remedy: "apt-get install \(ProgramFailure.package(of: program))"))
        }
        let mayChange = hasCapability()
        if !mayChange { found.append(.capability) }
        found += tunDevice() + ipv6() + forwarding()
        // Without rights or the program, nft would fail for that reason.
        if sharing, mayChange, machine.hasProgram("nft"), let obstacle = await nftables() { found.append(obstacle) }
        return found
    }

    /// The programs need it too. They inherit root's capabilities, and others' only if they are ambient
    /// (capabilities(7), "Transformation of capabilities during execve()").
    private func hasCapability() -> Bool {
        guard let status = machine.read("/proc/thread-self/status") else { return true }
        func field(_ name: String) -> Substring? {
            status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?.split(whereSeparator: \.isWhitespace)
                .dropFirst()
                .first
        }
        func holds(_ name: String) -> Bool {
            // CAP_NET_ADMIN is bit 12 (<linux/capability.h>).
            field(name).flatMap { UInt64($0, radix: 16) }.map { $0 & 1 << 12 != 0 } ?? false
        }
        let isRoot = field("Uid") == "0"
        return holds("CapEff") && (isRoot || holds("CapAmb"))
    }

    private func tunDevice() -> [Obstacle] {
        if machine.isAccessible("/dev/net/tun") { return [] }
        return [
            Obstacle(
                missing: "there is no /dev/net/tun that dns64d may open",
                remedy: "modprobe tun; in a container: hand it in, --device /dev/net/tun")
        ]
    }

    private func ipv6() -> [Obstacle] {
        guard let disabled = machine.sysctl("net/ipv6/conf/all/disable_ipv6") else {
            return [
                Obstacle(
                    missing: "the kernel runs without IPv6",
                    remedy: "take ipv6.disable=1 from the kernel's command line, and reboot")
            ]
        }
        if disabled == "0" { return [] }
        return [
            Obstacle(
                missing: "IPv6 is switched off on this host (net.ipv6.conf.all.disable_ipv6)",
                remedy: Sysctl.typed("net/ipv6/conf/all/disable_ipv6", "0"))
        ]
    }

    /// Settings can't be written where /proc/sys is read-only. That is an obstacle only to what has to be written.
    private func forwarding() -> [Obstacle] {
        [Sysctl.forwarding4, Sysctl.forwarding6].compactMap { key in
            guard machine.sysctl(key) == "0", !machine.isAccessible(Sysctl.path(key)), hasCapability() else {
                return nil
            }
            return Obstacle(
                missing: "\(Sysctl.name(key)) is off, and dns64d may not switch it on",
                remedy: "\(Sysctl.typed(key, "1")); or let it write below /proc/sys: systemd's ProtectKernelTunables=no"
            )
        }
    }

    /// With `--check` the kernel goes through the whole transaction, and leaves it.
    private func nftables() async -> Obstacle? {
        let trial = """
            table ip dns64d-trial {
                chain postrouting {
                    type nat hook postrouting priority 100; policy accept;
                    ip saddr 192.0.0.2 oifname != "dns64d" masquerade
                }
                chain prerouting {
                    type nat hook prerouting priority -100; policy accept;
                    ip daddr 192.0.0.2 tcp dport 1 dnat to 192.0.0.2:1
                }
            }

            """
        do throws(ProgramFailure) {
            _ = try await machine.run(Command("nft", ["--check", "-f", "-"], input: trial))
            return nil
        } catch {
            let words = error.words.split(separator: "\n").first.map { ": \($0)" } ?? ""
            return Obstacle(
                missing: "the kernel has no nftables with masquerading\(words)", remedy: Obstacle.nftablesRemedy)
        }
    }
}
