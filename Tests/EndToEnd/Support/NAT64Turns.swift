// Tests with a NAT64's world have five machines and traffic in them: few of them at a time.

import Testing

struct NAT64Turns: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await Places.shared.enter()
        do {
            try await function()
        } catch {
            await Places.shared.leave()
            throw error
        }
        await Places.shared.leave()
    }

    private actor Places {
        static let shared = Places()
        private var free = 3
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func enter() async {
            if free > 0 { return free -= 1 }
            await withCheckedContinuation { waiting.append($0) }
        }

        func leave() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == NAT64Turns {
    /// Three at a time.
    static var nat64Turns: NAT64Turns { NAT64Turns() }
}
