// announce: what this host, the settings and the sockets say goes to the module that writes the configuration.

internal import Announcement
internal import ControlProtocol
internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import NetAddress
internal import Resolver

extension Daemon {
    func announce(_ what: AnnounceRequest, _ reply: @escaping @Sendable (ControlResponse) -> Void) {
        guard let announcer = Announcer(rawValue: what.program.rawValue) else {
            return reply(.refused(Refusal(code: .invalid, message: "\(what.program.rawValue) is not known here")))
        }
        let partner = what.partner.flatMap { Announcer(rawValue: $0.rawValue) }
        let network: AnnouncedNetwork
        do {
            network = try boxFacts().network(on: what.interface)
        } catch {
            return reply(Self.refusal(error))
        }
        let file = announcer == .networkd ? NetworkdLink.file(of: network.interface.text) : nil
        Task.detached { @Sendable in
            reply(await Self.answer(what, announcer, partner, network, networkFile: file))
        }
    }

    private static func answer(
        _ what: AnnounceRequest, _ announcer: Announcer, _ partner: Announcer?, _ network: AnnouncedNetwork,
        networkFile: String?
    ) async -> ControlResponse {
        let installed = await announcer.installed()
        do throws(AnnouncementRefusal) {
            let made = try announcer.configuration(
                for: network, with: partner, installed: installed, networkFile: networkFile)
            return .announce(
                AnnounceReport(
                    program: what.program, interface: network.interface.text,
                    files: made.files.map { AnnouncedFile(path: $0.path, text: $0.text) }, remarks: made.remarks))
        } catch {
            return refusal(error)
        }
    }

    private static func refusal(_ error: any Error) -> ControlResponse {
        guard let refusal = error as? AnnouncementRefusal else {
            return .refused(Refusal(code: .failed, message: "this host's addresses can't be read: \(error)"))
        }
        return .refused(Refusal(code: .invalid, message: refusal.message, errors: refusal.advice))
    }

    /// - Throws: `Errno` if the addresses can't be read.
    private func boxFacts() throws(Errno) -> BoxFacts {
        let nat64 = settings.configuration.nat64
        let values = settings.resolver.values
        return BoxFacts(
            interfaces: Self.interfaceNames,
            addresses: try InterfaceAddresses.list().map { address in
                BoxAddress(
                    interface: address.name, index: address.index, address: address.address,
                    prefixLength: address.prefixLength, isLoopback: address.isLoopback)
            },
            listening: sockets.addresses, allowed: values.allow,
            policies: values.policies.classes.map { ClientPolicy($0.policy, match: $0.match.prefixes) },
            standardPolicy: ClientPolicy(values.policies.standard, match: []), ipv4Uplink: Self.ipv4Uplink,
            translatorDevice: nat64.backend == .tun ? nat64.tun.device : nil, translatesHere: nat64.backend != .none)
    }

    /// Also those without an address.
    private static var interfaceNames: [String] {
        guard let list = if_nameindex() else { return [] }
        defer { if_freenameindex(list) }
        var names: [String] = []
        var next = list
        while let name = next.pointee.if_name {
            names.append(String(cString: name))
            next += 1
        }
        return names
    }

    /// The interface that packets to a PCP server's anycast address (RFC 7723) leave by: it is behind the default route
    /// everywhere. Nothing is sent.
    private static var ipv4Uplink: String? {
        guard let index = try? RouteLookup.interface(towards: .v4(IPv4Address(192, 0, 0, 9))) else { return nil }
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(index, &name) != nil else { return nil }
        return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }
}

extension ClientPolicy {
    /// As configured: while the translator is down nothing may be synthesized, but what is announced stays.
    fileprivate init(_ policy: SynthesisPolicy, match: [IPPrefix]) {
        let values = policy.values
        self.init(label: values.label, match: match, prefixes: values.mode == .off ? [] : values.prefixes)
    }
}
