// What runs on the server: names, web pages, files, and iperf3.

import Foundation
import Testing

/// nginx. Serves a folder, takes what is PUT into it, and writes down who came.
struct WebServer {
    let child: Child
    let folder: String
    private let base: String

    /// - Parameter listen: as nginx writes it, `198.51.100.80:80` or `[::]:80`.
    init(_ world: NAT64World, _ place: Namespace, listen: String, page: String) throws {
        base = world.house.path("web\(world.house.number())")
        folder = base + "/www"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try page.write(toFile: folder + "/index.html", atomically: true, encoding: .utf8)
        let nginx = try world.house.nginx(
            in: base, server: "listen \(listen); root \(folder); dav_methods PUT; client_max_body_size 0;")
        let child = try world.house.start(place.prefix + nginx)
        self.child = child
        let port = listen.split(separator: ":").last ?? ""
        try child.waitUntil {
            try place.inside("ss", "-Hltn", "sport = :\(port)").contains("LISTEN")
        }
    }

    /// The addresses that came, in order.
    var visitors: [String] { House.visitors(in: base) }

    /// Octets that no two files have in common.
    func makeFile(_ name: String, octets: Int) throws -> Data {
        var generator = SystemRandomNumberGenerator()
        var data = Data(capacity: octets)
        while data.count < octets { withUnsafeBytes(of: generator.next()) { data.append(contentsOf: $0) } }
        try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return data
    }

    func content(_ name: String) -> Data? { FileManager.default.contents(atPath: "\(folder)/\(name)") }
}

extension NAT64World {
    static let page = "hello from IPv4\n"

    /// The page by which the other tests know the server.
    func webServer() throws -> WebServer {
        try WebServer(self, server, listen: "\(Self.serverAddress):80", page: Self.page)
    }

    static let zone =
        Zones.head("example") + """
            v4only A \(serverAddress)
            other A \(otherAddress)
            dual A \(serverAddress)
            dual AAAA \(clientAddress)
            native AAAA \(clientAddress)
            * A \(serverAddress)
            big TXT \((0..<16).map { _ in "\"" + String(repeating: "x", count: 245) + "\"" }.joined(separator: " "))

            """

    /// nsd with the zone `example`, which sends up to 4096 octets over UDP.
    @discardableResult
    func nameServer(
        _ place: Namespace? = nil, _ address: String = serverAddress, port: Int = 53, zone: String = "example",
        _ content: String = zone
    ) throws -> Child {
        let place = place ?? server
        let configuration = try house.nsdFiles(
            in: house.path("nsd\(house.number())"), ["\(address)@\(port)"], [(zone, content)],
            options: ["ipv4-edns-size: 4096"])
        let child = try house.start(place.prefix + ["nsd", "-d", "-c", configuration])
        try child.waitUntil { try place.dig("@\(address) -p \(port) +time=1 \(zone) SOA").status == "NOERROR" }
        return child
    }

    /// vsftpd for anonymous visitors, with one file in it.
    func fileServer(file: String, _ text: String) throws {
        let base = house.path("ftp\(house.number())")
        for folder in ["\(base)/root", "\(base)/empty"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try text.write(toFile: "\(base)/root/\(file)", atomically: true, encoding: .utf8)
        let configuration = """
            listen=YES
            listen_address=\(Self.serverAddress)
            background=NO
            anonymous_enable=YES
            anon_root=\(base)/root
            ftp_username=daemon
            secure_chroot_dir=\(base)/empty
            no_anon_password=YES
            isolate_network=NO
            isolate=NO
            seccomp_sandbox=NO
            xferlog_enable=NO
            """
        let path = "\(base)/vsftpd.conf"
        try (configuration + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let child = try start(server, "vsftpd \(path)")
        try child.waitUntil {
            try server.inside("ss", "-Hltn", "sport = :21").contains("LISTEN")
        }
    }

    func iperfServer() throws {
        let child = try start(server, "iperf3 -s -B \(Self.serverAddress)")
        try child.waitUntil {
            try server.inside("ss", "-Hltn", "sport = :5201").contains("LISTEN")
        }
    }
}
