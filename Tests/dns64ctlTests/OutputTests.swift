import Testing

@testable import dns64ctl

@Suite struct OutputTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
    func counts(_ value: Int, _ text: String) { #expect(Quantity.count(value) == text) }

    @Test(
        arguments: [(0, "0s"), (59, "59s"), (60, "1m"), (3601, "1h"), (90_061, "1d 1h"), (7384, "2h 3m")]
            as [(UInt64, String)])
    func spans(_ seconds: UInt64, _ text: String) { #expect(Quantity.span(seconds: seconds) == text) }

    @Test(
        arguments: [
            (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (67_108_864, "64.0 MiB"),
            (.max, "16,777,216.0 TiB"),
        ] as [(UInt64, String)])
    func bytes(_ value: UInt64, _ text: String) { #expect(Quantity.bytes(value) == text) }

    @Test(arguments: [
        (0.04, "0.0"), (0.05, "0.1"), (9.96, "10.0"), (-1.25, "-1.3"), (.nan, "-"), (.infinity, "-"), (1e300, "-"),
    ])
    func tenths(_ value: Double, _ text: String) { #expect(Quantity.tenths(value) == text) }

    @Test(arguments: [(nil, "-"), (1.5, "1.5 µs"), (1500, "1.5 ms"), (2_500_000, "2.5 s")])
    func microseconds(_ value: Double?, _ text: String) { #expect(Quantity.span(microseconds: value) == text) }

    @Test func numbersStandToTheRightAndTheLastColumnIsNotPadded() {
        var table = TextTable(.right("count"), .left("name"), .left("more"))
        table.add("1", "a", "x")
        table.add("1,000", "long name", "")
        #expect(
            table.lines().map(\.text) == ["  count  name       more", "      1  a          x", "  1,000  long name"])
    }

    @Test func longTextIsBrokenAtSpaces() {
        let lines = Line.wrapped(Array(repeating: "word", count: 40).joined(separator: " "), indent: "    ")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.text.count <= 80 && $0.text.hasPrefix("    word") })
    }

    @Test func colourOnlyWhereWanted() {
        #expect(Line("x", .heading).rendered(colour: false) == "x")
        #expect(Line("x", .heading).rendered(colour: true) == "\u{1B}[1mx\u{1B}[0m")
        #expect(Line("x").rendered(colour: true) == "x")
    }

    @Test(arguments: ["", "{", "[", "\"", "{\"a", "{\"a\\", "}", "]]]", "{\"a\":", "{]"])
    func brokenJSONIsLaidOutSomehow(_ text: String) {
        let octets = Array(text.utf8)
        _ = JSONLayout.indented(octets[...])
        _ = JSONLayout.payload(of: octets)
    }
}
