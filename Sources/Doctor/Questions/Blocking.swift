// Calls that wait go to threads of their own: the few of Swift's pool are everybody's.

internal import LinuxIO

enum Blocking {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = try? WorkerThread(name: "doctor") { continuation.resume(returning: body()) }
            // No thread to be had: somebody waits a little then.
            if thread == nil { continuation.resume(returning: body()) }
        }
    }
}
