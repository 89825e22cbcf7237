// The machines of a picture, in network namespaces: the box, the provider with all of the internet, a client on each network.

import Foundation
import Testing

final class ConfigurationNetwork {
    let house: House
    let picture: ConfigurationPicture
    let file: String
    let box: Namespace
    let provider: Namespace
    /// By the box's interface.
    private(set) var clients: [String: Namespace] = [:]
    /// Jool's client, if the picture has one.
    private(set) var standIn: JoolStandIn?

    init(_ house: House, _ picture: ConfigurationPicture, file: String) throws {
        (self.house, self.picture, self.file) = (house, picture, file)
        (box, provider) = (try Namespace(house), try Namespace(house))
        try box.connect("eth0", to: provider, "p0")
        try configure(box, "eth0", picture.box)
        try configure(provider, "p0", picture.provider)
        try route(box, picture.provider)
        for route in picture.routed { try provider.ip("route add \(route)") }
        clients["eth0"] = provider
        for link in picture.links { try connect(link) }
        try box.resolve(picture.system.map { "nameserver \($0)\n" } ?? "")
        try serve(
            provider, "p", names: picture.resolvers + picture.provider.map(Self.bare),
            web: ConfigurationPicture.web4 + [ConfigurationPicture.web6], zone: ("example", ConfigurationPicture.zone))
        if let inner = picture.inner, let place = clients[inner],
            let own = picture.links.first(where: { $0.name == inner })
        {
            try box.ip("route add 10.0.0.0/8 via \(Self.bare(own.client[0]))")
            try serve(
                place, "i", names: [ConfigurationPicture.innerNames], web: [ConfigurationPicture.innerWeb],
                zone: ("corp.example", ConfigurationPicture.innerZone))
        }
        if !picture.jool.isEmpty { standIn = try JoolStandIn(house) }
    }

    static func bare(_ address: String) -> String { String(address.prefix { $0 != "/" }) }

    private func connect(_ link: ConfigurationPicture.Link) throws {
        let client = try Namespace(house)
        try box.connect(link.name, to: client, "c0")
        try configure(box, link.name, link.box)
        try configure(client, "c0", link.client)
        try route(client, link.box)
        let server = link.box.map(Self.bare).first { $0.contains(":") }
        try client.resolve(server.map { "nameserver \($0)\n" } ?? "")
        clients[link.name] = client
    }

    /// Of several IPv6 addresses, a program that does not choose takes the first.
    private func configure(_ place: Namespace, _ device: String, _ addresses: [String]) throws {
        let first = addresses.first { $0.contains(":") }
        for address in addresses {
            let options = !address.contains(":") ? "" : address == first ? " nodad" : " nodad preferred_lft 0"
            try place.ip("addr add \(address) dev \(device)\(options)")
        }
    }

    /// Default routes to the first router of each protocol.
    private func route(_ place: Namespace, _ routers: [String]) throws {
        let routers = routers.map(Self.bare)
        for router in [routers.first { !$0.contains(":") }, routers.first { $0.contains(":") }] {
            if let router { try place.ip("route add default via \(router)") }
        }
    }

    // MARK: the daemon

    /// Nobody's number on a Debian machine.
    private static let account: uid_t = 64_053

    /// What stands before dns64d: the box, with a /run of its own, the account that the package makes, and Jool's client
    /// where a program is looked for.
    private func daemonPrefix() throws -> [String] {
        let run = house.path("run")
        mkdir(run, 0o755)
        var mounts = ["mount --bind \(run) /run"]
        for (name, line) in [
            ("passwd", "dns64d:x:64053:64053::/nonexistent:/usr/sbin/nologin"), ("group", "dns64d:x:\(Self.account):"),
        ] {
            let text = try String(contentsOfFile: "/etc/\(name)", encoding: .utf8)
            let others = text.split(separator: "\n").filter { !$0.hasPrefix("dns64d:") }
            let file = try house.write(name, (others + [Substring(line)]).joined(separator: "\n") + "\n")
            mounts.append("mount --bind \(file) /etc/\(name)")
        }
        if let standIn { mounts.append("mount --bind \(standIn.folder) /usr/local/sbin") }
        return box.prefix + ["sh", "-c", mounts.joined(separator: " && ") + " && exec \"$@\"", "sh"]
    }

    /// Where a clone's relative paths lead: what `make run` finds in the clone, without that clone's own socket.
    private func workingDirectory() throws -> String {
        let folder = house.path("clone")
        try FileManager.default.createDirectory(atPath: "\(folder)/.build", withIntermediateDirectories: true)
        symlink("\(Programs.root)/zones", "\(folder)/zones")
        return folder
    }

    private var command: [String] { [Programs.daemon, "--config", "\(Programs.root)/conf/\(file)"] }

    func run(_ option: String) throws -> Finished {
        try house.run(daemonPrefix() + command + [option], directory: workingDirectory())
    }

    /// Runs commands on the box, to their end or the first that fails. Network namespaces that they make are theirs alone.
    func shell(_ commands: String) throws -> Finished {
        let spaces = house.path("netns")
        mkdir(spaces, 0o755)
        let script = try house.write("script", "mount --bind \(spaces) /etc/netns\n\(commands)\n")
        return try house.run(daemonPrefix() + ["bash", "-e", script], directory: workingDirectory())
    }

    /// Starts dns64d, and waits until it says that it is ready.
    func start() throws -> Child {
        if let standIn { try standIn.give(to: Self.account) }
        let child = try house.start(daemonPrefix() + command, directory: workingDirectory())
        let isReady = eventually(within: 30) { !child.isRunning || child.errors.contains("ready: ") }
        guard isReady, child.isRunning else { throw HarnessError("\(file): \(child.errors)") }
        return child
    }

    func control(_ words: [String]) throws -> Finished {
        let socket = picture.socket.map { ["--socket", $0] } ?? []
        return try house.run(
            daemonPrefix() + [Programs.control] + socket + words, directory: workingDirectory())
    }
}

extension JoolStandIn {
    /// What it keeps is written by who calls it.
    fileprivate func give(to account: uid_t) throws {
        for file in [""] + (try FileManager.default.contentsOfDirectory(atPath: folder)) {
            chown("\(folder)/\(file)", account, account)
        }
    }
}
