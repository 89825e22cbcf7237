// Router advertisements and DHCPv6 replies, as they come and as nobody should send them.

import NetAddress
import Testing

@testable import Doctor

enum Wire {
    static let router = IPv6Address("fe80::1")!

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// RFC 4861 section 4.2: type 134, hop limit 64, flags, router lifetime 1800.
    static func advertisement(flags: String = "00", lifetime: String = "0708", _ options: String...) -> [UInt8] {
        bytes("8600 0000 40\(flags) \(lifetime) 00000000 00000000" + options.joined())
    }

    static let prefix = "0304 40c0 00015180 00003840 00000000 fd000064000000000000000000000000"
    static let resolver = "1903 0000 00000708 fd000064000000000000000000000001"
    /// As radvd 2.20 sent it: scaled lifetime 225 (1800 s), code 0.
    static let pref64 = "2602 0708 0064ff9b 0000000000000000"
}

@Suite("Router advertisements (RFC 4861, 8106, 8781)")
struct RouterAdvertisementTests {
    private func read(_ message: [UInt8]) -> RouterAdvertisement? {
        RouterAdvertisement(message: message, from: Wire.router, hopLimit: 255)
    }

    @Test("all that a client of a NAT64 looks for is read")
    func whole() throws {
        let found = try #require(
            read(Wire.advertisement(flags: "40", Wire.prefix, Wire.resolver, Wire.pref64, "0501 0000 000005dc")))
        #expect(found.router == Wire.router)
        #expect(found.routerLifetime == 1800)
        #expect(found.otherConfiguration && !found.managed)
        #expect(found.mtu == 1500)
        #expect(found.autonomousPrefixes == [IPPrefix("fd00:64::/64")!])
        #expect(found.resolvers == [.init(value: IPv6Address("fd00:64::1")!, seconds: 1800)])
        #expect(found.pref64s == [.init(value: IPPrefix("64:ff9b::/96")!, seconds: 1800)])
    }

    /// RFC 8781 section 4: "The PLC field values 0, 1, 2, 3, 4, and 5 indicate the NAT64 prefix length of 96, 64, 56, 48, 40, and
    /// 32 bits, respectively."
    @Test("prefix length codes", arguments: zip(0...5, [96, 64, 56, 48, 40, 32]))
    func codes(code: Int, length: Int) throws {
        let octet = "0\(code)"
        let found = try #require(read(Wire.advertisement("2602 00\(octet) 20010db8 0064ffff ffffffff")))
        #expect(found.pref64s.map(\.value.length) == [length])
        // Bits behind the length are nobody's.
        let longest = IPPrefix("2001:db8:64:ffff:ffff:ffff::/96")!
        #expect(found.pref64s.allSatisfy { $0.value == IPPrefix(masked(longest.address, length), length: length) })
    }

    private func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        guard case .v6(let v6) = address else { return address }
        let high: UInt64 = length >= 64 ? .max : ~(.max >> UInt64(length))
        let low: UInt64 = length <= 64 ? 0 : ~(.max >> UInt64(length - 64))
        return .v6(IPv6Address(high: v6.high & high, low: v6.low & low))
    }

    @Test("codes 6 and 7, and a length that is not 2, are ignored, and the rest is not")
    func strangeOptions() throws {
        let found = try #require(
            read(
                Wire.advertisement(
                    "2602 0706 0064ff9b 0000000000000000", "2602 0707 0064ff9b 0000000000000000",
                    "2603 0708 0064ff9b 0000000000000000 0000000000000000", Wire.resolver)))
        #expect(found.pref64s.isEmpty)
        #expect(found.resolvers.count == 1)
    }

    @Test("a prefix without the autonomous flag is none to make addresses from")
    func notAutonomous() throws {
        let option = Wire.prefix.replacing("40c0", with: "4080")
        #expect(try #require(read(Wire.advertisement(option))).autonomousPrefixes.isEmpty)
    }

    /// RFC 4861 section 6.1.2.
    @Test("what is not valid is nothing")
    func invalid() {
        let good = Wire.advertisement(Wire.prefix)
        #expect(RouterAdvertisement(message: good, from: Wire.router, hopLimit: 64) == nil)
        #expect(RouterAdvertisement(message: good, from: IPv6Address("2001:db8::1")!, hopLimit: 255) == nil)
        #expect(read(Array(good.prefix(15))) == nil)
        #expect(read(Wire.advertisement("0300 40c0 00015180 00003840")) == nil, "an option of length zero")
        #expect(read(Wire.advertisement("0304 40c0 00015180")) == nil, "an option that is cut off")
        #expect(read(Wire.bytes("8601") + good.dropFirst(2)) == nil, "a code")
        #expect(read(Wire.bytes("8500") + good.dropFirst(2)) == nil, "a solicitation")
    }

    @Test("no mangled advertisement does harm")
    func mangled() {
        var random = SystemRandomNumberGenerator()
        let good = Wire.advertisement(Wire.prefix, Wire.resolver, Wire.pref64)
        for _ in 0..<20_000 {
            var message = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                message[Int.random(in: 0..<message.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            message.removeLast(Int.random(in: 0...message.count / 2, using: &random))
            _ = RouterAdvertisement(message: message, from: Wire.router, hopLimit: 255)
        }
    }
}

@Suite("DHCPv6 replies (RFC 8415)")
struct InformationReplyTests {
    /// Reply, transaction 0xabcdef, a server identifier, two name servers.
    static let good = Wire.bytes(
        "07abcdef 00020006000300010203 00170020 fd000064000000000000000000000001 fd000064000000000000000000000002")

    @Test("name servers are read")
    func servers() throws {
        let reply = try #require(InformationReply(message: Self.good, transaction: 0xAB_CDEF))
        #expect(reply.resolvers == [IPv6Address("fd00:64::1")!, IPv6Address("fd00:64::2")!])
    }

    @Test("another's reply, another message, and what is cut off are none")
    func others() {
        #expect(InformationReply(message: Self.good, transaction: 1) == nil)
        #expect(InformationReply(message: [2] + Self.good.dropFirst(), transaction: 0xAB_CDEF) == nil)
        for count in [0, 3, 5, 9, 20, Self.good.count - 1] {
            #expect(InformationReply(message: Array(Self.good.prefix(count)), transaction: 0xAB_CDEF) == nil)
        }
    }

    @Test("a request asks for name servers, and for what it has to")
    func request() {
        let request = InformationReply.request(transaction: 0xAB_CDEF, client: [0, 4, 1])
        #expect(request == Wire.bytes("0babcdef 0001 0003 000401 0008 0002 0000 0006 0006 0017 0020 0053"))
    }
}
