import Testing

@testable import JoolBackend

@Suite struct InstanceNameTests {
    @Test(
        "what Jool would take and we don't",
        arguments: [
            "", "-x", "--help", "sp ace", "a;b", "$(x)", "`x`", "a/b", "ä", "sixteen-letters.", "a\nb", "a\0",
        ])
    func refused(_ text: String) { #expect(InstanceName(text) == nil) }

    @Test(arguments: ["a", "dns64d", "default", "A.b_c-9", "fifteen-letters"])
    func taken(_ text: String) { #expect(InstanceName(text)?.description == text) }

    @Test("numbers are part of the length")
    func numbered() throws {
        let name = try #require(InstanceName("twelve-chars"))
        #expect(name.numbered(0) == name && name.numbered(1)?.description == "twelve-chars-2")
        #expect(try #require(InstanceName("fifteen-letters")).numbered(1) == nil)
    }
}
