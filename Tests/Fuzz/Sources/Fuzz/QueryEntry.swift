// Bytes from a client into the resolver core; upstream never answers, so that every accepted query ends in a reply in
// bounded time.

internal import DNSMessage
internal import NetAddress
internal import Resolver

/// Input: settings; how it comes; the query.
func fuzzQuery(_ input: UnsafeRawBufferPointer) {
    var reader = InputReader(input)
    let settings = ResolverSettings.variants[Int(reader.octet() & 7)]
    let way = reader.octet()
    let isStream = way & 1 != 0
    let address = way & 2 != 0 ? IPAddress("203.0.113.9") : IPAddress(way & 4 != 0 ? "192.0.2.1" : "2001:db8::1")
    let client = Client(
        SocketAddress(address ?? .v4(IPv4Address(192, 0, 2, 1)), port: way & 8 != 0 ? 0 : 4_000),
        isStream ? .stream : .udp)
    let query = Array(reader.rest)
    let test = ResolverUnderTest(settings)
    let outcome = query.withUnsafeBytes { test.handle($0, from: client) }
    var replies = outcome.reply.map { [$0] } ?? []
    expect(!outcome.isDropped || replies.isEmpty, "a reply to a query that was dropped")
    if !outcome.asks.isEmpty {
        if way & 16 != 0 { for ask in outcome.asks { test.resolver.failed(ask.token, .timeout, now: test.now) } }
        replies += test.take().replies + test.runOut()
    }
    expect(
        outcome.isDropped ? replies.isEmpty : replies.count == 1,
        "\(replies.count) replies, dropped \(outcome.isDropped)")
    expect(test.resolver.pendingCount == 0, "\(test.resolver.pendingCount) queries wait with nothing to wait for")
    for reply in replies { _ = ReplyRules(query: query, reply: reply, isStream: isStream).hold() }
}
