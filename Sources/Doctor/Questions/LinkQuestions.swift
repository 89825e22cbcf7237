// What is asked on each link: the routers who they are, the DHCPv6 servers what they tell, and dns64d what a client there gets.

internal import ControlProtocol
internal import DNSMessage
internal import LinuxIO
internal import NetAddress
internal import Probe

struct LinkQuestions: Sendable {
    let subject: Subject
    let interfaces: [Box.Interface]

    /// A router's answer may take 3.5 seconds (RFC 4861 section 6.2.6), and there is one socket for all links.
    private static let routerMilliseconds = 4_000
    private static let serverMilliseconds = 2_500
    /// No more links than can be listened to before the person runs out of patience.
    private static let linkLimit = 2

    func ask() async -> [LinkFacts] {
        var links: [LinkFacts] = []
        for interface in interfaces.prefix(Self.linkLimit) {
            async let advertisements = advertisements(interface)
            async let information = information(interface)
            var link = LinkFacts(interface: interface.name)
            link.resolver = resolver(interface)
            if let resolver = link.resolver { link.ownAnswer = await ownAnswer(resolver, interface) }
            link.advertisements = await advertisements
            link.information = await information
            links.append(link)
        }
        return links
    }

    private func advertisements(_ interface: Box.Interface) async -> [RouterAdvertisement]? {
        guard let routers = subject.routers else { return nil }
        return await Blocking.run {
            try? routers.solicit(interface: interface.index, milliseconds: Self.routerMilliseconds)
        }
    }

    private func information(_ interface: Box.Interface) async -> LinkFacts.Information {
        guard let address = interface.linkLocal else { return .notAsked("the interface has no link-local address") }
        return await Blocking.run {
            do throws(Errno) {
                let reply = try LinkDatagram.askForInformation(
                    interface: interface.index, address: address, milliseconds: Self.serverMilliseconds)
                return reply.map { .reply($0.resolvers) } ?? .silent
            } catch {
                return .notAsked("DHCPv6 servers can't be asked from port 546: \(error)")
            }
        }
    }

    /// The first IPv6 address of the interface that dns64d listens on.
    private func resolver(_ interface: Box.Interface) -> SocketAddress? {
        guard let listening = subject.daemon?.listening else { return nil }
        for address in interface.routable6.map(\.address) {
            if let found = listening.first(where: { $0.address == address || $0.address == address.wildcardOfFamily }) {
                return SocketAddress(address, port: found.port)
            }
        }
        return nil
    }

    private func ownAnswer(_ server: SocketAddress, _ interface: Box.Interface) async -> LinkFacts.OwnAnswer {
        switch await Asking.ask("ipv4only.arpa.", .aaaa, server, from: server.address) {
        case .failed(let why): return .failed(why)
        case .message(let message, _):
            guard message.responseCode == .noError else { return .failed(message.responseCode.description) }
            return .addresses(message.addresses6)
        }
    }
}
