// The reader in place against ldns, and messages through the wire and back.

internal import DNSMessage

/// Input: a message.
func fuzzMessage(_ input: UnsafeRawBufferPointer) {
    var view = QueryView()
    let shape = view.read(input)
    let message = try? Message(parsing: input)
    guard let message else {
        // What is read in place is never read by ldns, so ldns must have nothing against it.
        expect(shape != .plain, "plain in place, and ldns can't read it")
        return
    }
    switch shape {
    case .short: expect(false, "short in place, and ldns reads it")
    case .plain: compare(view, message)
    case .unusual:
        view.forgetQuestion()
        if view.readAfter(message, input) == true, message.answers.isEmpty, message.authorities.isEmpty {
            expect(view.id == message.id && view.questionEnd <= input.count, "the question runs over the end")
            expect(view.type == message.questions.first?.type.rawValue, "another type")
        }
    }
    throughTheWire(message)
}

private func compare(_ view: QueryView, _ message: Message) {
    expect(view.id == message.id, "another ID")
    expect(view.isResponse == message.isResponse && view.opcode == message.opcode, "another QR or opcode")
    expect(view.recursionDesired == message.recursionDesired, "another RD")
    expect(
        view.checkingDisabled == message.checkingDisabled && view.authenticData == message.authenticData,
        "another CD or AD")
    expect(message.questions.count == 1, "\(message.questions.count) questions")
    expect(view.type == message.questions.first?.type.rawValue, "another type")
    expect(view.recordClass == message.questions.first?.recordClass.rawValue, "another class")
    expect(view.nameLength == message.questions.first?.name.wire.count, "another name")
    expect(
        message.answers.isEmpty && message.authorities.isEmpty && message.additionals.isEmpty,
        "records in a plain query")
    expect(view.hasEDNS == (message.edns != nil), "EDNS in one alone")
    guard let edns = message.edns else { return }
    expect(view.ednsVersion == edns.version && view.dnssecOK == edns.dnssecOK, "another EDNS version or DO")
    expect(view.udpSize == max(512, edns.udpSize), "another UDP size")
    let cookie = edns.options.first { $0.code == EDNS.Option.cookie }
    expect((cookie != nil) == (view.cookieLength > 0 || view.cookieMalformed), "a cookie in one alone")
    if let cookie, !view.cookieMalformed { expect(view.cookieLength == cookie.data.count, "another cookie") }
}

/// What ldns read, written by us and read again, is the same; and so is each record's text.
private func throughTheWire(_ message: Message) {
    for record in message.answers + message.authorities + message.additionals { _ = record.description }
    guard message.questions.count == 1 else { return }
    let bytes = message.encoded()
    guard bytes.count <= 65_535 else { return }
    var expected = message.withNamesInLowerCase
    if expected.edns == nil { expected.responseCode = ResponseCode(rawValue: expected.responseCode.rawValue & 15) }
    do {
        let again = try Message(parsing: bytes).withNamesInLowerCase
        expect(again == expected, "\(expected)\nbecame\n\(again)")
    } catch {
        expect(false, "written by us and not to be read: \(error)\n\(message)")
    }
}

extension Message {
    /// With the names in RDATA that compression may have replaced by others of the same letters (RFC 1035 section
    /// 4.1.4).
    fileprivate var withNamesInLowerCase: Message {
        func lower(_ records: [Record]) -> [Record] {
            records.map { record in
                var record = record
                let hasNames = [.cname, .ns, .ptr, .soa].contains(record.type)
                if hasNames { record.data = record.data.map(DomainName.lower) }
                return record
            }
        }
        var message = self
        message.answers = lower(answers)
        message.authorities = lower(authorities)
        message.additionals = lower(additionals)
        return message
    }
}
