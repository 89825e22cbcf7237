// One question on its way, and what may be taken for its answer (RFC 5452 section 9.1).

internal import DNSMessage
internal import LinuxIO

struct StubQuery {
    let id: UInt16
    let question: Question
    /// The message in wire form.
    let bytes: [UInt8]

    init(_ question: Question, _ random: RandomSource, checkingDisabled: Bool) {
        id = random.nextUInt16()
        self.question = question
        var message = Message(query: question, id: id)
        message.checkingDisabled = checkingDisabled
        message.edns = EDNS()
        bytes = message.encoded()
    }

    /// Reads `bytes`, which came from the server, and holds them against the question.
    func answer(in bytes: UnsafeRawBufferPointer) throws(StubFailure) -> Message {
        let message: Message
        do throws(WireError) {
            message = try Message(parsing: bytes)
        } catch {
            switch error {
            case .short: throw .malformed("\(bytes.count) octets, less than a header")
            case .malformed(let what): throw .malformed(what)
            }
        }
        guard message.id == id else { throw .mismatch("another message ID") }
        guard message.isResponse else { throw .mismatch("a question, no answer") }
        if message.questions == [question] { return message }
        // Servers that did not read as far as the question can't repeat it.
        if message.questions.isEmpty, [.formErr, .notImp].contains(message.responseCode), message.answers.isEmpty {
            return message
        }
        throw .mismatch(message.questions.first.map { "an answer to \($0)" } ?? "an answer without a question")
    }
}
