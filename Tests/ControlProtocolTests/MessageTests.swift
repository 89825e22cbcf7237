import ControlProtocol
import Testing

/// What follows the length in a frame.
private func body(_ frame: [UInt8]) -> [UInt8] { Array(frame.dropFirst(Frame.headerSize)) }

private func text(_ frame: [UInt8]) -> String { String(decoding: body(frame), as: UTF8.self) }

@Suite struct MessageTests {
    @Test(arguments: Samples.requests)
    func requestReadsBack(_ request: ControlRequest) throws {
        #expect(try ControlMessage.request(from: body(try ControlMessage.frame(request))) == request)
    }

    @Test(arguments: Samples.responses)
    func responseReadsBack(_ response: ControlResponse) throws {
        #expect(try ControlMessage.response(from: body(try ControlMessage.frame(response))) == response)
    }

    @Test func theTranslatorsAnswersAreWrittenAs() throws {
        #expect(
            text(try ControlMessage.frame(.nat64(.sessions(NAT64SessionPage(sessions: [NAT64Samples.session])))))
                == #"{"nat64-sessions":{"sessions":[{"client":"2001:db8::17","clientPort":50312,"name":"www.example","#
                + #""proto":"tcp","public":"192.0.2.1","publicPort":40312,"remainingSeconds":7438,"#
                + #""remote":"198.51.100.80","remote6":"64:ff9b::c633:6450","remotePort":443,"state":"established"}]}}"#
        )
        #expect(
            text(try ControlMessage.frame(.nat64(.drop(NAT64DropReport(dropped: 3)))))
                == #"{"nat64-drop":{"dropped":3}}"#)
    }

    @Test func everyKindHasASample() {
        #expect(Set(Samples.requests.map(\.kind)) == Set(ControlRequest.Kind.allCases))
    }

    /// The form on the wire is a promise to scripts: it changes on purpose or not at all.
    @Test(arguments: [
        (ControlRequest.status, #"{"status":{}}"#),
        (.flush(.everything), #"{"flush":{"scope":"everything"}}"#),
        (.flush(.name("a.b", type: "AAAA")), #"{"flush":{"name":"a.b","scope":"name","type":"AAAA"}}"#),
        (.flush(.zone("a.b")), #"{"flush":{"name":"a.b","scope":"zone"}}"#),
        (.flush(.negative), #"{"flush":{"scope":"negative"}}"#),
        (.lookup(LookupRequest(name: "a/b")), #"{"lookup":{"name":"a/b"}}"#),
        (.logLevel(LogLevelRequest(level: .warning)), #"{"log-level":{"level":"warning"}}"#),
        (.dump(DumpRequest(after: "x", limit: 5)), #"{"dump":{"after":"x","limit":5}}"#),
        (.nat64(.status), #"{"nat64-status":{}}"#), (.nat64(.stats), #"{"nat64-stats":{}}"#),
        (
            .nat64(.sessions(NAT64PageRequest(selection: NAT64Samples.selection, after: "7", limit: 5))),
            #"{"nat64-sessions":{"after":"7","limit":5,"selection":{"client":"2001:db8::/64","proto":"tcp","#
                + #""publicPort":8080,"publicPrefix":"192.0.2.1","remote":"198.51.100.0/24"}}}"#
        ),
        (
            .nat64(.bindings(NAT64PageRequest(limit: 5))), #"{"nat64-bindings":{"limit":5,"selection":{}}}"#
        ),
        (
            .nat64(.bind(NAT64Samples.binding)),
            #"{"nat64-bind":{"client":"2001:db8::2","clientPort":80,"proto":"tcp","public":"192.0.2.1","#
                + #""publicPort":8080}}"#
        ),
        (
            .nat64(.unbind(NAT64PublicAddress(proto: .icmp, public: nil, publicPort: 7))),
            #"{"nat64-unbind":{"proto":"icmp","publicPort":7}}"#
        ),
        (.nat64(.drop(NAT64DropRequest(selection: .all))), #"{"nat64-drop":{"selection":{}}}"#),
    ])
    func requestIsWrittenAs(_ request: ControlRequest, _ expected: String) throws {
        #expect(text(try ControlMessage.frame(request)) == expected)
    }

    @Test func responseIsWrittenAs() throws {
        #expect(text(try ControlMessage.frame(.flush(FlushReport(removed: 3)))) == #"{"flush":{"removed":3}}"#)
        let refusal = ControlResponse.refused(Refusal(code: .busy, message: "not now"))
        #expect(
            text(try ControlMessage.frame(refusal)) == #"{"refused":{"code":"busy","errors":[],"message":"not now"}}"#)
    }

    @Test(arguments: [
        "", "{", "null", "[]", "{}", "0", #""status""#, #"{"bogus":{}}"#, #"{"status":{},"stats":{}}"#,
        #"{"lookup":{}}"#,
        #"{"lookup":{"name":7}}"#, #"{"flush":{"scope":"all"}}"#, #"{"flush":{"scope":"zone"}}"#,
        #"{"log-level":{"level":"loud"}}"#, #"{"dump":{"limit":99999999999999999999}}"#, #"{"dump":{"limit":1e999}}"#,
        #"{"nat64":{}}"#, #"{"nat64-drop":{}}"#, #"{"nat64-sessions":{"selection":{}}}"#,
        #"{"nat64-bind":{"client":"::1","clientPort":65536,"proto":"tcp","publicPort":1}}"#,
        #"{"nat64-unbind":{"proto":"sctp","publicPort":1}}"#,
        "{\"status\":{}}\u{0}", "{\"lookup\":{\"name\":\"\u{1}\"}}",
    ])
    func malformedRequestIsAnError(_ json: String) {
        #expect {
            try ControlMessage.request(from: Array(json.utf8))
        } throws: { error in
            if case ControlMessageError.malformed = error { true } else { false }
        }
    }

    /// Nesting as deep as a request's size allows must not exhaust the stack.
    @Test func deepNestingIsAnError() {
        let octets = [UInt8](#"{"lookup":{"name":"#.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 60_000)
        #expect(throws: ControlMessageError.self) { try ControlMessage.request(from: octets) }
    }

    @Test func invalidUTF8IsAnError() {
        let octets = [UInt8](#"{"lookup":{"name":""#.utf8) + [0xFF, 0xFE] + [UInt8](#""}}"#.utf8)
        #expect(throws: ControlMessageError.self) { try ControlMessage.request(from: octets) }
    }

    @Test func unknownKeysWithinAPayloadAreIgnored() throws {
        let json = #"{"flush":{"removed":3,"somethingNewer":[1]}}"#
        #expect(try ControlMessage.response(from: Array(json.utf8)) == .flush(FlushReport(removed: 3)))
    }

    @Test func oversizedRequestIsNotSent() {
        let request = ControlRequest.lookup(LookupRequest(name: String(repeating: "x", count: Frame.requestLimit)))
        #expect {
            try ControlMessage.frame(request)
        } throws: { error in
            if case ControlMessageError.framing(.tooLong) = error { true } else { false }
        }
    }

    @Test func infiniteRateIsNotSent() {
        var snapshot = Samples.top
        snapshot.queriesPerSecond = .infinity
        #expect(throws: ControlMessageError.self) { try ControlMessage.frame(.top(snapshot)) }
    }
}
