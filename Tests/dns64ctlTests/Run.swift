// Runs dns64ctl within the test.

import Synchronization

@testable import dns64ctl

/// What a run printed and how it ended.
struct Run {
    let status: ExitStatus
    let output: String
    let errors: String
    /// Both, in the order in which they were written.
    let all: String

    init(_ arguments: [String], environment: Environment = Environment(), closedAfter limit: Int? = nil) {
        let text = Mutex<(output: [UInt8], errors: [UInt8], all: [UInt8])>(([], [], []))
        let output = Output(
            write: { (bytes) throws(CommandFailure) in
                let full = text.withLock { text in
                    text.output += bytes
                    text.all += bytes
                    return limit.map { text.output.count > $0 } ?? false
                }
                if full { throw .outputClosed }
            },
            writeError: { bytes in
                text.withLock { text in
                    text.errors += bytes
                    text.all += bytes
                }
            })
        status = Program.run(arguments, environment: environment, output: output)
        let all = text.withLock { $0 }
        self.output = String(decoding: all.output, as: UTF8.self)
        errors = String(decoding: all.errors, as: UTF8.self)
        self.all = String(decoding: all.all, as: UTF8.self)
    }
}
