// How a kind of value is written: one thing that reads it, prints it and says what is allowed.

import Yams

/// The notation of values of one type. What `write` prints, `read` reads back to the same value.
struct Notation<Value: Sendable>: Sendable {
    /// What may stand there, for errors and the reference.
    let allowed: String
    /// The value; nil after it was refused.
    let read: @Sendable (YAMLValue, inout Findings) -> Value?
    let write: @Sendable (Value) -> PrintedYAML
    /// The keys inside, where the value is a section or a list of sections; empty elsewhere.
    var keys: [KeyReference] = []
}

/// Why a text is no value.
struct Refusal: Error {
    /// Said in place of the text itself; nil shows the text.
    var found: String?
    var suggestion: String?
}

extension Notation {
    /// A scalar whose text is all that counts: `read` gets it as written, without its quotes.
    static func text(
        _ allowed: String, read: @escaping @Sendable (String) -> Result<Value, Refusal>,
        write: @escaping @Sendable (Value) -> String
    ) -> Notation {
        Notation(allowed: allowed) { value, findings in
            guard let scalar = value.scalar, !value.isNull else {
                findings.refuse(value, allowed: allowed)
                return nil
            }
            switch read(scalar.string) {
            case .success(let result): return result
            case .failure(let refusal):
                findings.refuse(value, allowed: allowed, found: refusal.found, suggestion: refusal.suggestion)
                return nil
            }
        } write: {
            .scalar(write($0))
        }
    }

    /// A scalar that YAML itself gives a type: quoted, it is text and refused.
    static func plain(
        _ allowed: String, read: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String
    ) -> Notation {
        Notation(allowed: allowed) { value, findings in
            if value.isPlain, let text = value.scalar?.string, let result = read(text) { return result }
            let isQuoted = value.scalar != nil && !value.isPlain
            findings.refuse(value, allowed: allowed, found: isQuoted ? "the text \(value.found)" : nil)
            return nil
        } write: {
            .scalar(write($0))
        }
    }

    /// This, or one word for a value of its own.
    func or(_ word: String, for special: Value) -> Notation where Value: Equatable {
        Notation(allowed: "\(word), or \(allowed)") { [read, allowed] value, findings in
            if value.scalar?.string == word { return special }
            var own = findings
            if let result = read(value, &own) {
                findings = own
                return result
            }
            // The notation inside said what it allows; the word belongs to that too.
            findings.adoptErrors(of: own, allowedAt: value.path, "\(word), or \(allowed)")
            return nil
        } write: { [write] in
            $0 == special ? .scalar(word) : write($0)
        }
    }

    /// This as another type.
    func map<Other: Sendable>(
        _ wrap: @escaping @Sendable (Value) -> Other, _ unwrap: @escaping @Sendable (Other) -> Value
    ) -> Notation<Other> {
        Notation<Other>(allowed: allowed) { [read] in
            read($0, &$1).map(wrap)
        } write: { [write] in
            write(unwrap($0))
        }
    }

    /// `notation` or `null`.
    static func optional<Wrapped: Sendable>(_ notation: Notation<Wrapped>) -> Notation where Value == Wrapped? {
        let allowed = "\(notation.allowed), or null"
        return Notation(allowed: allowed) { value, findings in
            if value.isNull { return .some(nil) }
            var own = findings
            if let result = notation.read(value, &own) {
                findings = own
                return result
            }
            findings.adoptErrors(of: own, allowedAt: value.path, allowed)
            return nil
        } write: {
            $0.map(notation.write) ?? .scalar("null")
        }
    }
}
