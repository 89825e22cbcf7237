// Which kernel settings the translator needs: forwarding in both families, and a device that is quiet.
//
// What is not needed. rp_filter: packets from the device have source addresses that are routed to it, so that even the
// strict filter lets them pass; and as the stricter of `all` and the device's counts, a device's own could not loosen it.
// send_redirects: `all` or the device's own counts, and `all` is on by default; a redirect for a hairpinned packet goes to
// the translator, which knows no such message and drops it.

internal import NetAddress

/// A setting of IPv6 on our own device. It goes away with the device.
struct DeviceSetting {
    var name: String
    var value: String
    var reason: String
    /// Only changed where it is known to be otherwise; others are taken to be at the kernel's default if not known.
    var needsCause = false

    static let all = [
        DeviceSetting(
            name: "disable_ipv6", value: "0", reason: "IPv6 is switched off for new devices", needsCause: true),
        DeviceSetting(name: "addr_gen_mode", value: "1", reason: "no link-local address: nobody else is on this link"),
        DeviceSetting(name: "accept_ra", value: "0", reason: "no router is on this link"),
    ]
}

struct KernelSettings {
    let state: HostState
    let recorded: [Deed]
    /// The translator's own; nil: it has none.
    let device: String?

    private typealias Wanted = Plan.Wanted

    func deviceSettings() -> [Plan.Wanted] {
        guard let device else { return [] }
        return DeviceSetting.all.compactMap { setting in
            let key = Sysctl.interface(6, device, setting.name)
            let now = state.sysctls[key]
            if now == nil, setting.needsCause || state.link(device) != nil { return nil }
            return change(key, to: setting.value, because: setting.reason, assuming: setting.value == "0" ? "1" : "0")
        }
    }

    /// Forwarding, each only if it is off. Router advertisements that an interface has listened to are to be listened to
    /// further on: "Accept Router Advertisements if forwarding is disabled" is what accept_ra=1 means, and switching
    /// forwarding on throws the default routes away that came by them.
    func forwarding() -> [Plan.Wanted] {
        var wanted: [Wanted] = []
        if state.sysctls[Sysctl.forwarding6] == "0" || isRecorded(Sysctl.forwarding6) {
            for device in advertised() {
                let key = Sysctl.interface(6, device, "accept_ra")
                let reason = "\(device) goes on learning its routes from router advertisements"
                if let step = change(key, to: "2", because: reason) { wanted.append(step) }
            }
            wanted += recordedAcceptance(besides: wanted)
            if let step = change(
                Sysctl.forwarding6, to: "1", because: "this host is a router of IPv6",
                alongside: companions(family: 6)
            ) {
                wanted.append(step)
            }
        }
        if state.sysctls[Sysctl.forwarding4] == "0" || isRecorded(Sysctl.forwarding4) {
            if let step = change(
                Sysctl.forwarding4, to: "1", because: "this host is a router of IPv4", alongside: companions(family: 4))
            {
                wanted.append(step)
            }
        }
        return wanted
    }

    /// Interfaces that live on router advertisements, in the order of the links.
    private func advertised() -> [String] {
        var devices: Set<String> = []
        for route in state.routes where route.source == "ra" { devices.formUnion(route.devices) }
        for address in state.addresses where address.isDynamic && address.address.bitWidth == 128 {
            devices.insert(address.device)
        }
        return state.links.map(\.name).filter { name in
            devices.contains(name) && name != device
                && state.sysctls[Sysctl.interface(6, name, "accept_ra")] == "1"
                && state.sysctls[Sysctl.interface(6, name, "forwarding")] == "0"
        }
    }

    /// What we set for an interface stays as long as forwarding does.
    private func recordedAcceptance(besides wanted: [Wanted]) -> [Wanted] {
        let known = Set(wanted.map(\.deed.identity))
        return recorded.filter { deed in
            guard case .sysctl(let change) = deed, let changed = change.device, changed != device else {
                return false
            }
            return change.key.hasSuffix("/accept_ra") && !known.contains(deed.identity)
        }.map { ($0, "as before") }
    }

    /// What the kernel changes along with forwarding, and would leave otherwise than it was when we switch that off:
    /// each interface's own forwarding, and in IPv4 whether redirects are accepted.
    private func companions(family: Int) -> [SysctlChange.Companion] {
        let pattern = "net/ipv\(family)/conf/"
        var found: [SysctlChange.Companion] = []
        for key in state.sysctls.keys.sorted() where key.hasPrefix(pattern) && key.hasSuffix("/forwarding") {
            guard key != Sysctl.forwarding6, let before = state.sysctls[key], before != "0" else { continue }
            found.append(.init(key: key, before: before, caused: "1"))
        }
        if family == 4, let before = state.sysctls[Sysctl.acceptRedirects4], before != "1" {
            found.append(.init(key: Sysctl.acceptRedirects4, before: before, caused: "0"))
        }
        return found
    }

    private func isRecorded(_ key: String) -> Bool { recorded.contains { $0.identity == .sysctl(key) } }

    /// The change of `key`, ours already or to be made; nil: somebody else has made it.
    private func change(
        _ key: String, to value: String, because reason: String, assuming: String? = nil,
        alongside: [SysctlChange.Companion] = []
    ) -> Wanted? {
        if let mine = recorded.first(where: { $0.identity == .sysctl(key) }) { return (mine, reason) }
        guard let before = state.sysctls[key] ?? assuming, before != value else { return nil }
        return (.sysctl(SysctlChange(key: key, value: value, before: before, alongside: alongside)), reason)
    }
}
