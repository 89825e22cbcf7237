// Clients' queries: from words, or octet by octet where no well-behaved client would send them.

import DNSMessage
import NetAddress
import Resolver

struct QueryReader {
    let block: ScenarioBlock
    private var line: ScenarioLine { block.head }

    init(_ block: ScenarioBlock) { self.block = block }

    /// The message id of query `number`.
    static func id(_ number: Int) -> UInt16 { UInt16(truncatingIfNeeded: 0x4000 + number) }

    private func step() throws -> QueryStep {
        QueryStep(
            numbers: try StepReader.numbers(block.label, line), bytes: { _ in [] },
            client: SocketAddress(.v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 1)), port: 40_000))
    }

    /// query NUMBER: NAME TYPE WORDS...
    func query() throws -> QueryStep {
        var step = try step()
        let words = block.rest
        guard words.count >= 2, let name = DomainName(words[0]), let type = RecordType(words[1]) else {
            throw line.failure("query NUMBER: NAME TYPE was expected")
        }
        var message = Message(query: Question(name, type), id: 0)
        var edns = EDNS()
        var hasEDNS = true
        for word in words.dropFirst(2) {
            let (key, value) = word.keyAndValue
            switch key {
            case "do": edns.dnssecOK = true
            case "cd": message.checkingDisabled = true
            case "ad": message.authenticData = true
            case "norecurse": message.recursionDesired = false
            case "noedns": hasEDNS = false
            case "edns": edns.udpSize = UInt16(value) ?? 0
            case "version": edns.version = UInt8(value) ?? 0
            case "opcode": message.opcode = UInt8(value) ?? 0
            case "class": message.questions[0].recordClass = RecordClass(rawValue: UInt16(value) ?? 3)
            case "cookie" where value.hasPrefix("from:"): step.cookieFrom = Int(value.dropFirst(5))
            case "cookie": edns.options.append(.init(code: EDNS.Option.cookie, data: try Self.octets(value, line)))
            case "option":
                let parts = value.split(separator: ":")
                guard let code = UInt16(parts[0]) else { throw line.failure("option=CODE:HEX was expected") }
                edns.options.append(
                    .init(code: code, data: try Self.octets(parts.count > 1 ? String(parts[1]) : "", line)))
            default: try readSender(word, &step)
            }
        }
        if hasEDNS { message.edns = edns }
        step.bytes = { [message] number in
            var message = message
            message.id = Self.id(number)
            return message.encoded()
        }
        return step
    }

    /// datagram NUMBER: WORDS..., and its octets in the lines under it.
    func datagram() throws -> QueryStep {
        var step = try step()
        for word in block.rest { try readSender(word, &step) }
        let octets = try block.body.flatMap { line -> [UInt8] in
            let words = line.words
            switch words[0] {
            case "name":
                guard words.count == 2, let name = DomainName(words[1]) else {
                    throw line.failure("name NAME was expected")
                }
                return name.wire
            case "id": return []
            case "octets":
                guard words.count == 3, let count = Int(words[1]) else {
                    throw line.failure("octets COUNT HEX was expected")
                }
                return Array(repeating: try Self.octets(words[2], line), count: count).flatMap { $0 }
            default: return try words.flatMap { try Self.octets($0, line) }
            }
        }
        let hasID = block.body.first?.text == "id"
        step.bytes = { number in
            let id = Self.id(number)
            return hasID ? [UInt8(id >> 8), UInt8(id & 255)] + octets : octets
        }
        return step
    }

    /// Words about the sender, which queries and datagrams share.
    private func readSender(_ word: String, _ step: inout QueryStep) throws {
        let (key, value) = word.keyAndValue
        switch key {
        case "tcp": step.transport = .stream
        case "from":
            guard let address = IPAddress(value) else { throw line.failure("\(value) is no address") }
            step.client = SocketAddress(address, port: step.client.port)
        case "port": step.client.port = UInt16(value) ?? 0
        default: throw line.failure("unknown word \(word)")
        }
    }

    static func octets(_ text: String, _ line: ScenarioLine) throws -> [UInt8] {
        let digits = Array(text)
        guard digits.count % 2 == 0 else { throw line.failure("\(text) has an odd number of hexadecimal digits") }
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            guard let octet = UInt8(String(digits[index...(index + 1)]), radix: 16) else {
                throw line.failure("\(text) is not hexadecimal")
            }
            return octet
        }
    }
}
