import NAT64Backend
import Testing

@Suite struct PortSetTests {
    @Test("ranges that touch or overlap become one")
    func joins() {
        #expect(PortSet([10...20, 21...30]).ranges == [10...30])
        #expect(PortSet([10...20, 15...40, 50...60]).ranges == [10...40, 50...60])
        #expect(PortSet([50...60, 10...20]).ranges == [10...20, 50...60])
        #expect(PortSet([65535...65535, 65534...65534]).ranges == [65534...65535])
        #expect(PortSet([0...0, 1...65535]).ranges == [0...65535])
    }

    @Test(
        "what is taken out leaves the rest",
        arguments: [
            (0...65535, 1024...2048, "0-1023, 2049-65535"), (10...20, 0...65535, ""), (10...20, 20...20, "10-19"),
            (10...20, 10...10, "11-20"), (10...20, 30...40, "10-20"), (0...65535, 0...0, "1-65535"),
            (0...65535, 65535...65535, "0-65534"),
        ] as [(ClosedRange<UInt16>, ClosedRange<UInt16>, String)])
    func removes(_ whole: ClosedRange<UInt16>, _ part: ClosedRange<UInt16>, _ rest: String) {
        var set = PortSet(whole)
        set.remove(part)
        #expect(set.spaced == rest)
        #expect(PortSet(whole).subtracting(PortSet(part)) == set)
    }

    @Test("sets against a plain list of ports, at random")
    func model() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var set = PortSet()
            var model: Set<UInt16> = []
            for _ in 0..<20 {
                let low = UInt16.random(in: 0...300, using: &generator)
                let range = low...min(low + UInt16.random(in: 0...40, using: &generator), 300)
                if Bool.random(using: &generator) {
                    set.insert(range)
                    model.formUnion(range)
                } else {
                    set.remove(range)
                    model.subtract(range)
                }
            }
            #expect(Set(set.ranges.flatMap { Array($0) }) == model)
            #expect(set.count == model.count)
            for (one, other) in zip(set.ranges, set.ranges.dropFirst()) {
                #expect(Int(one.upperBound) + 1 < Int(other.lowerBound))
            }
        }
    }
}
