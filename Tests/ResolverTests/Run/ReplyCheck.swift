// A reply against what a scenario expects of it, and against what every reply owes its query.

import DNSMessage
import Resolver

struct ReplyCheck {
    private let expected: ReplyStep
    private let query: ScenarioRun.SentQuery
    private let run: ScenarioRun

    init(_ expected: ReplyStep, _ query: ScenarioRun.SentQuery, _ run: ScenarioRun) {
        self.expected = expected
        self.query = query
        self.run = run
    }

    /// What differs, a line each; empty where all is well.
    func differences(_ bytes: [UInt8]) -> [String] {
        let message: Message
        do { message = try Message(parsing: bytes) } catch { return ["the reply is no DNS message: \(error)"] }
        return header(message) + question(bytes) + edns(message) + size(bytes) + sections(message)
    }

    // MARK: what every reply owes its query

    private func header(_ message: Message) -> [String] {
        var result: [String] = []
        func same<Value: Equatable>(_ what: String, _ wanted: Value, _ got: Value) {
            if wanted != got { result.append("\(what): expected \(wanted), got \(got)") }
        }
        let flags = query.bytes.count >= 4 ? UInt16(query.bytes[2]) << 8 | UInt16(query.bytes[3]) : 0
        same("id", query.bytes.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }, message.id)
        same("qr", true, message.isResponse)
        same("opcode", UInt8(flags >> 11 & 15), message.opcode)
        same("rd", flags & 0x0100 != 0, message.recursionDesired)
        same("cd", flags & 0x0010 != 0, message.checkingDisabled)
        same("ra", true, message.recursionAvailable)
        same("rcode", expected.responseCode, message.responseCode)
        same("aa", expected.authoritative, message.authoritative)
        same("ad", expected.authenticData, message.authenticData)
        same("tc", expected.truncated, message.truncated)
        return result
    }

    /// The question comes back octet by octet, the letters' case too.
    private func question(_ bytes: [UInt8]) -> [String] {
        let count = Int(bytes[4]) << 8 | Int(bytes[5])
        guard expected.hasQuestion else { return count == 0 ? [] : ["question: expected none, got \(count)"] }
        guard count == 1 else { return ["question: expected one, got \(count)"] }
        var end = 12
        while end < query.bytes.count, query.bytes[end] != 0 { end += Int(query.bytes[end]) + 1 }
        end += 5
        guard end <= query.bytes.count, end <= bytes.count, query.bytes[12..<end] == bytes[12..<end] else {
            return ["question: it is not the query's"]
        }
        return []
    }

    private func edns(_ message: Message) -> [String] {
        let asked = try? Message(parsing: query.bytes)
        guard let own = asked?.edns, expected.hasEDNS else {
            return message.edns == nil ? [] : ["OPT: the query had none, or none was expected"]
        }
        guard let edns = message.edns else { return ["OPT: expected one"] }
        var result: [String] = []
        if edns.version != 0 { result.append("EDNS version: expected 0, got \(edns.version)") }
        if edns.dnssecOK != own.dnssecOK { result.append("DO: expected \(own.dnssecOK), got \(edns.dnssecOK)") }
        if edns.extendedErrors != expected.extendedErrors {
            result.append("extended errors: expected \(expected.extendedErrors), got \(edns.extendedErrors)")
        }
        return result + cookie(edns, own)
    }

    private func cookie(_ edns: EDNS, _ own: EDNS) -> [String] {
        let got = edns.options.first { $0.code == EDNS.Option.cookie }?.data
        let client = own.options.first { $0.code == EDNS.Option.cookie }?.data.prefix(8)
        switch expected.cookie {
        case .none: return got == nil ? [] : ["COOKIE: expected none"]
        case .present: break
        case .sameAs(let number):
            if got != run.sent[number]?.reply.flatMap(Self.cookie) {
                return ["COOKIE: expected that of reply \(number)"]
            }
        case .differsFrom(let number):
            if got == run.sent[number]?.reply.flatMap(Self.cookie) {
                return ["COOKIE: expected another than in reply \(number)"]
            }
        }
        guard let got, got.count == 24, got.prefix(8) == client else {
            return ["COOKIE: expected the client's own 8 octets and 16 of ours, got \(got ?? [])"]
        }
        return []
    }

    private func size(_ bytes: [UInt8]) -> [String] {
        let own = (try? Message(parsing: query.bytes))?.edns
        let limit = query.transport == .stream ? 65_535 : max(512, Int(own?.udpSize ?? 512))
        let largest = min(limit, expected.largestSize ?? limit)
        return bytes.count <= largest ? [] : ["size: expected at most \(largest), got \(bytes.count)"]
    }

    // MARK: sections

    private func sections(_ message: Message) -> [String] {
        let wanted = expected.sections
        if wanted.isOrdered, wanted.answer.count == message.answers.count,
            !zip(wanted.answer, message.answers).allSatisfy({ $0.matches($1) })
        {
            return ["answer: not in the order expected"]
        }
        return section("answer", wanted.answer, message.answers)
            + section("authority", wanted.authority, message.authorities)
            + section("additional", wanted.additional, message.additionals)
    }

    private func section(_ name: String, _ wanted: [RecordPattern], _ got: [Record]) -> [String] {
        var rest = got
        var missing: [RecordPattern] = []
        for pattern in wanted {
            if let index = rest.firstIndex(where: pattern.matches) {
                rest.remove(at: index)
            } else {
                missing.append(pattern)
            }
        }
        return missing.map { "\(name): expected \($0)" } + rest.map { "\(name): got \($0)" }
    }

    // MARK: text

    static func cookie(_ reply: [UInt8]) -> [UInt8]? {
        (try? Message(parsing: reply))?.edns?.options.first { $0.code == EDNS.Option.cookie }?.data
    }

    /// A reply as `dig` would show it, for failures.
    static func text(_ bytes: [UInt8]) -> String {
        guard let message = try? Message(parsing: bytes) else {
            return "\(bytes.count) octets that are no message: \(bytes)"
        }
        var flags: [String] = []
        for (name, isSet) in [
            ("qr", message.isResponse), ("aa", message.authoritative), ("tc", message.truncated),
            ("rd", message.recursionDesired), ("ra", message.recursionAvailable), ("ad", message.authenticData),
            ("cd", message.checkingDisabled),
        ] where isSet { flags.append(name) }
        let edns = message.edns.map { " edns ede=\($0.extendedErrors)" } ?? ""
        var lines = ["    got \(message.responseCode) \(flags.joined(separator: " "))\(edns), \(bytes.count) octets"]
        for (name, records) in [
            ("answer", message.answers), ("authority", message.authorities), ("additional", message.additionals),
        ] where !records.isEmpty {
            lines.append("    \(name):")
            lines += records.map { "        \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}
