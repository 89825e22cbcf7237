// A zone file's text through ldns into a local zone, and questions about every name in it.

internal import DNSMessage
internal import Glibc
internal import NetAddress
internal import Resolver

/// A file without a name, filled anew for each input.
private let file: CInt = tmpfile().map { fileno($0) } ?? -1

/// Input: the file. It includes no other: a fuzzer that may name files opens whatever the machine has.
func fuzzZone(_ input: UnsafeRawBufferPointer) {
    if InputReader(input).text.contains("$INCLUDE") { return }
    guard let origin = DomainName("home.arpa"), ftruncate(file, 0) == 0,
        pwrite(file, input.baseAddress, input.count, 0) == input.count
    else { return }
    let records: [Record]
    do throws(ZoneFile.Failure) {
        records = try ZoneFile(path: "/proc/self/fd/\(file)", origin: origin).records
    } catch {
        expect(!error.reason.isEmpty, "a failure without words")
        return
    }
    for record in records { _ = record.description }
    guard let zone = try? LocalZone(apex: origin, records: records) else { return }
    var values = ResolverSettings.variants[0].values
    values.localData = LocalData(zones: [zone])
    let settings = ResolverSettings(values)
    let names = Set(records.map(\.name) + records.compactMap(\.target)).sorted { $0.description < $1.description }
    for name in names.prefix(4) { askEverything(name, settings) }
}

private func askEverything(_ name: DomainName, _ settings: ResolverSettings) {
    let client = Client(SocketAddress(.v4(IPv4Address(192, 0, 2, 1)), port: 4_000), .stream)
    for owner in [name, name.prepending(label: [0x78]) ?? name] {
        for type: RecordType in [.aaaa, .any, .ptr, .https] {
            let query = Message(query: Question(owner, type), id: 7).encoded()
            let test = ResolverUnderTest(settings)
            let outcome = query.withUnsafeBytes { test.handle($0, from: client) }
            let replies = (outcome.reply.map { [$0] } ?? []) + test.runOut()
            expect(replies.count == 1, "\(replies.count) replies to \(owner) \(type)")
            for reply in replies { _ = ReplyRules(query: query, reply: reply, isStream: true, mostTTL: .max).hold() }
        }
    }
}
