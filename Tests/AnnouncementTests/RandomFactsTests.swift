// Hosts at random: whatever their addresses are, there is a refusal or a configuration that holds together.

import NetAddress
import Testing

@testable import Announcement

/// The same numbers each time (SplitMix64).
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

@Suite struct RandomFactsTests {
    private static let names = ["lan", "wan", "lo", "br-lan", "eth0.64", "a{b", "", "prefix", "nat64"]
    private static let high: [UInt64] = [
        0, 0xfd00_0064_0000_0000, 0x2001_0db8_0001_0000, 0xfe80_0000_0000_0000, 0xff02_0000_0000_0000, .max,
    ]

    private static func address(_ numbers: inout Numbers) -> BoxAddress {
        let name = names.randomElement(using: &numbers) ?? ""
        let low = Bool.random(using: &numbers) ? UInt64.random(in: 0...3, using: &numbers) : numbers.next()
        if Bool.random(using: &numbers) {
            let block: UInt32 =
                [0, 0xc0a8_4000, 0x0a00_0000, 0xffff_ff00, 0xa9fe_0000].randomElement(using: &numbers) ?? 0
            return BoxAddress(
                interface: name, index: 1,
                address: .v4(IPv4Address(rawValue: block &+ UInt32(truncatingIfNeeded: low))),
                prefixLength: Int.random(in: -1...33, using: &numbers), isLoopback: name == "lo")
        }
        return BoxAddress(
            interface: name, index: 1,
            address: .v6(IPv6Address(high: high.randomElement(using: &numbers) ?? 0, low: low)),
            prefixLength: Bool.random(using: &numbers) ? 64 : Int.random(in: -1...129, using: &numbers),
            isLoopback: name == "lo")
    }

    private static func facts(_ numbers: inout Numbers) -> BoxFacts {
        let addresses = (0..<Int.random(in: 0...12, using: &numbers)).map { _ in address(&numbers) }
        var listening = [SocketAddress(.v6(IPv6Address(high: 0, low: 0)), port: 53)]
        if Bool.random(using: &numbers) {
            listening = addresses.filter { _ in Bool.random(using: &numbers) }.map {
                SocketAddress($0.address, port: 53)
            }
        }
        let match = IPPrefix(.v6(IPv6Address(high: high[1], low: 0)), length: Int.random(in: 0...128, using: &numbers))
        return BoxFacts(
            interfaces: names, addresses: addresses, listening: listening, allowed: IPPrefixSet(),
            policies: [ClientPolicy(label: "one\n#", match: match.map { [$0] } ?? [], prefixes: [])],
            standardPolicy: ClientPolicy(label: "default", prefixes: [.wellKnown]),
            ipv4Uplink: names.randomElement(using: &numbers), translatorDevice: "nat64",
            translatesHere: Bool.random(using: &numbers))
    }

    @Test(arguments: UInt64(0)..<20)
    func holdTogether(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        var announced = 0
        for _ in 0..<100 {
            let facts = Self.facts(&numbers)
            for name in Self.names.map(Optional.some) + [nil] {
                guard let network = try? facts.network(on: name) else { continue }
                announced += 1
                check(network, facts)
                for program in Announcer.allCases {
                    guard let made = try? program.configuration(for: network) else { continue }
                    #expect(made.files.allSatisfy { !$0.text.contains("{b") && $0.text.utf8.allSatisfy { $0 < 0x7f } })
                }
            }
        }
        #expect(announced > 20)
    }

    private func check(_ network: AnnouncedNetwork, _ facts: BoxFacts) {
        let own = facts.addresses.filter { $0.interface == network.interface.text }.map(\.address)
        #expect(network.prefixes.allSatisfy { $0.length == 64 } && !network.prefixes.isEmpty)
        #expect(Set(network.prefixes).count == network.prefixes.count)
        #expect((1...3).contains(network.resolvers.count))
        #expect(network.resolvers.allSatisfy { own.contains(.v6($0)) })
        guard case .network(let ipv4) = network.ipv4 else { return }
        #expect(own.contains(.v4(ipv4.router)))
        #expect(ipv4.prefix.contains(.v4(ipv4.router)))
        for address in [ipv4.pool.lowerBound, ipv4.pool.upperBound] {
            #expect(ipv4.prefix.contains(.v4(address)))
            #expect(address != ipv4.base)
        }
        #expect(ipv4.pool.upperBound.rawValue - ipv4.pool.lowerBound.rawValue < 100)
        for address in own { if case .v4(let address) = address { #expect(!ipv4.pool.contains(address)) } }
    }
}
