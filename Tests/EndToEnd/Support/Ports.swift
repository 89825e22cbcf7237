// Free ports below the range that the kernel gives out by itself, each handed out once. dns64d sends from any port that is not
// reserved: `scripts/test` has a network namespace where these are.

import Foundation
import Synchronization

enum Ports {
    private static let next = Mutex<UInt16>(20_000 + UInt16(getpid() % 100) * 100)

    /// Free now on 127.0.0.1 and ::1, UDP and TCP.
    static func free() throws -> UInt16 {
        try next.withLock { next in
            for _ in 0..<10_000 {
                next = next >= 31_999 ? 20_000 : next + 1
                if isFree(next) { return next }
            }
            throw HarnessError("no port is free")
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        for address in ["127.0.0.1", "::1"] {
            for type in [SOCK_DGRAM, SOCK_STREAM] {
                guard let socket = try? Socket(type, Endpoint(address, port).family) else { return false }
                guard (try? socket.bind(Endpoint(address, port))) != nil else { return false }
            }
        }
        return true
    }
}
