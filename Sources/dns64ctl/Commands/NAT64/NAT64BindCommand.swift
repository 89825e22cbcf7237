// `dns64ctl nat64 bind PROTO CLIENT PUBLIC`, `nat64 unbind PROTO PUBLIC`

import ArgumentParser
import ControlProtocol

struct NAT64BindCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "bind",
        abstract: "Add a static binding, so that a server behind the NAT64 can be reached by IPv4.",
        discussion: "It lasts until the daemon ends or reloads; nat64.static in the configuration is for good.")

    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("tcp, udp or icmp.", valueName: "protocol"))
    var proto: NAT64Protocol
    @Argument(help: "The server's IPv6 address and port, or ICMP identifier: [2001:db8::2]:80.")
    var client: ClientEndpoint
    @Argument(
        help: ArgumentHelp(
            "The IPv4 address and port outside: 203.0.113.9:8080, or :8080 for the host's own address.",
            valueName: "public"))
    var publicSide: PublicEndpoint

    func perform(_ session: Session) throws(CommandFailure) {
        let binding = NAT64StaticBinding(
            proto: proto, client: client.address, clientPort: client.port, public: publicSide.address,
            publicPort: publicSide.port)
        try session.ask(.nat64(.bind(binding))) { response in
            guard case .nat64(.bind(let done)) = response else { return nil }
            let outside = PublicEndpoint.text(done.public, done.publicPort)
            return [Line("bound \(done.proto.rawValue) \(outside) to [\(done.client)]:\(done.clientPort)")]
        }
    }
}

struct NAT64UnbindCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "unbind", abstract: "Remove a static binding, with its sessions.",
        discussion: "One of nat64.static comes back when the daemon starts or reloads.")

    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("tcp, udp or icmp.", valueName: "protocol"))
    var proto: NAT64Protocol
    @Argument(help: ArgumentHelp("Its IPv4 address and port outside: 203.0.113.9:8080, or :8080.", valueName: "public"))
    var publicSide: PublicEndpoint

    func perform(_ session: Session) throws(CommandFailure) {
        let address = NAT64PublicAddress(proto: proto, public: publicSide.address, publicPort: publicSide.port)
        try session.ask(.nat64(.unbind(address))) { response in
            guard case .nat64(.unbind(let done)) = response else { return nil }
            return [Line("unbound \(done.proto.rawValue) \(PublicEndpoint.text(done.public, done.publicPort))")]
        }
    }
}

extension PublicEndpoint {
    static func text(_ address: String?, _ port: UInt16) -> String { "\(address ?? "*"):\(port)" }
}
