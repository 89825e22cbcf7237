// What the log of bindings is written from (RFC 6888 section 4): events, in the order in which they came to be.

public import NetAddress

/// A binding, or a block of ports, that came or went.
public struct BindingEvent: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case bind, unbind
        case blockOpen = "block-open"
        case blockClose = "block-close"
    }

    public var kind: Kind
    /// nil for a block, which serves all.
    public var proto: TableProtocol?
    /// The client; of a block, the subscriber's prefix.
    public var client: IPv6Address
    /// 0 for a block.
    public var clientPort: UInt16
    public var publicAddress: IPv4Address
    /// One port, or those of a block.
    public var publicPorts: ClosedRange<UInt16>
}

/// Keeps events until the edge takes them; off, it keeps none.
struct BindingJournal {
    private let isOn: Bool
    private let onlyBlocks: Bool
    private(set) var events: [BindingEvent] = []

    init(isOn: Bool, blocks: Bool) {
        self.isOn = isOn
        onlyBlocks = blocks
    }

    mutating func bound(_ binding: BindingRecord) { note(.bind, binding) }
    mutating func unbound(_ binding: BindingRecord) { note(.unbind, binding) }

    private mutating func note(_ kind: BindingEvent.Kind, _ binding: BindingRecord) {
        guard isOn, !onlyBlocks || binding.isStatic else { return }
        events.append(
            BindingEvent(
                kind: kind, proto: binding.proto, client: binding.client, clientPort: binding.clientPort,
                publicAddress: binding.publicAddress, publicPorts: binding.publicPort...binding.publicPort))
    }

    mutating func block(_ event: PortBlockEvent, _ prefix: IPv6Address) {
        guard isOn else { return }
        events.append(
            BindingEvent(
                kind: event.isOpened ? .blockOpen : .blockClose, proto: nil, client: prefix, clientPort: 0,
                publicAddress: event.address, publicPorts: event.ports))
    }

    mutating func take() -> [BindingEvent] {
        guard !events.isEmpty else { return [] }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }
}
