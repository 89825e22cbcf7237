// How other threads speak to a loop's thread.

internal import CLinux
internal import Glibc
internal import Synchronization

/// Messages from any thread to the thread of one EventLoop, in the order in which they were posted.
public final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp: OwnedDescriptor

    public init() throws(Errno) {
        wakeUp = OwnedDescriptor(adopting: try SystemCall.shim { clinux_eventfd() })
    }

    /// Leaves a message; false if the mailbox is closed. The loop is woken once for any number that it hasn't taken
    /// yet.
    @discardableResult
    public func post(_ message: Message) -> Bool {
        let (isOpen, isFirst) = state.withLock { state -> (Bool, Bool) in
            if state.isClosed { return (false, false) }
            state.messages.append(message)
            return (true, state.messages.count == 1)
        }
        if isFirst {
            var one: UInt64 = 1
            // Fails only where the counter is full, and then the loop is about to wake anyway.
            _ = try? SystemCall.glibcIfReady { write(wakeUp.raw, &one, 8) }
        }
        return isOpen
    }

    /// Calls `handler` on the loop's thread for each message. One loop alone, and before it runs.
    public func attach(to loop: EventLoop, handler: @escaping (Message) -> Void) throws(Errno) -> Registration {
        var taken: [Message] = []
        return try loop.register(wakeUp.raw, for: .readable) { [self] _ in
            take(into: &taken)
            for message in taken { handler(message) }
            taken.removeAll(keepingCapacity: true)
        }
    }

    /// Refuses messages from now on, and gives back those that nobody took.
    @discardableResult
    public func close() -> [Message] {
        state.withLock { state in
            state.isClosed = true
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// First the wake-up, then the messages: whatever is posted in between wakes the loop once more than needed, never
    /// once less.
    /// The two arrays change places, so that neither is allocated anew.
    private func take(into taken: inout [Message]) {
        var count: UInt64 = 0
        _ = try? SystemCall.glibcIfReady { read(wakeUp.raw, &count, 8) }
        state.withLock { swap(&$0.messages, &taken) }
    }
}
