// Every file of conf/, as it stands: checked, planned, started on the network that its header draws, and asked for what it
// promises.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct ConfigurationTests {
    /// The folder's own list, so that no file is forgotten.
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: "\(Programs.root)/conf")) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    @Test func filesAreThere() {
        #expect(Self.files.count == ConfigurationPicture.all.count, "\(Self.files)")
    }

    @Test(arguments: files) func asItStands(_ file: String) throws {
        let picture = try #require(ConfigurationPicture.all[file], "nothing is known of the network of conf/\(file)")
        try expectDrawn(picture, file)
        try withHouse { house throws in
            let network = try ConfigurationNetwork(house, picture, file: file)
            let check = try network.run("--check")
            #expect(check.status == 0 && check.output.contains("no errors"), "\(check.errors)")
            let plan = try network.run("--plan")
            #expect(plan.status == 0 && plan.errors.isEmpty, "\(plan.errors)")
            for line in picture.plan { #expect(plan.output.contains(line), "\(plan.output)") }
            let child = try network.start()
            try expectAnswers(network, child)
            for visit in picture.visits { try expectVisit(network, visit) }
            for words in picture.says { #expect(child.errors.contains(words), "\(child.errors)") }
            let status = try network.control(["status"])
            #expect(status.output.contains("is ready"), "\(status.output)\(status.errors)")
            try expectAnnounced(network)
            if let standIn = network.standIn {
                for line in picture.jool { #expect(standIn.state().contains(line), "\(standIn.state())") }
            }
            #expect(!child.errors.contains("warning"), "\(child.errors)")
            child.signal(SIGTERM)
            #expect(child.wait(seconds: 10) == .exit(0), "\(child.errors)")
            try expectNothingLeft(network)
        }
    }

    /// Who reads the header finds the interfaces and addresses that the test has.
    private func expectDrawn(_ picture: ConfigurationPicture, _ file: String) throws {
        guard picture.isDrawn else { return }
        let text = try String(contentsOfFile: "\(Programs.root)/conf/\(file)", encoding: .utf8)
        let header = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }
            .joined(separator: "\n")
        for link in picture.links { #expect(header.contains(link.name), "\(link.name)") }
        for address in picture.box + picture.links.flatMap(\.box) {
            #expect(header.contains(address.prefix { $0 != "/" }), "\(address)")
        }
    }

    /// The commands in the header that print another program's configuration print one.
    private func expectAnnounced(_ network: ConfigurationNetwork) throws {
        let text = try String(contentsOfFile: "\(Programs.root)/conf/\(network.file)", encoding: .utf8)
        for command in text.matches(of: /dns64ctl (announce [a-z-]+(?: --with [a-z-]+)? --interface) ([a-z0-9.]+|NAME)/)
        {
            let interface = command.2 == "NAME" ? network.picture.links[0].name : String(command.2)
            let printed = try network.control(command.1.split(separator: " ").map(String.init) + [interface])
            #expect(printed.status == 0 && printed.output.contains(interface), "\(command.0): \(printed.errors)")
        }
    }

    private func expectAnswers(_ network: ConfigurationNetwork, _ child: Child) throws {
        for question in network.picture.questions {
            let place = try #require(question.link.map { network.clients[$0] } ?? network.box)
            let answer = try place.dig("\(question.words) AAAA")
            #expect(answer.data("AAAA").sorted() == question.addresses, "\(question): \(answer.text)\(child.errors)")
            #expect(["NOERROR", "REFUSED"].contains(answer.status), "\(question): \(answer.text)\(child.errors)")
        }
    }

    /// By its name, as an application does it, and by ping.
    private func expectVisit(_ network: ConfigurationNetwork, _ visit: ConfigurationPicture.Visit) throws {
        let client = try #require(network.clients[visit.link])
        let page = try network.house.run(
            client.prefix + ["curl", "-sS", "-6", "--max-time", "10", "http://\(visit.name)/"])
        #expect(page.status == 0 && page.output.hasPrefix(visit.seenAs), "\(visit): \(page.output)\(page.errors)")
        let ping = try network.house.run(client.prefix + ["ping", "-6", "-n", "-c", "1", "-W", "5", visit.name])
        #expect(ping.status == 0, "\(visit): \(ping.output)\(ping.errors)")
    }

    private func expectNothingLeft(_ network: ConfigurationNetwork) throws {
        let links = try network.box.inside("ip", "-o", "link")
        #expect(!links.contains("nat64"), "\(links)")
        let tables = try network.box.inside("nft", "list", "tables")
        #expect(!tables.contains("dns64d"), "\(tables)")
        for setting in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
            #expect(try network.box.inside("sysctl", "-n", setting) == "0\n", "\(setting)")
        }
        if let standIn = network.standIn { #expect(standIn.instances.isEmpty) }
    }

    /// What the guides tell to write.
    @Test(arguments: [
        "guide-network", "guide-application-testing", "coming-from-jool", "coming-from-tayga", "troubleshooting",
    ])
    func examplesInGuides(_ guide: String) throws {
        let text = try String(contentsOfFile: "\(Programs.root)/docs/\(guide).md", encoding: .utf8)
        try withHouse { house throws in
            for example in text.components(separatedBy: "```yaml\n").dropFirst() {
                let lines = example.components(separatedBy: "\n```")[0] + "\n"
                let file = try house.write("example\(house.number()).yaml", lines)
                let check = try house.run([Programs.daemon, "--config", file, "--check"])
                #expect(check.status == 0, "\(lines)\(check.errors)")
            }
        }
    }

    // MARK: the laboratory

    /// The lines of a file from the one that makes the namespace, as far as they are commands.
    private func laboratory(_ file: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(Programs.root)/\(file)", encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop { " #".contains($0) }.trimmingPrefix(" ") }
        let start = try #require(lines.firstIndex { $0 == "ip netns add lab" })
        return lines[start...].prefix { !$0.isEmpty }.map(String.init)
    }

    /// What the file and the guide tell to type, typed.
    @Test func theLaboratorysCommands() throws {
        let commands = try laboratory("conf/application-lab.yaml")
        #expect(try laboratory("docs/guide-application-testing.md") == commands && commands.count == 10)
        var picture = ConfigurationPicture.applicationLab
        picture.links = []
        picture.routed = []
        try withHouse { house throws in
            let network = try ConfigurationNetwork(house, picture, file: "application-lab.yaml")
            let finished = try network.shell(
                """
                \(commands.joined(separator: "\n"))
                \(Programs.daemon) --config \(Programs.root)/conf/application-lab.yaml 2> log &
                for i in {1..200}; do grep -qs ready: log && break; kill -0 $!; sleep 0.1; done
                ip netns exec lab curl -sS --max-time 10 http://dual.example/
                ! ip netns exec lab ping -n -c 1 \(ConfigurationPicture.web4[0]) 2>&1
                kill $!
                wait $!
                ip netns del lab
                """)
            #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
            #expect(finished.output.hasPrefix("192.168.7.20\n"), "\(finished.output)")
            #expect(finished.output.contains("Network is unreachable"), "\(finished.output)")
        }
    }
}
