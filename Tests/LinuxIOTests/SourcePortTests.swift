// Ports that dns64d sends from: any that are free to take, and none that the host keeps for others.

import Foundation
import Testing

@testable import LinuxIO

@Suite struct SourcePortTests {
    private func ports(_ list: String?, count: Int = 2000) throws -> [UInt16] {
        let file = "/tmp/dns64d-ports-\(UUID().uuidString)"
        if let list { try list.write(toFile: file, atomically: false, encoding: .utf8) }
        defer { try? FileManager.default.removeItem(atPath: file) }
        var (ports, source) = (SourcePorts(file: file), RandomSource().generator)
        return (0..<count).map { _ in ports.next(using: &source) }
    }

    @Test(arguments: [nil, "", "\n", "nonsense\n", "9-1\n", "65536\n"]) func withoutAListAllAreTaken(_ list: String?)
        throws
    {
        let found = try ports(list)
        #expect(found.allSatisfy { $0 >= 1024 } && found.contains { $0 < 8192 } && found.contains { $0 > 57344 })
    }

    @Test func reservedPortsAreLeftToOthers() throws {
        let found = try ports("1500,2000-19999,50000-65535\n")
        #expect(found.allSatisfy { (1024...1999).contains($0) || (20000...49999).contains($0) }, "\(found)")
        #expect(!found.contains(1500) && found.contains { $0 < 2000 } && found.contains { $0 > 45000 })
    }

    @Test func whereAllAreReservedTheKernelChooses() throws {
        #expect(try ports("1024-65535\n", count: 3) == [0, 0, 0])
    }

    /// Longer than what is read at once.
    @Test func aLongListIsReadToItsEnd() throws {
        let list = (0..<3000).map { "\(1024 + $0 * 2)" }.joined(separator: ",") + ",7024-65535\n"
        let found = try ports(list, count: 200)
        #expect(found.allSatisfy { $0 == 0 || (1025...7023).contains($0) && $0 % 2 == 1 }, "\(found)")
        #expect(found.contains { $0 > 0 })
    }
}
