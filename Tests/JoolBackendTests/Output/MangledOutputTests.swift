import Testing

@testable import JoolBackend

/// Whatever Jool prints, or half prints, is read or refused; nothing of it ends the process.
@Suite struct MangledOutputTests {
    private static let parsers: [(String, @Sendable ([UInt8]) throws -> Int)] = [
        (Recorded.instances, { try JoolOutput.instances($0).count }),
        (Recorded.pool4, { try JoolOutput.pool4($0).count }),
        (Recorded.sessionsTCP, { try JoolOutput.sessions($0).count }),
        (Recorded.sessionsUDP, { try JoolOutput.sessions($0).count }),
        (Recorded.bindingsTCP, { try JoolOutput.bindings($0).count }),
        (Recorded.globals, { try JoolOutput.globals($0).values.count }),
        (Recorded.statistics, { try JoolOutput.statistics($0).count }),
        (Recorded.explained, { try JoolOutput.statistics($0).count }),
    ]

    @Test func whatIsCutOffIsNeverTakenForMore() throws {
        for (text, parse) in Self.parsers {
            let whole = Array(text.utf8)
            let lines = whole.count { $0 == UInt8(ascii: "\n") }
            #expect(try parse(whole) == lines - 1)
            for count in 0..<whole.count {
                let cut = Array(whole[..<count])
                if cut.last == UInt8(ascii: "\n") {
                    #expect(try parse(cut) == cut.count { $0 == UInt8(ascii: "\n") } - 1)
                } else {
                    #expect(throws: OutputFailure.self) { try parse(cut) }
                }
            }
        }
    }

    @Test func changedBytesAreReadOrRefused() {
        var random = Generator(seed: 64)
        var read = 0
        var refused = 0
        let telling = Array("\",\n\r:.#/0TFx\0 -".utf8) + [0xff, 0xc3, 0x80]
        for (text, parse) in Self.parsers {
            let whole = Array(text.utf8)
            for _ in 0..<1500 {
                var bytes = whole
                for _ in 0...random.next(below: 4) {
                    let place = random.next(below: bytes.count)
                    switch random.next(below: 4) {
                    case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                    case 1: bytes[place] = telling[random.next(below: telling.count)]
                    case 2: bytes.insert(telling[random.next(below: telling.count)], at: place)
                    default: bytes.remove(at: place)
                    }
                }
                do {
                    _ = try parse(bytes)
                    read += 1
                } catch {
                    refused += 1
                    #expect("\(error)".utf8.count < 700)
                }
            }
        }
        #expect(read > 500)
        #expect(refused > 3000)
    }
}
