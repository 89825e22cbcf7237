// The scenario runner itself: what a scenario does not tell, or tells wrongly, must fail, with the line where it
// stands.

import Testing

@Suite("Scenario runner")
struct RunnerTests {
    private static let question = """
        scenario: one question
        query 1: a.example. A
        asked: a.example. A

        """
    private static let answer = """
        upstream a.example. A: NOERROR
            a.example. 300 A 192.0.2.1

        """

    @Test("A scenario that tells everything passes")
    func passes() {
        let text = Self.question + Self.answer + "reply 1: NOERROR\n    a.example. 0..300 A 192.0.2.1\n"
        #expect(Scenarios.failures(in: text).isEmpty)
    }

    @Test(
        "What is told wrongly, or not at all, fails at its line",
        arguments: [
            (Self.question, 3, "has had no reply"),
            (Self.question + "no reply 1\n" + Self.answer, 5, "query 1 was answered"),
            (Self.question + Self.answer + "reply 1: NXDOMAIN\n    a.example. 300 A 192.0.2.1\n", 6, "rcode"),
            (Self.question + Self.answer + "reply 1: NOERROR\n", 6, "answer: got"),
            (
                Self.question + Self.answer + "reply 1: NOERROR\n    a.example. 299 A 192.0.2.1\n", 6,
                "expected a.example. 299"
            ),
            (
                Self.question + Self.answer + "reply 1: NOERROR ad\n    a.example. 300 A 192.0.2.1\n", 6,
                "ad: expected true"
            ),
            (
                Self.question + Self.answer + "reply 1: NOERROR ede=29\n    a.example. 300 A 192.0.2.1\n", 6,
                "extended errors"
            ),
            (Self.question + "upstream b.example. A: NXDOMAIN\n", 4, "no such question open"),
            (Self.question + "asked: a.example. A\n", 4, "got nothing"),
            ("scenario: x\nquery 1: a.example. A\nwait 1 s\n", 3, "upstream was asked: a.example. A"),
            (Self.question + "no reply 1\ncounters: queries-udp 2\n", 5, "expected 2, got 1"),
            (Self.question + "dropped 1: drop-qr-set\n", 4, "expected a drop"),
            ("scenario: x\nquery 1: a.example. A bogus-word\n", 2, "unknown word"),
            ("scenario: x\nconfig\n    moode: off\nwait 1 s\n", 3, "unknown key"),
            ("scenario: x\n", 1, "without steps"),
            ("config\n    mode: off\n", 1, "no scenario"),
            ("", 1, "no scenario"),
        ])
    func fails(_ text: String, _ line: Int, _ words: String) throws {
        let failure = try #require(Scenarios.failures(in: text).first, "this must fail:\n\(text)")
        #expect(failure.line == line, "\(failure.description)")
        #expect(failure.description.contains(words))
    }
}
