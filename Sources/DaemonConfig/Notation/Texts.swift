// Texts: names of domains, users, interfaces; paths; the cookie secret.

import Yams

extension Notation where Value == String {
    /// A text that `accepts` takes; numbers and booleans without quotes are slips and refused.
    static func string(_ allowed: String, where accepts: @escaping @Sendable (String) -> Bool) -> Notation {
        Notation(allowed: allowed) { value, findings in
            let isTyped =
                value.isPlain
                && value.scalar.map { text in
                    ScalarText.boolean(text.string) != nil || ScalarText.isNumber(text.string)
                } ?? false
            if let text = value.scalar?.string, !value.isNull, !isTyped, accepts(text) { return text }
            let isUnquotedNumber =
                isTyped && value.scalar.map { ScalarText.isNumber($0.string) && accepts($0.string) } == true
            findings.refuse(value, allowed: allowed, suggestion: isUnquotedNumber ? "\"\(value.found)\"" : nil)
            return nil
        } write: {
            .scalar(ScalarText.quoted($0))
        }
    }

    static var label: Notation { string("a text of 1 to 64 letters") { (1...64).contains($0.count) && isOneLine($0) } }

    static var path: Notation { string("the path of a file") { !$0.isEmpty && $0.utf8.count < 4_096 && isOneLine($0) } }

    /// `sun_path` of unix(7) holds 108 octets, the last of them zero.
    static var socketPath: Notation {
        string("the path of a socket (at most 107 octets)") { (1...107).contains($0.utf8.count) && isOneLine($0) }
    }

    static func account(_ kind: String) -> Notation {
        string("the name of a \(kind)") { text in
            (1...32).contains(text.utf8.count)
                && text.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "_") } == true
                && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-.".utf8.contains($0) }
        }
    }

    /// A domain name; read to lower case without the final dot.
    static var domainName: Notation {
        text(
            "a domain name: labels of 1 to 63 letters, digits, hyphens, underscores or \\DDD; at most 255 octets"
        ) { text in
            if let name = DomainNameText.canonical(text) { return .success(name) }
            let withoutWildcard = text.hasPrefix("*.") ? DomainNameText.canonical(String(text.dropFirst(2))) : nil
            return .failure(Refusal(suggestion: withoutWildcard))
        } write: {
            ScalarText.quoted($0)
        }
    }

    private static func isOneLine(_ text: String) -> Bool { text.unicodeScalars.allSatisfy { $0.value >= 0x20 } }

    private static func isLetter(_ octet: UInt8) -> Bool { (65...90).contains(octet) || (97...122).contains(octet) }

    private static func isDigit(_ octet: UInt8) -> Bool { (48...57).contains(octet) }
}

extension Notation where Value == [UInt8] {
    /// 16 octets in hexadecimal digits (RFC 9018 section 4: the secret of SipHash-2-4).
    static var cookieSecret: Notation {
        text("32 hexadecimal digits") { text in
            let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 32, text.utf8.count == 32 else {
                return .failure(Refusal(found: "a text of \(text.count) letters"))
            }
            return .success((0..<16).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) })
        } write: { octets in
            ScalarText.quoted(octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
    }
}

/// Domain names in master file notation (RFC 1035 section 5.1), of the letters that host and service names have.
enum DomainNameText {
    /// Lower case, no final dot, `\DDD` only where it is needed; "." for the root; nil for what is no name.
    static func canonical(_ text: String) -> String? {
        if text == "." { return text }
        var octets = Array(text.utf8)
        if octets.last == UInt8(ascii: ".") { octets.removeLast() }
        var labels: [[UInt8]] = [[]]
        var index = 0
        while index < octets.count {
            if octets[index] == UInt8(ascii: ".") {
                labels.append([])
                index += 1
            } else if octets[index] == UInt8(ascii: "\\") {
                guard let octet = escape(octets[(index + 1)...]) else { return nil }
                labels[labels.count - 1].append(octet)
                index += 4
            } else {
                guard isPlain(octets[index]) else { return nil }
                labels[labels.count - 1].append(octets[index])
                index += 1
            }
        }
        // RFC 1035 section 2.3.4: "labels 63 octets or less, names 255 octets or less", the root's length octet
        // included.
        guard labels.allSatisfy({ (1...63).contains($0.count) }), labels.reduce(1, { $0 + $1.count + 1 }) <= 255
        else { return nil }
        return labels.map { $0.map(written).joined() }.joined(separator: ".")
    }

    /// The octet of the three decimal digits that stand behind a backslash.
    private static func escape(_ octets: ArraySlice<UInt8>) -> UInt8? {
        let digits = octets.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt8(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 48) })
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func written(_ octet: UInt8) -> String {
        guard isPlain(octet) else {
            let digits = String(octet)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }
        let lower = (65...90).contains(octet) ? octet + 32 : octet
        return String(Character(Unicode.Scalar(lower)))
    }
}
