import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

/// Desired against actual: the commands, word by word.
@Suite struct PlannerTests {
    private let prefix = Pref64.wellKnown
    private let other: Pref64

    init() throws { other = try Pref64(#require(IPPrefix("2001:db8:64::/96"))) }

    private func commands(_ wishes: [InstanceWish], _ actual: [InstanceState]) -> [String] {
        Planner(wishes: wishes, actual: actual).changes.map { change in
            ([change.command.program ?? "jool"] + change.command.arguments).joined(separator: " ")
        }
    }

    private func wish(_ pool: String..., change: (inout InstanceWish) -> Void = { _ in }) -> InstanceWish {
        var wish = InstanceWish(name: "dns64d", framework: .netfilter, pool6: prefix)
        wish.pool4 = PoolTable(pool.compactMap(Pool4Range.init(text:)))
        wish.staticBindings = []
        wish.rules = []
        change(&wish)
        return wish
    }

    private func state(_ wish: InstanceWish, change: (inout InstanceState) -> Void = { _ in }) -> InstanceState {
        var state = InstanceState(fresh: wish)
        state.globals.merge(wish.globals) { $1 }
        state.pool4 = wish.pool4 ?? PoolTable()
        state.staticBindings = wish.staticBindings ?? []
        state.rules = wish.rules ?? []
        change(&state)
        return state
    }

    private func binding(_ port: UInt16, client: UInt64 = 5) -> StaticBinding {
        StaticBinding(
            proto: .tcp, client: TransportAddress6(IPv6Address(high: 0x2001_0db8 << 32, low: client), 80),
            public: TransportAddress4(IPv4Address(192, 0, 2, 1), port))
    }

    @Test("from nothing")
    func fresh() {
        let wish = wish("192.0.2.1 61000-62000") {
            $0.globals = ["tcp-est-timeout": "2:04:00", "udp-timeout": "0:05:00"]
            $0.staticBindings = [binding(61500)]
        }
        #expect(
            commands([wish], []) == [
                "jool instance add dns64d --netfilter --pool6 64:ff9b::/96",
                "jool -i dns64d global update tcp-est-timeout 2:04:00",
                "jool -i dns64d pool4 add --tcp 192.0.2.1 61000-62000",
                "jool -i dns64d pool4 add --udp 192.0.2.1 61000-62000",
                "jool -i dns64d pool4 add --icmp 192.0.2.1 61000-62000",
                "jool -i dns64d bib add 192.0.2.1#61500 2001:db8::5#80 --tcp",
            ])
    }

    @Test("what is as it should be takes no command")
    func same() {
        let wish = wish("192.0.2.1 61000-62000") {
            $0.globals = ["tcp-est-timeout": "2:04:00"]
            $0.staticBindings = [binding(61500)]
        }
        #expect(commands([wish], [state(wish)]).isEmpty)
    }

    @Test(
        "one difference is one command",
        arguments: [
            ("global", ["jool -i dns64d global update udp-timeout 0:05:00"]),
            ("unknown global", []),
            ("pool", ["jool -i dns64d pool4 remove --tcp 192.0.2.9 5-6"]),
            ("pool row cut", ["jool -i dns64d pool4 add --udp 192.0.2.1 61500-62000"]),
            ("binding gone", ["jool -i dns64d bib add 192.0.2.1#61500 2001:db8::5#80 --tcp"]),
            ("binding more", ["jool -i dns64d bib remove 192.0.2.1#61501 --tcp"]),
            (
                "in the way",
                [
                    "jool -i dns64d bib remove 192.0.2.1#61777 --tcp",
                    "jool -i dns64d bib add 192.0.2.1#61500 2001:db8::5#80 --tcp",
                ]
            ),
            ("marked", ["jool -i dns64d pool4 remove --tcp 192.0.2.11 5000 --mark 7"]),
            ("disabled", ["jool -i dns64d global update manually-enabled true"]),
        ])
    func one(_ what: String, _ expected: [String]) throws {
        let wish = wish("192.0.2.1 61000-62000") { $0.staticBindings = [binding(61500)] }
        let state = state(wish) { state in
            let address = IPv4Address(192, 0, 2, 1)
            switch what {
            case "global": state.globals["udp-timeout"] = "0:10:00"
            case "unknown global": state.globals["of-a-later-version"] = "1"
            case "pool": state.pool4.insert(5...6, .init(proto: .tcp, address: IPv4Address(192, 0, 2, 9)))
            case "pool row cut": state.pool4.remove(PortSet(61500...62000), .init(proto: .udp, address: address))
            case "binding gone": state.staticBindings = []
            case "binding more": state.staticBindings.insert(binding(61501, client: 6))
            case "in the way":
                state.staticBindings = []
                state.inTheWay = [binding(61777)]
            case "marked":
                state.marked = [
                    PoolRow(
                        mark: 7, proto: .tcp, address: IPv4Address(192, 0, 2, 11), ports: 5000...5000,
                        iterations: .limited(1024), isFixed: true)
                ]
            default: state.globals["manually-enabled"] = "false"
            }
        }
        #expect(commands([wish], [state]) == expected)
    }

    @Test("additions come before removals, for an empty pool4 means something else")
    func order() {
        let old = state(wish("192.0.2.1 100-200"))
        let words = commands([wish("192.0.2.2 100-200")], [old])
        #expect(words.map { $0.contains(" add ") } == [true, true, true, false, false, false])
        #expect(commands([wish()], [old]) == ["jool -i dns64d pool4 flush"])
    }

    @Test("another prefix or framework: made anew, and said")
    func remade() throws {
        let old = state(wish("192.0.2.1 100-200"))
        let changed = wish("192.0.2.1 100-200") { $0.pool6 = other }
        let changes = Planner(wishes: [changed], actual: [old]).changes
        #expect(
            changes.map { $0.command.arguments.joined(separator: " ") }.prefix(2) == [
                "instance remove dns64d", "instance add dns64d --netfilter --pool6 2001:db8:64::/96",
            ])
        #expect(changes.count == 5)
        #expect(changes[0].losesSessionsOf == "dns64d" && changes[0].reason.contains("64:ff9b::/96"))
        let moved = wish("192.0.2.1 100-200") { $0.framework = .iptables }
        #expect(
            commands([moved], [old]).prefix(2) == [
                "jool instance remove dns64d", "jool instance add dns64d --iptables --pool6 64:ff9b::/96",
            ])
    }

    @Test("an adopted instance keeps what is not named")
    func adopted() {
        var wish = InstanceWish(name: "dns64d", framework: .netfilter, pool6: prefix)
        wish.isAdopted = true
        wish.globals = ["udp-timeout": "0:05:00"]
        let theirs = state(self.wish("192.0.2.1 100-200")) {
            $0.globals["logging-session"] = "true"
            $0.globals["udp-timeout"] = "0:06:00"
            $0.globals["manually-enabled"] = "false"
            $0.staticBindings = [binding(150)]
        }
        #expect(commands([wish], [theirs]) == ["jool -i dns64d global update udp-timeout 0:05:00"])
    }

    @Test("instances of ours that are no longer wanted go first, with the rules that lead to them")
    func obsolete() throws {
        var old = state(wish("192.0.2.1 100-200"))
        old.name = "old"
        old.framework = .iptables
        old.rules = Rule.all("old", pool6: prefix.prefix, pool4: [])
        #expect(
            Array(commands([wish()], [old]).prefix(4)) == [
                "ip6tables -t mangle -D PREROUTING -d 64:ff9b::/96 -j JOOL --instance old",
                "iptables -t mangle -D PREROUTING -j JOOL --instance old", "jool instance remove old",
                "jool instance add dns64d --netfilter --pool6 64:ff9b::/96",
            ])
    }

    @Test("ports that the host's programs use as well need --force")
    func force() {
        let words = commands([wish("192.0.2.1 50000-62000")], [state(wish())])
        #expect(
            words == [
                "jool -i dns64d pool4 add --tcp 192.0.2.1 50000-62000 --force",
                "jool -i dns64d pool4 add --udp 192.0.2.1 50000-62000 --force",
                "jool -i dns64d pool4 add --icmp 192.0.2.1 50000-62000",
            ])
    }

    @Test("a prefix of many addresses needs --force")
    func manyAddresses() {
        let words = commands([wish("192.0.2.0/23 100-200")], [state(wish())])
        #expect(words.count == 3 && words.allSatisfy { $0.hasSuffix("192.0.2.0/23 100-200 --force") }, "\(words)")
        let fewer = commands([wish("192.0.2.0/24 100-200")], [state(wish())])
        #expect(fewer.allSatisfy { $0.hasSuffix("192.0.2.0/24 100-200") }, "\(fewer)")
    }

    @Test("the way back is the way there, turned around")
    func wayBack() {
        let before = state(wish("192.0.2.1 100-200") { $0.staticBindings = [binding(150)] })
        let after = state(wish("192.0.2.7 300-400") { $0.globals = ["tos": "3"] })
        let back = Planner(wishes: [InstanceWish(before)], actual: [after]).changes
        #expect(
            back.map { $0.command.arguments.joined(separator: " ") } == [
                "-i dns64d global update tos 0", "-i dns64d pool4 add --tcp 192.0.2.1 100-200",
                "-i dns64d pool4 add --udp 192.0.2.1 100-200", "-i dns64d pool4 add --icmp 192.0.2.1 100-200",
                "-i dns64d pool4 remove --tcp 192.0.2.7 300-400", "-i dns64d pool4 remove --udp 192.0.2.7 300-400",
                "-i dns64d pool4 remove --icmp 192.0.2.7 300-400",
                "-i dns64d bib add 192.0.2.1#150 2001:db8::5#80 --tcp",
            ])
        #expect(Planner(wishes: [], actual: [after]).changes.map(\.command) == [.removeInstance("dns64d")])
    }
}
