// What can be fuzzed, and the words in which entries speak.

internal import Glibc

/// One way into the program for bytes from outside.
struct Entry: Sendable {
    let name: String
    let summary: String
    /// Takes one input. Ends the process where something is not as it must be.
    let body: @Sendable (UnsafeRawBufferPointer) -> Void

    static let all: [Entry] = [
        Entry(name: "query", summary: "a datagram or stream message from a client", body: fuzzQuery),
        Entry(name: "answer", summary: "a client's question and what upstream answers to it", body: fuzzAnswer),
        Entry(
            name: "upstream", summary: "datagrams and stream messages to an outstanding exchange", body: fuzzUpstream),
        Entry(
            name: "message", summary: "the reader in place against ldns; messages through the wire and back",
            body: fuzzMessage),
        Entry(name: "control", summary: "bytes on the control socket", body: fuzzControl),
        Entry(name: "configuration", summary: "the text of a configuration file", body: fuzzConfiguration),
        Entry(name: "zone", summary: "the text of a zone file, and answers from it", body: fuzzZone),
        Entry(name: "resolv", summary: "the text of resolv.conf", body: fuzzResolvConf),
        Entry(name: "sixtofour", summary: "an IPv6 packet into the translator", body: fuzzSixToFour),
        Entry(name: "fourtosix", summary: "an IPv4 packet into the translator", body: fuzzFourToSix),
        Entry(
            name: "session-sequence", summary: "packets of both sides into the translator, and time",
            body: fuzzSessionSequence),
    ]
}

/// Ends the process with a reason where `condition` does not hold; libFuzzer keeps the input.
func expect(_ condition: Bool, _ reason: @autoclosure () -> String) {
    if condition { return }
    let text = "expectation failed: \(reason())\n"
    _ = write(STDERR_FILENO, text, text.utf8.count)
    abort()
}

/// An input read from its front: choices first, then whatever is fuzzed.
struct InputReader {
    private(set) var rest: UnsafeRawBufferPointer

    init(_ input: UnsafeRawBufferPointer) { rest = input }

    var isEmpty: Bool { rest.isEmpty }

    /// The next octet; 0 behind the end.
    mutating func octet() -> UInt8 {
        guard let first = rest.first else { return 0 }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        return first
    }

    /// The next octets behind a length of two octets; as many as there are where that is more; nil at the end.
    mutating func framed() -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        let length = min(Int(octet()) << 8 | Int(octet()), rest.count)
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length)) }
        return Array(rest.prefix(length))
    }

    /// All that is left as text, what is no UTF-8 replaced.
    var text: String { String(decoding: rest, as: UTF8.self) }
}
