// What this machine lacks, whatever is asked of it.

internal import Glibc
internal import LinuxIO
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
        found += entrance()
        let mayChange = hasCapability()
        if !mayChange { found.append(.capability) }
        found += tunDevice() + ipv6() + forwarding()
        // Without rights or the program, nft would fail for that reason.
        if sharing, mayChange, machine.hasProgram("nft"), let obstacle = await nftables() { found.append(obstacle) }
        return found
    }

    /// A translator in the kernel needs neither a device nor nftables.
    func all(forKernelTranslator request: KernelTranslatorRequest) -> [Obstacle] {
        var found: [Obstacle] = []
        for program in ["ip"] where !machine.hasProgram(program) {
            found.append(
                Obstacle(
                    missing: "the program `\(program)` is missing",
                    remedy: "apt-get install \(ProgramFailure.package(of: program))"))
        }
        if !hasCapability() { found.append(.capability) }
        let entrance = entrance()
        // Nothing can be seen of a namespace that can't be entered.
        return found + (entrance.isEmpty ? ipv6() + forwarding() + reservedPorts(request.reservedPorts) : entrance)
    }

    /// The network namespace, if it is not this process's own.
    private func entrance() -> [Obstacle] {
        guard let namespace = machine.namespace else { return [] }
        var found: [Obstacle] = []
        if !machine.hasProgram("nsenter") {
            found.append(Obstacle(missing: "the program `nsenter` is missing", remedy: "apt-get install util-linux"))
        }
        do throws(BackendFailure) { try machine.checkPlace() } catch {
            found.append(Obstacle(missing: error.message, remedy: error.remedy ?? "set another namespace"))
            return found
        }
        // nsenter(1) has to enter it too.
        if !hasCapability(21) { found.append(NamespaceMachine.obstacle(namespace, .notPermitted)) }
        return found
    }

    /// The programs need it too. They inherit root's capabilities, and others' only if they are ambient
    /// (capabilities(7), "Transformation of capabilities during execve()").
    ///
    /// - Parameter bit: of <linux/capability.h>; 12 is CAP_NET_ADMIN, 21 CAP_SYS_ADMIN.
    private func hasCapability(_ bit: UInt64 = 12) -> Bool {
        guard let status = machine.read("/proc/thread-self/status") else { return true }
        func field(_ name: String) -> Substring? {
            status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?.split(whereSeparator: \.isWhitespace)
                .dropFirst()
                .first
        }
        func holds(_ name: String) -> Bool {
            field(name).flatMap { UInt64($0, radix: 16) }.map { $0 & 1 << bit != 0 } ?? false
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
                remedy: Sysctl.typed("net/ipv6/conf/all/disable_ipv6", "0", in: machine.namespace))
        ]
    }

    /// Settings can't be written where /proc/sys is read-only. That is an obstacle only to what has to be written.
    private func forwarding() -> [Obstacle] {
        [Sysctl.forwarding4, Sysctl.forwarding6].compactMap { key in
            guard machine.sysctl(key) == "0", mayNotWrite(key) else { return nil }
            return Obstacle(
                missing: "\(Sysctl.name(key)) is off, and dns64d may not switch it on", remedy: writing(key, "1"))
        }
    }

    private func reservedPorts(_ ports: [ClosedRange<UInt16>]) -> [Obstacle] {
        let key = Sysctl.reservedPorts
        let now = machine.sysctl(key).flatMap { PortSet($0) } ?? PortSet()
        let asked = PortSet(ports)
        guard !now.isSuperset(of: asked), mayNotWrite(key) else { return [] }
        return [
            Obstacle(
                missing: "\(Sysctl.name(key)) lacks \(asked.subtracting(now)), and dns64d may not add it",
                remedy: writing(key, "\(now.union(asked))"))
        ]
    }

    private func mayNotWrite(_ key: String) -> Bool { !machine.isAccessible(Sysctl.path(key)) && hasCapability() }

    private func writing(_ key: String, _ value: String) -> String {
        "\(Sysctl.typed(key, value, in: machine.namespace)); "
            + "or let it write below /proc/sys: systemd's ProtectKernelTunables=no"
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
