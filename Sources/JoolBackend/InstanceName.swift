// An instance's name as we give it. Jool itself takes an empty one, and any printable character.

/// 1 to 15 of letters, digits, `.`, `_` and `-`, of which the first is no `-`: never an option, and nothing that a person
/// would have to quote.
public struct InstanceName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// nil: it is no such name.
    public init?(_ text: some StringProtocol) {
        guard (1...15).contains(text.utf8.count), text.first != "-",
            text.utf8.allSatisfy({ octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            })
        else { return nil }
        description = String(text)
    }

    private init(unchecked text: String) { description = text }

    /// `dns64d`.
    public static let standard = InstanceName(unchecked: "dns64d")

    /// The name of the instance for the prefix at `index`: NAME, NAME-2, NAME-3; nil: it would be too long.
    func numbered(_ index: Int) -> InstanceName? { index == 0 ? self : InstanceName("\(description)-\(index + 1)") }
}
