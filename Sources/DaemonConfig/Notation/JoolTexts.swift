// What the section `nat64.jool` is written in: names of instances, network namespaces and programs; MTU plateaus.

import Yams

extension Notation where Value == String {
    /// INAME_MAX_SIZE of Jool is 16, the final zero included. Jool itself takes any printable name, an empty one too; in
    /// a command line and in CSV only these are safe.
    static var joolInstance: Notation {
        string("an instance's name: 1 to 15 letters, digits, ., _ or -, the first not -") {
            (1...15).contains($0.utf8.count) && isSafeName($0)
        }
    }

    /// The namespace is a file of that name in /run/netns.
    static var networkNamespace: Notation {
        string("the name of a network namespace: 1 to 255 letters, digits, ., _ or -, the first not -; not . or ..") {
            (1...255).contains($0.utf8.count) && isSafeName($0)
        }
    }

    /// A relative path would mean another program in each working directory.
    static var program: Notation {
        string("the name of a program (letters, digits, ., _ or -, the first not -), or its absolute path") { text in
            guard text.hasPrefix("/") else { return (1...255).contains(text.utf8.count) && isSafeName(text) }
            return text.utf8.count < 4_096 && !text.hasSuffix("/")
                && text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
        }
    }

    private static func isSafeName(_ text: String) -> Bool {
        !text.hasPrefix("-") && text != "." && text != ".."
            && text.utf8.allSatisfy { octet in
                switch octet {
                case 48...57, 65...90, 97...122: true
                default: "._-".utf8.contains(octet)
                }
            }
    }

    /// A list, or text with commas as Jool's client has it; read to numbers in descending order, each once, for so Jool
    /// keeps them (RFC 1191 section 7.1).
    static var mtuPlateaus: Notation {
        let numbers = Notation<[Int]>.list(of: .integer(1...65_535), "whole numbers from 1 to 65535")
        let allowed = "1 to 64 whole numbers from 1 to 65535, as a list or with commas between them"
        return Notation(allowed: allowed) { value, findings in
            if value.node.sequence != nil {
                // Too few or too many are the list's own mistake, a bad number is that element's.
                let known = findings.errors.count
                guard let plateaus = numbers.read(value, &findings), findings.errors.count == known else { return nil }
                if let text = canonicalPlateaus(plateaus) { return text }
                findings.refuse(
                    value, allowed: allowed, found: plateaus.isEmpty ? nil : "a list of \(plateaus.count) numbers")
                return nil
            }
            let parts = value.scalar.map { $0.string.split(separator: ",", omittingEmptySubsequences: false) } ?? []
            let plateaus = parts.compactMap { part in Notation<Int>.digits(part.drop { $0 == " " }) }
            if !plateaus.isEmpty, plateaus.count == parts.count, let text = canonicalPlateaus(plateaus) { return text }
            findings.refuse(value, allowed: allowed)
            return nil
        } write: {
            .scalars($0.split(separator: ",").map(String.init))
        }
    }

    /// nil for none, for more than Jool's PLATEAUS_MAX, and for what is no MTU.
    private static func canonicalPlateaus(_ plateaus: [Int]) -> String? {
        guard (1...64).contains(plateaus.count), plateaus.allSatisfy({ (1...65_535).contains($0) }) else { return nil }
        return Set(plateaus).sorted(by: >).map(String.init).joined(separator: ",")
    }

    /// The canonical text of a boolean.
    static var booleanText: Notation { Notation<Bool>.boolean.map({ "\($0)" }, { $0 == "true" }) }

    /// The canonical text of a whole number.
    static func integerText(_ range: ClosedRange<Int>) -> Notation {
        Notation<Int>.integer(range).map({ "\($0)" }, { Int($0) ?? range.lowerBound })
    }
}
