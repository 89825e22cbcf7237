// The file that `dump` writes and `load` reads: text, one JSON object a line. The first line names the format, its
// version and when it was written; then one answer a line, its records in presentation format; the last line counts
// them, so that a file that was cut off is known as such.

import ControlProtocol
import Glibc

struct DumpFile {
    static let format = "dns64d-cache"
    static let version = 1

    struct Header: Codable, Hashable {
        var format: String
        var version: Int
        /// Seconds since 1970.
        var savedAt: UInt64
    }

    struct Footer: Codable, Hashable {
        /// The lines between the first and the last.
        var entries: Int
    }

    /// As given.
    let name: String
    let header: Header
    /// The lines between the first and the last, with their numbers.
    let entries: [(number: Int, text: ArraySlice<UInt8>)]

    static var now: UInt64 { UInt64(max(0, time(nil))) }

    /// The time between the dump and now; 0 if the clock went back.
    func ageSeconds(at now: UInt64) -> UInt64 { now > header.savedAt ? now - header.savedAt : 0 }

    // MARK: Writing

    static func header(savedAt: UInt64) throws(CommandFailure) -> [UInt8] {
        try line(Header(format: format, version: version, savedAt: savedAt))
    }

    static func lines(_ entries: [DumpEntry]) throws(CommandFailure) -> [UInt8] {
        var result: [UInt8] = []
        for entry in entries { result += try line(entry) }
        return result
    }

    static func footer(entries: Int) throws(CommandFailure) -> [UInt8] { try line(Footer(entries: entries)) }

    private static func line(_ value: some Encodable) throws(CommandFailure) -> [UInt8] {
        do throws(ControlMessageError) {
            return try ControlMessage.json(value) + [UInt8(ascii: "\n")]
        } catch {
            throw .file(error.description)
        }
    }

    // MARK: Reading

    /// Reads the file and checks that it is whole.
    static func read(_ name: String) throws(CommandFailure) -> DumpFile {
        try DumpFile(name: name, content: try FileContent.read(name))
    }

    init(name: String, content: [UInt8]) throws(CommandFailure) {
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .map { (number: $0.offset + 1, text: $0.element) }
        lines.removeAll { $0.text.isEmpty }
        guard let first = lines.first, let header = Self.value(Header.self, first.text), header.format == Self.format
        else { throw .usage("\(name): not a file that dns64ctl dump wrote") }
        guard header.version == Self.version else {
            throw .usage(
                "\(name): version \(header.version) of the format; this dns64ctl reads version \(Self.version)")
        }
        guard let last = lines.last, let footer = Self.value(Footer.self, last.text), footer.entries == lines.count - 2
        else { throw .usage("\(name): the file is cut off or was changed: its last line does not count its answers") }
        self.name = name
        self.header = header
        entries = Array(lines[1..<(lines.count - 1)])
    }

    func entry(_ line: (number: Int, text: ArraySlice<UInt8>)) throws(CommandFailure) -> DumpEntry {
        do throws(ControlMessageError) {
            return try ControlMessage.value(DumpEntry.self, from: line.text)
        } catch {
            throw .file("\(name):\(line.number): \(error); what stands above it was loaded")
        }
    }

    private static func value<Value: Decodable>(_ type: Value.Type, _ text: ArraySlice<UInt8>) -> Value? {
        do throws(ControlMessageError) {
            return try ControlMessage.value(type, from: text)
        } catch {
            return nil
        }
    }
}
