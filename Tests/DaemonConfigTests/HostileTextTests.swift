// Whatever stands in the file, the loader ends with a configuration or with mistakes that have a place; it never
// crashes.

import DaemonConfig
import Testing

@Suite struct HostileTextTests {
    static let fragments = [
        "server", "dns64", "mode", ":", ": ", "\n", "\n  ", "- ", "[", "]", "{", "}", "\"", "'", "\\", "&a ", "*a",
        "!!int ", "|", ">",
        "#", "?", "~", "ü", "👩‍👩‍👧", "\u{85}", "\u{2028}", "\u{E000}", "\u{0}", "\t", "\r", "---", "...", "%", "1", "<<",
    ]

    @Test(arguments: 0..<400)
    func mutatedSample(seed: UInt64) {
        var random = SplitMix64(state: seed)
        var scalars = Array(ValuesTests.sample.unicodeScalars)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let start = Int.random(in: 0..<scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 0...12, using: &random))
            let fragment = Self.fragments.randomElement(using: &random) ?? ""
            scalars.replaceSubrange(start..<end, with: fragment.unicodeScalars)
        }
        // A second copy of the file's end makes keys stand there twice.
        if random.next() & 1 == 0 { scalars += ["\n"] + scalars.suffix(scalars.count / 2) }
        expectPlaces(String(String.UnicodeScalarView(scalars)))
    }

    @Test(arguments: 0..<400)
    func heapsOfFragments(seed: UInt64) {
        var random = SplitMix64(state: seed &+ 10_000)
        expectPlaces(
            (0..<Int.random(in: 1...40, using: &random)).compactMap { _ in Self.fragments.randomElement(using: &random)
            }.joined())
    }

    @Test func deepNestingAndManyDuplicates() {
        expectPlaces(String(repeating: "[", count: 100_000))
        expectPlaces(String(repeating: "server:\n", count: 200))
        #expect(errors(in: String(repeating: "server:\n", count: 200)).count == 199)
    }

    private func expectPlaces(_ text: String) {
        let found = errors(in: text)
        for error in found {
            #expect(error.line >= 1 && error.column >= 1 && !error.found.isEmpty && !error.allowed.isEmpty, "\(error)")
        }
        let places = found.map { [$0.line, $0.column] }
        #expect(places == places.sorted { $0.lexicographicallyPrecedes($1) })
    }
}
