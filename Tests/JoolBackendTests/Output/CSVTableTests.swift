import NetAddress
import Testing

@testable import JoolBackend

@Suite struct CSVTableTests {
    private func rows(_ text: String) throws(OutputFailure) -> [[String]] {
        var table = try CSVTable(Array(text.utf8), of: "jool x")
        var rows: [[String]] = []
        while try table.nextRow() { rows.append(table.columns.indices.map { table.text($0) }) }
        return rows
    }

    private func failure(_ text: String) -> String? {
        do throws(OutputFailure) {
            _ = try rows(text)
            return nil
        } catch {
            return error.what
        }
    }

    @Test func quotesHoldCommasLinesAndQuotes() throws {
        #expect(try rows("A,B\n\"1,2\",\"x\ny \"\"z\"\"\"\n,\"\"\n") == [["1,2", "x\ny \"z\""], ["", ""]])
    }

    @Test func linesMayEndAsTheRFCWants() throws {
        #expect(try rows("A,B\r\n1,2\r\n\"3\",\"4\"\r\n") == [["1", "2"], ["3", "4"]])
    }

    @Test func columnsAreKnownByName() throws {
        let table = try CSVTable(Array("B,New,A\n".utf8), of: "jool x")
        #expect(try table.column("A") == 2)
        let missing = #expect(throws: OutputFailure.self) { try table.column("C") }
        #expect(missing?.what == "line 1 of `jool x`: there is no column `C`: B,New,A")
    }

    @Test func whatIsWrongIsSaidWithItsLine() {
        #expect(failure("") == "`jool x` printed nothing, not even a header line")
        #expect(failure("A,B\n1,2\n3\n") == "line 3 of `jool x`: expected 2 fields, found 1: 3")
        // A row that takes two lines counts as two.
        #expect(failure("A,B\n\"1\n1\",2\n3,4,5\n") == "line 4 of `jool x`: expected 2 fields, found 3: 3,4,5")
        #expect(failure("A,B\n\n") == "line 2 of `jool x`: expected 2 fields, found 1: ")
        #expect(failure("A,B\n1,2") == "line 2 of `jool x`: cut off in the middle: 1,2")
        #expect(failure("A,B\n1,\"2\n") == "line 2 of `jool x`: a quote that never ends: 1,\"2")
        #expect(failure("A,B\n1,2\"\n") == "line 2 of `jool x`: a quote inside a field: 1,2\"")
        #expect(failure("A,B\n1,\"2\"3\n") == "line 2 of `jool x`: text behind a quoted field: 1,\"2\"3")
    }

    @Test func longAndUnprintableLinesAreShortened() throws {
        let what = try #require(failure("A\n1,\u{1b}[31m" + String(repeating: "9", count: 500) + "\n"))
        #expect(what.count < 200)
        #expect(what.hasSuffix("9..."))
        #expect(!what.contains("\u{1b}"))
    }

    @Test func numbersAreDigitsThatFit() throws {
        func number(_ text: String) throws -> UInt16 {
            var table = try CSVTable(Array("N\n\(text)\n".utf8), of: "jool x")
            #expect(try table.nextRow())
            return try table.number(0, "port")
        }
        #expect(try number("0") == 0)
        #expect(try number("65535") == 65535)
        for text in ["", "65536", "-1", "+1", "1 ", "ssh", "٣", "99999999999999999999999"] {
            #expect(throws: OutputFailure.self) { try number(text) }
        }
    }

    /// The byte reader must take what NetAddress takes, and nothing else.
    @Test func addressesAreThoseOfNetAddress() {
        var random = Generator(seed: 7)
        let fixed = [
            "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8:", ":1::8", "1:::8",
            "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1",
            "1:2:3:4:5:6:7:192.0.2.1", "192.0.2.1::", "::192.0.2", "64:ff9b::192.0.2.01", "12345::", "g::", "%1", "",
            ":", "1.2.3.4", "0.0.0.0", "255.255.255.255", "256.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.4.",
            "1..2.3", "::1%eth0", "FE80::AbCd", "server.example",
        ]
        for text in fixed { compare(text) }
        for _ in 0..<20_000 {
            var groups = (0..<8).map { _ in
                random.next(below: 3) == 0 ? 0 : UInt16.random(in: 0...65535, using: &random)
            }
            if random.next(below: 4) == 0 { groups = Array(repeating: 0, count: 8 - 2) + groups.suffix(2) }
            var text = Array(IPv6Address(groups: groups).description.utf8)
            if random.next(below: 2) == 0 {
                let place = random.next(below: text.count)
                text[place] = Array(":.0159aFg%".utf8)[random.next(below: 10)]
            }
            compare(String(decoding: text, as: UTF8.self))
        }
    }

    private func compare(_ text: String) {
        // Something around the address, to see that its bounds are kept.
        let bytes = Array("9\(text):1".utf8)
        let range = 1..<bytes.count - 2
        #expect(AddressBytes.v6(bytes, range) == IPv6Address(text), "\(text)")
        #expect(AddressBytes.v4(bytes, range) == IPv4Address(text), "\(text)")
    }
}
