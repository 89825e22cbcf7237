// DNS messages as the tests see them, written and read by code that is not the daemon's (RFC 1035 section 4).

import Foundation

/// Types by number.
enum Kind {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let ptr: UInt16 = 12
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
    static let opt: UInt16 = 41
    static let https: UInt16 = 65
}

/// One resource record; names in data are not compressed.
struct Record: Equatable, Sendable {
    var name: String
    var type: UInt16
    var ttl: UInt32 = 300
    var data: [UInt8]

    static func a(_ name: String, _ address: String, ttl: UInt32 = 300) -> Record {
        Record(name: name, type: Kind.a, ttl: ttl, data: address.split(separator: ".").map { UInt8($0)! })
    }

    static func aaaa(_ name: String, _ address: String, ttl: UInt32 = 300) -> Record {
        var bytes = [UInt8](repeating: 0, count: 16)
        inet_pton(AF_INET6, address, &bytes)
        return Record(name: name, type: Kind.aaaa, ttl: ttl, data: bytes)
    }

    static func cname(_ name: String, _ target: String, ttl: UInt32 = 300) -> Record {
        Record(name: name, type: Kind.cname, ttl: ttl, data: Wire.name(target))
    }

    static func soa(_ name: String, minimum: UInt32 = 300, ttl: UInt32 = 300) -> Record {
        let numbers: [UInt32] = [1, 3600, 900, 604_800, minimum]
        return Record(
            name: name, type: Kind.soa, ttl: ttl,
            data: Wire.name("ns." + name) + Wire.name("admin." + name) + numbers.flatMap { Wire.number($0) })
    }

    /// An A or AAAA record's address as text.
    var address: String {
        var buffer = [CChar](repeating: 0, count: 64)
        inet_ntop(data.count == 16 ? AF_INET6 : AF_INET, data, &buffer, 64)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A whole message.
struct DNS: Sendable {
    var id: UInt16 = 0
    var flags: UInt16 = 0x0100
    var name = ""
    var type: UInt16 = Kind.aaaa
    var answers: [Record] = []
    var authorities: [Record] = []
    var additionals: [Record] = []
    /// Announced UDP size; nil sends no OPT.
    var ednsSize: UInt16?
    var questionCount: UInt16 = 1

    static func query(
        _ name: String, _ type: UInt16 = Kind.aaaa, id: UInt16 = .random(in: 1...65_535), edns: UInt16? = nil
    ) -> DNS {
        DNS(id: id, name: name, type: type, ednsSize: edns)
    }

    /// An answer to this query.
    func reply(
        _ answers: [Record] = [], code: UInt16 = 0, authority: [Record] = [], additional: [Record] = [],
        truncated: Bool = false
    ) -> DNS {
        DNS(
            id: id, flags: 0x8580 | code | (truncated ? 0x0200 : 0), name: name, type: type, answers: answers,
            authorities: authority, additionals: additional, ednsSize: ednsSize == nil ? nil : 1232)
    }

    var responseCode: UInt16 { flags & 15 }
    var isTruncated: Bool { flags & 0x0200 != 0 }
    var isResponse: Bool { flags & 0x8000 != 0 }
    var isAuthoritative: Bool { flags & 0x0400 != 0 }
    /// The addresses of the answer section's A and AAAA.
    var addresses: [String] { answers.filter { $0.type == Kind.aaaa || $0.type == Kind.a }.map(\.address) }

    var bytes: [UInt8] {
        var additionals = additionals
        if let ednsSize { additionals.append(Record(name: ".", type: Kind.opt, ttl: 0, data: [])); _ = ednsSize }
        let counts = [questionCount, UInt16(answers.count), UInt16(authorities.count), UInt16(additionals.count)]
        var out = Wire.number(id) + Wire.number(flags) + counts.flatMap { Wire.number($0) }
        if questionCount > 0 { out += Wire.name(name) + Wire.number(type) + Wire.number(UInt16(1)) }
        for record in answers + authorities + additionals {
            let recordClass = record.type == Kind.opt ? ednsSize ?? 512 : 1
            out +=
                Wire.name(record.name) + Wire.number(record.type) + Wire.number(recordClass) + Wire.number(record.ttl)
            out += Wire.number(UInt16(record.data.count)) + record.data
        }
        return out
    }
}

enum Wire {
    static func number(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    static func number(_ value: UInt32) -> [UInt8] { number(UInt16(value >> 16)) + number(UInt16(value & 0xffff)) }

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    /// With the length before it, as on a stream.
    static func framed(_ bytes: [UInt8]) -> [UInt8] { number(UInt16(bytes.count)) + bytes }
}

extension DNS {
    /// Nil for what is no message.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let id = reader.number16(), let flags = reader.number16(), let questions = reader.number16(),
            let counts = reader.counts()
        else { return nil }
        self.init(id: id, flags: flags, questionCount: questions)
        if questions > 0 {
            guard let name = reader.name(), let type = reader.number16(), reader.number16() != nil else { return nil }
            (self.name, self.type) = (name, type)
        }
        for (section, count) in counts.enumerated() {
            for _ in 0..<count {
                guard let record = reader.record() else { return nil }
                switch section {
                case 0: answers.append(record.0)
                case 1: authorities.append(record.0)
                default:
                    if record.0.type == Kind.opt { ednsSize = record.1 } else { additionals.append(record.0) }
                }
            }
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func number16() -> UInt16? {
            guard at + 2 <= bytes.count else { return nil }
            defer { at += 2 }
            return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
        }

        mutating func counts() -> [Int]? {
            guard let a = number16(), let b = number16(), let c = number16() else { return nil }
            return [Int(a), Int(b), Int(c)]
        }

        mutating func name() -> String? {
            var labels: [String] = []
            var position = at
            var jumped = false
            for _ in 0..<128 {
                guard position < bytes.count else { return nil }
                let length = Int(bytes[position])
                if length >= 192 {
                    guard position + 1 < bytes.count else { return nil }
                    if !jumped { at = position + 2 }
                    jumped = true
                    position = (length & 63) << 8 | Int(bytes[position + 1])
                    continue
                }
                if length == 0 {
                    if !jumped { at = position + 1 }
                    return labels.isEmpty ? "." : labels.joined(separator: ".") + "."
                }
                guard position + 1 + length <= bytes.count else { return nil }
                labels.append(String(decoding: bytes[(position + 1)..<(position + 1 + length)], as: UTF8.self))
                position += 1 + length
            }
            return nil
        }

        mutating func record() -> (Record, UInt16)? {
            guard let name = name(), let type = number16(), let recordClass = number16(), let high = number16(),
                let low = number16(), let length = number16(), at + Int(length) <= bytes.count
            else { return nil }
            defer { at += Int(length) }
            let data = Array(bytes[at..<(at + Int(length))])
            return (Record(name: name, type: type, ttl: UInt32(high) << 16 | UInt32(low), data: data), recordClass)
        }
    }
}
