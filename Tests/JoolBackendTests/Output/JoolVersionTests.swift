import Testing

@testable import JoolBackend

@Suite struct JoolVersionTests {
    @Test func texts() {
        #expect(JoolVersion("4.1.9.0\n") == JoolVersion(4, 1, 9, 0))
        #expect(JoolVersion("4.1.15") == JoolVersion(4, 1, 15, 0))
        #expect(JoolVersion("4.1.15")?.description == "4.1.15.0")
        for text in ["", "4.1", "4.1.9.0.1", "4.1.x", "v4.1.9", "4.1.-9", "4..9", "4.1.9 extra", "4.1.99999999999"] {
            #expect(JoolVersion(text) == nil)
        }
    }

    @Test func whichAreKnownHere() {
        #expect(!JoolVersion(4, 1, 8, 9).isSupported)
        #expect(JoolVersion(4, 1, 9).isSupported)
        #expect(JoolVersion(4, 1, 15, 3).isSupported)
        #expect(!JoolVersion(4, 2, 0).isSupported)
        #expect(JoolVersion(4, 1, 9) < JoolVersion(4, 1, 10))
    }

    @Test func whoSpeaksWithWhom() {
        func speaks(_ client: JoolVersion, _ module: JoolVersion) -> Bool { client.speaks(with: module) }
        #expect(speaks(JoolVersion(4, 1, 9), JoolVersion(4, 1, 9)))
        #expect(!speaks(JoolVersion(4, 1, 9), JoolVersion(4, 1, 9, 1)))
        #expect(!speaks(JoolVersion(4, 1, 9), JoolVersion(4, 1, 10)))
        #expect(speaks(JoolVersion(4, 1, 10), JoolVersion(4, 1, 9)))
        #expect(!speaks(JoolVersion(4, 1, 10), JoolVersion(4, 1, 8)))
        #expect(speaks(JoolVersion(4, 1, 15), JoolVersion(4, 1, 11)))
        #expect(!speaks(JoolVersion(4, 1, 15), JoolVersion(4, 2, 0)))
        #expect(!speaks(JoolVersion(4, 1, 15), JoolVersion(4, 0, 15)))
    }
}
