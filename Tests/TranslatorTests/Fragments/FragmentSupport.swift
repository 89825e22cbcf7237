import Telemetry

@testable import Translator

/// One datagram and how it is cut.
struct TestDatagram {
    var key: FragmentKey
    var payload: [UInt8]
    var header: [UInt8] = [UInt8](repeating: 0xaa, count: 20)

    init(source: UInt64 = 1, identification: UInt32 = 7, count: Int, seed: UInt64 = 1, isIPv6: Bool = false) {
        var random = SeededRandom(seed)
        key = testKey(source: source, identification: identification, isIPv6: isIPv6)
        payload = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    func add(_ range: Range<Int>, to store: inout FragmentStore, more: Bool? = nil, at milliseconds: UInt64 = 0)
        -> FragmentOutcome
    {
        store.add(
            key, offset: range.lowerBound, moreFragments: more ?? (range.upperBound < payload.count),
            header: header + [UInt8(truncatingIfNeeded: range.lowerBound / 8)], payload: payload[range],
            at: milliseconds)
    }
}

func testKey(source: UInt64, identification: UInt32 = 7, isIPv6: Bool = false) -> FragmentKey {
    FragmentKey(
        source: isIPv6 ? (source, 1) : (0, source), destination: (0, 2), identification: identification,
        transport: 17, isIPv6: isIPv6)
}

extension FragmentStore {
    mutating func add(
        _ key: FragmentKey, offset: Int, moreFragments: Bool, header: [UInt8], payload: some Collection<UInt8>,
        at milliseconds: UInt64 = 0
    ) -> FragmentOutcome {
        let packet = header + payload
        return packet.withUnsafeBytes {
            add(
                key, offset: offset, moreFragments: moreFragments, packet: $0, headerCount: header.count,
                now: MonotonicTime(nanoseconds: 0).advanced(byMilliseconds: milliseconds))
        }
    }

    func gathered(_ handle: FragmentHandle) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: gatheredCount(handle)) { buffer, count in
            count = gather(handle, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
