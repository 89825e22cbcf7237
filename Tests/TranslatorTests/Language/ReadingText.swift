// Packets as text, for failures.

/// Values as text.
enum ReadingText {
    static func hex(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func hex(_ number: Int) -> String { "0x" + String(number, radix: 16) }

    static func checksum(_ number: Int, isRight: Bool) -> String { hex(number) + (isRight ? "" : " (wrong)") }

    /// All of little, both ends of much.
    static func data(_ octets: [UInt8]) -> String {
        if octets.count <= 24 { return "\(octets.count): " + hex(octets) }
        return "\(octets.count): \(hex(Array(octets.prefix(12))))...\(hex(Array(octets.suffix(8))))"
    }

    static func address(_ octets: [UInt8]) -> String {
        if octets.count == 4 { return octets.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(octets[$0]) << 8 | Int(octets[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    static func flags(_ bits: Int) -> String {
        String(zip("FSRPAUEC", 0..<8).filter { bits >> $0.1 & 1 == 1 }.map { $0.0 })
    }

    /// Two packets field by field, what differs marked.
    static func sideBySide(expected: [UInt8], got: [UInt8]) -> String {
        let left = PacketReading(expected)
        let right = PacketReading(got)
        var lines = [
            "      \(column("field", 24)) \(column("expected, \(expected.count) octets", 42)) got, \(got.count) octets"
        ]
        var names = left.fields.map(\.name)
        for (index, name) in right.fields.map(\.name).enumerated() where !names.contains(name) {
            names.insert(name, at: min(index, names.count))
        }
        for name in names {
            let one = left.fields.first { $0.name == name }?.value ?? "-"
            let other = right.fields.first { $0.name == name }?.value ?? "-"
            lines.append("    \(one == other ? " " : "*") \(column(name, 24)) \(column(one, 42)) \(other)")
        }
        if let index = zip(expected, got).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
            lines.append("    the first octet that differs: \(index)")
        }
        return lines.joined(separator: "\n")
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
