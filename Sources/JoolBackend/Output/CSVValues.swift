// The typed values that stand in the fields of Jool's tables. A field that holds anything else is an error that names
// the column.

internal import NAT64Backend
internal import NetAddress

extension CSVTable {
    /// A decimal number, digits alone.
    func number<Value: FixedWidthInteger & UnsignedInteger>(_ column: Int, _ what: String = "number")
        throws(OutputFailure) -> Value
    {
        guard let value: Value = DecimalDigits.value(bytes, range(column)) else { throw unfit(column, what) }
        return value
    }

    /// `0` or `1`.
    func flag(_ column: Int) throws(OutputFailure) -> Bool {
        let value: UInt8 = try number(column, "flag (0 or 1)")
        if value > 1 { throw unfit(column, "flag (0 or 1)") }
        return value == 1
    }

    /// `TCP`, `UDP`, `ICMP`.
    func transportProtocol(_ column: Int) throws(OutputFailure) -> TransportProtocol {
        if holds("TCP", column) { return .tcp }
        if holds("UDP", column) { return .udp }
        if holds("ICMP", column) { return .icmp }
        throw unfit(column, "protocol (TCP, UDP, ICMP)")
    }

    /// Without --numeric a host's name may stand there; that is an error like any other.
    func address4(_ column: Int) throws(OutputFailure) -> IPv4Address {
        guard let address = AddressBytes.v4(bytes, range(column)) else { throw unfit(column, "IPv4 address") }
        return address
    }

    func address6(_ column: Int) throws(OutputFailure) -> IPv6Address {
        guard let address = AddressBytes.v6(bytes, range(column)) else { throw unfit(column, "IPv6 address") }
        return address
    }

    func transportAddress4(_ address: Int, _ port: Int) throws(OutputFailure) -> TransportAddress4 {
        TransportAddress4(try address4(address), try number(port, "port"))
    }

    func transportAddress6(_ address: Int, _ port: Int) throws(OutputFailure) -> TransportAddress6 {
        TransportAddress6(try address6(address), try number(port, "port"))
    }

    func holds(_ word: StaticString, _ column: Int) -> Bool {
        let range = range(column)
        guard range.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { buffer in
            for offset in 0..<range.count where buffer[offset] != bytes[range.lowerBound + offset] { return false }
            return true
        }
    }

    func unfit(_ column: Int, _ what: String) -> OutputFailure {
        failure("`\(columns[column])` holds no \(what): \(OutputFailure.shown(bytes[range(column)]))")
    }
}

enum DecimalDigits {
    /// nil for no digit, for anything that is no digit, and for more than `Value` holds.
    static func value<Value: FixedWidthInteger & UnsignedInteger>(_ bytes: [UInt8], _ range: Range<Int>) -> Value? {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return nil }
        var value: Value = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = tens.addingReportingOverflow(Value(digit))
            if overflows || overflowsToo { return nil }
            value = sum
        }
        return value
    }
}
