import ControlProtocol
import Testing

@Suite struct FramingTests {
    @Test func lengthStandsInFrontMostSignificantFirst() throws {
        let frame = try Frame.encode([UInt8](repeating: 7, count: 0x0102), limit: 1000)
        #expect(frame.prefix(4) == [0, 0, 1, 2])
        #expect(frame.count == 4 + 0x0102)
    }

    @Test func emptyAndOverlongBodiesAreNotEncoded() {
        #expect(throws: FramingError.empty) { try Frame.encode([], limit: 10) }
        #expect(throws: FramingError.tooLong(announced: 11, limit: 10)) {
            try Frame.encode([UInt8](repeating: 0, count: 11), limit: 10)
        }
    }

    @Test func octetByOctet() throws {
        let stream = try Frame.encode([1, 2, 3], limit: 10) + Frame.encode([4], limit: 10)
        var decoder = FrameDecoder(limit: 10)
        var found: [[UInt8]] = []
        for octet in stream {
            decoder.append([octet])
            while let body = try decoder.next() { found.append(body) }
        }
        try decoder.finish()
        #expect(found == [[1, 2, 3], [4]])
    }

    @Test func theLimitItselfIsTaken() throws {
        var decoder = FrameDecoder(limit: 3)
        decoder.append([0, 0, 0, 3, 1, 2, 3])
        #expect(try decoder.next() == [1, 2, 3])
        decoder.append([0, 0, 0, 4])
        #expect(throws: FramingError.tooLong(announced: 4, limit: 3)) { try decoder.next() }
    }

    @Test func theLargestLengthIsRefusedBeforeItsBodyComes() {
        var decoder = FrameDecoder(limit: Frame.responseLimit)
        decoder.append([255, 255, 255, 255])
        #expect(throws: FramingError.tooLong(announced: 0xFFFF_FFFF, limit: Frame.responseLimit)) { try decoder.next() }
    }

    @Test func anErrorStays() {
        var decoder = FrameDecoder(limit: 10)
        decoder.append([0, 0, 0, 0])
        #expect(throws: FramingError.empty) { try decoder.next() }
        decoder.append([0, 0, 0, 1, 9])
        #expect(throws: FramingError.empty) { try decoder.next() }
        #expect(throws: FramingError.empty) { try decoder.finish() }
    }

    @Test func closingWithinAFrameIsTold() throws {
        var decoder = FrameDecoder(limit: 10)
        try decoder.finish()
        decoder.append([0, 0])
        #expect(throws: FramingError.cutOff(missing: 2)) { try decoder.finish() }
        decoder.append([0, 3, 1])
        #expect(try decoder.next() == nil)
        #expect(throws: FramingError.cutOff(missing: 2)) { try decoder.finish() }
        decoder.append([2, 3])
        #expect(try decoder.next() == [1, 2, 3])
        try decoder.finish()
    }

    /// Any messages, cut anywhere, come out as they went in.
    @Test func randomMessagesInRandomPortions() throws {
        var random = SplitMix(state: 6147)
        for _ in 0..<500 {
            let bodies = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                random.octets(upTo: 300, atLeast: 1)
            }
            var stream = try bodies.flatMap { try Frame.encode($0, limit: 300) }[...]
            var decoder = FrameDecoder(limit: 300)
            var found: [[UInt8]] = []
            while !stream.isEmpty {
                let size = Int.random(in: 1...stream.count, using: &random)
                decoder.append(stream.prefix(size))
                stream = stream.dropFirst(size)
                while let body = try decoder.next() { found.append(body) }
            }
            try decoder.finish()
            #expect(found == bodies)
        }
    }

    /// Any bytes at all: frames within the limit, or an error, and never a trap.
    @Test func randomBytesAreSafe() {
        var random = SplitMix(state: 6052)
        var errors = 0
        for _ in 0..<5000 {
            var decoder = FrameDecoder(limit: 64)
            // Small first octets make lengths that are sometimes good.
            var octets = random.octets(upTo: 200, atLeast: 0)
            for index in octets.indices where index % 7 < 3 { octets[index] = 0 }
            decoder.append(octets)
            do {
                while let body = try decoder.next() {
                    #expect((1...64).contains(body.count))
                    // Whatever it is, the next layer says so and no more.
                    _ = try? ControlMessage.request(from: body)
                }
                try decoder.finish()
            } catch {
                errors += 1
            }
        }
        #expect(errors > 1000)
    }

    /// Valid messages with some octets changed: a value or an error.
    @Test func mutatedMessagesAreSafe() throws {
        var random = SplitMix(state: 1035)
        for response in Samples.responses {
            let body = Array(try ControlMessage.frame(response).dropFirst(Frame.headerSize))
            for _ in 0..<200 {
                var mutated = body
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    mutated[Int.random(in: 0..<mutated.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                _ = try? ControlMessage.response(from: mutated)
                _ = try? ControlMessage.request(from: mutated)
            }
        }
    }
}

/// The same sequence every time, so that what fails once fails again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func octets(upTo most: Int, atLeast least: Int) -> [UInt8] {
        let count = Int.random(in: least...most, using: &self)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
