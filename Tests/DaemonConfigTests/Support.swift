// What the tests of this module share.

import DaemonConfig
import Foundation
import NetAddress
import Testing

/// The mistakes in `text`; empty if there are none.
func errors(in text: String) -> [ConfigurationError] {
    do {
        _ = try ConfigurationLoader.load(text: text, file: "test.yaml")
        return []
    } catch {
        return error.errors
    }
}

/// The mistakes in `text` as lines, without the file's name.
func lines(_ text: String) -> [String] { errors(in: text).map { String($0.description.dropFirst("test.yaml:".count)) } }

func load(_ text: String) throws -> Configuration { try ConfigurationLoader.load(text: text, file: "test.yaml") }

/// A file of the project by its path from the root.
func projectFile(_ path: String) -> URL {
    var root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appendingPathComponent(path)
}

func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

func pref64(_ text: String) throws -> Pref64 { try Pref64(prefix(text)) }

func socket(_ text: String) throws -> SocketAddress { try #require(SocketAddress(text, defaultPort: 53)) }

/// A small generator whose sequence a seed fixes.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
