// Address ranges, RFC 6052 prefixes and their suffix.

import NetAddress

extension Notation where Value == IPPrefix {
    /// A range of either family, or of one: `family` is 4, 6 or nil.
    static func range(family: Int? = nil) -> Notation {
        let allowed =
            switch family {
            case 4: "an IPv4 prefix, such as 192.0.2.0/24, or an IPv4 address"
            case 6: "an IPv6 prefix, such as 2001:db8::/32, or an IPv6 address"
            default: "an address prefix, such as 192.0.2.0/24 or 2001:db8::/32, or an address"
            }
        return text(allowed) { text in
            PrefixText.read(text).flatMap { prefix in
                let isWanted = family == nil || (family == 4) == (prefix.address.bitWidth == 32)
                return isWanted ? .success(prefix) : .failure(Refusal())
            }
        } write: {
            ScalarText.quoted(PrefixText.text($0))
        }
    }
}

extension Notation where Value == Configuration.ExcludedA {
    static var excludedA: Notation {
        let range = Notation<IPPrefix>.range(family: 4)
        return text("the word special, or \(range.allowed)") { text in
            if text == "special" { return .success(.special) }
            return PrefixText.read(text, orWords: ["special"]).flatMap { prefix in
                prefix.address.bitWidth == 32 ? .success(.range(prefix)) : .failure(Refusal())
            }
        } write: { value in
            switch value {
            case .special: "special"
            case .range(let prefix): ScalarText.quoted("\(prefix)")
            }
        }
    }
}

extension Notation where Value == Pref64 {
    static var pref64: Notation {
        text("an IPv6 prefix of length 32, 40, 48, 56, 64 or 96, such as 64:ff9b::/96, bits 64 to 71 zero") { text in
            PrefixText.read(text).flatMap { prefix in
                // A bare address reads as a /128, which Pref64 refuses by its length.
                Result { () throws(Pref64.Failure) in try Pref64(prefix) }
                    .mapError { Refusal(found: "\(ScalarText.quoted(text)): \($0)") }
            }
        } write: {
            ScalarText.quoted("\($0)")
        }
    }

    /// Why two prefixes can't stand side by side: an address under both would belong to neither.
    static func conflict(_ new: Pref64, _ old: Pref64) -> String? {
        if new == old { return "repeats" }
        let (shorter, longer) = new.length < old.length ? (new, old) : (old, new)
        return shorter.prefix.contains(longer.prefix.address) ? "overlaps" : nil
    }
}

extension Notation where Value == IPv6Address {
    static var suffix: Notation {
        text("an IPv6 address with no bit set but behind the embedded IPv4 address of every prefix") { text in
            IPv6Address(text).map { .success($0) } ?? .failure(Refusal())
        } write: {
            ScalarText.quoted("\($0)")
        }
    }
}

enum PrefixText {
    /// ::ffff:0:0/96 is known by this name; RFC 5952 section 5 would make it ::ffff:0.0.0.0/96.
    static func text(_ prefix: IPPrefix) -> String {
        prefix == IPPrefix("::ffff:0:0/96") ? "::ffff:0:0/96" : "\(prefix)"
    }

    /// Reads a prefix; what is refused because bits behind its length are set comes with the prefix that was meant.
    static func read(_ text: String, orWords words: [String] = []) -> Result<IPPrefix, Refusal> {
        if let prefix = IPPrefix(text) { return .success(prefix) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let length = Notation<Int>.digits(parts[1]),
            let meant = IPPrefix(address, length: length)
        else { return .failure(Refusal(suggestion: NearestWord.to(text, among: words))) }
        return .failure(
            Refusal(
                found: "\(ScalarText.quoted(text)), which has bits set behind /\(length)", suggestion: "\(meant)"))
    }
}
