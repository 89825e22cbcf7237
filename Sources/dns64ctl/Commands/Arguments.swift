// The kinds of arguments: names, types, addresses, levels. What can't be one is a mistake in usage, found before any
// daemon is asked. A conformance of another module's type is public, hence so are these imports.

public import ArgumentParser
public import ControlProtocol
import Glibc

extension DomainNameText: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension RecordTypeName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public static var defaultCompletionKind: CompletionKind { .list(registered.sorted()) }
}

extension LogLevel: ExpressibleByArgument {}

/// An IPv4 or IPv6 address.
struct ClientAddress: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        var room = in6_addr()
        guard inet_pton(AF_INET, argument, &room) == 1 || inet_pton(AF_INET6, argument, &room) == 1 else { return nil }
        text = argument
    }
}
