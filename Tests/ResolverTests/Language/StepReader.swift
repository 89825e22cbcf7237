// Blocks to steps.

import DNSMessage
import NetAddress
import Resolver
import Telemetry

struct StepReader {
    let block: ScenarioBlock
    private var line: ScenarioLine { block.head }

    init(_ block: ScenarioBlock) { self.block = block }

    func read() throws -> Step {
        switch block.keyword {
        case "query": return .query(try QueryReader(block).query())
        case "datagram": return .query(try QueryReader(block).datagram())
        case "upstream": return .upstream(try upstream())
        case "wait": return .wait(milliseconds: try milliseconds())
        case "reload": return .reload(block)
        case "asked": return .asked(try asks(block.rest))
        case "cancelled": return .cancelled(try asks(block.rest))
        case "reply": return .reply(try reply())
        case "no": return .noReply(try Self.numbers(Array(block.head.words.dropFirst(2)), line))
        case "dropped":
            guard let name = block.rest.first, let counter = Self.counter(name) else {
                throw line.failure("dropped NUMBER: COUNTER was expected")
            }
            return .dropped(try Self.numbers(block.label, line), counter)
        case "counters": return .counters(try counters())
        default: throw line.failure("unknown step \"\(block.keyword)\"")
        }
    }

    static func counter(_ name: String) -> Counter? { Counter.allCases.first { $0.name == name } }

    static func numbers(_ words: [String], _ line: ScenarioLine) throws -> ClosedRange<Int> {
        let ends = words.first?.split(separator: "..").compactMap { Int($0) } ?? []
        guard words.count == 1, let low = ends.first, let high = ends.last, low <= high, ends.count <= 2 else {
            throw line.failure("a query's number, or a range of them such as 1..9, was expected")
        }
        return low...high
    }

    private func milliseconds() throws -> UInt64 {
        let words = block.label + block.rest
        guard words.count == 2, let number = UInt64(words[0]) else {
            throw line.failure("wait NUMBER ms|s was expected")
        }
        switch words[1] {
        case "ms": return number
        case "s": return number * 1000
        default: throw line.failure("ms or s was expected, not \(words[1])")
        }
    }

    private func counters() throws -> [(counter: Counter, value: UInt64)] {
        let lines =
            block.body
            + (block.rest.isEmpty ? [] : [ScenarioLine(number: line.number, text: block.rest.joined(separator: " "))])
        return try lines.flatMap { line in
            try line.text.split(separator: ",").map { pair in
                let words = pair.split(separator: " ")
                guard words.count == 2, let counter = Self.counter(String(words[0])), let value = UInt64(words[1])
                else {
                    throw line.failure("COUNTER NUMBER was expected, not \"\(pair)\"")
                }
                return (counter, value)
            }
        }
    }

    // MARK: upstream

    private func asks(_ words: [String]) throws -> [UpstreamAsk] {
        let lines = words.joined(separator: " ").split(separator: ",").map {
            ScenarioLine(number: line.number, text: String($0))
        }
        return try (lines + block.body).filter { $0.text != "nothing" }.map { try Self.ask($0.words, $0) }
    }

    /// NAME TYPE [do] [cd]
    private static func ask(_ words: [String], _ line: ScenarioLine) throws -> UpstreamAsk {
        guard words.count >= 2, let name = DomainName(words[0]), let type = RecordType(words[1]) else {
            throw line.failure("NAME TYPE was expected, not \"\(words.joined(separator: " "))\"")
        }
        let options = Set(words.dropFirst(2))
        guard options.isSubset(of: ["do", "cd"]) else { throw line.failure("only do and cd may follow") }
        return UpstreamAsk(
            name: name, type: type, dnssecOK: options.contains("do"), checkingDisabled: options.contains("cd"))
    }

    private func upstream() throws -> UpstreamStep {
        let ask = try Self.ask(block.label, line)
        guard let first = block.rest.first else { throw line.failure("a response code or a failure was expected") }
        let failures: [String: AskFailure] = [
            "timeout": .timeout, "unreachable": .unreachable, "no-server": .noServer, "malformed": .malformed,
            "overload": .overload,
        ]
        if let failure = failures[first] { return UpstreamStep(ask: ask, outcome: .failure(failure)) }
        guard let code = Self.code(first) else { throw line.failure("unknown response code \(first)") }
        var message = Message(query: Question(ask.name, ask.type), id: 0)
        message.isResponse = true
        message.recursionAvailable = true
        message.responseCode = code
        var zone: DomainName?
        var trustsAD: Bool?
        for word in block.rest.dropFirst() {
            let (key, value) = word.keyAndValue
            switch key {
            case "aa": message.authoritative = true
            case "ad": message.authenticData = true
            case "tc": message.truncated = true
            case "untrusted": trustsAD = false
            case "zone": zone = DomainName(value)
            case "ede":
                let codes = value.split(separator: ",").compactMap { UInt16($0) }
                message.edns = EDNS(options: codes.map { .init(code: 15, data: [UInt8($0 >> 8), UInt8($0 & 255)]) })
            default: throw line.failure("unknown word \(word)")
            }
        }
        let sections = try SectionPatterns(block.body)
        message.answers = sections.answer.map(\.record)
        message.authorities = sections.authority.map(\.record)
        message.additionals = sections.additional.map(\.record)
        return UpstreamStep(ask: ask, outcome: .message(message, zone: zone, trustsAD: trustsAD))
    }

    // MARK: replies

    static func code(_ text: String) -> ResponseCode? {
        let others = ["YXDOMAIN": 6, "NOTAUTH": 9]
        return ResponseCode(text) ?? others[text].map { ResponseCode(rawValue: UInt16($0)) }
    }

    private func reply() throws -> ReplyStep {
        guard let first = block.rest.first, let code = Self.code(first) else {
            throw line.failure("reply NUMBER: CODE was expected")
        }
        var reply = ReplyStep(
            numbers: try Self.numbers(block.label, line), responseCode: code, sections: try SectionPatterns(block.body))
        for word in block.rest.dropFirst() {
            let (key, value) = word.keyAndValue
            switch key {
            case "aa": reply.authoritative = true
            case "ad": reply.authenticData = true
            case "tc": reply.truncated = true
            case "no-question": reply.hasQuestion = false
            case "no-edns": reply.hasEDNS = false
            case "ede": reply.extendedErrors = value.split(separator: ",").compactMap { UInt16($0) }
            case "size": reply.largestSize = Int(value)
            case "cookie" where value == "new": reply.cookie = .present
            case "cookie" where value.hasPrefix("same:"): reply.cookie = .sameAs(Int(value.dropFirst(5)) ?? 0)
            case "cookie" where value.hasPrefix("not:"): reply.cookie = .differsFrom(Int(value.dropFirst(4)) ?? 0)
            default: throw line.failure("unknown word \(word)")
            }
        }
        return reply
    }
}

extension String {
    /// `edns=512` in two.
    var keyAndValue: (key: String, value: String) {
        guard let equals = firstIndex(of: "=") else { return (self, "") }
        return (String(self[..<equals]), String(self[index(after: equals)...]))
    }
}
