// A TUN device: packets that the kernel routes to it are read here, and what is written comes in from it, with the
// virtio header that says what is left undone (Linux's Documentation/networking/tuntap.rst).

internal import CLinux
public import LinuxIO

/// A TUN device that this process holds. It goes away with the last of its queues, unless it was there before.
public final class TunDevice: Sendable {
    public let name: String
    /// The interface's index, as routes name it.
    public let index: UInt32
    public let offload: TunOffload
    /// One a thread; the kernel spreads flows over them.
    public let queues: [TunQueue]
    /// Somebody had prepared the device (`ip tuntap add`): it stays when this process ends.
    public let wasThere: Bool

    private let wish: OffloadWish

    public var interface: NetworkInterface { NetworkInterface(named: name) }

    /// Queues that one device can have (the kernel's MAX_TAP_QUEUES).
    public static let queueMaximum = 256

    /// Makes the device, or takes hold of one that was prepared and that nobody holds.
    ///
    /// - Parameters:
    ///   - queues: at least 1, at most `queueMaximum`.
    ///   - reserve: opened while there were rights to; more is opened if it doesn't suffice. After a failure it may be
    ///     used again, unless the device had several queues;
    ///     also after `delete`.
    public static func open(
        name: String, queues count: Int = 1, offload wish: OffloadWish = .automatic, from reserve: TunReserve? = nil
    ) throws(TunFailure) -> TunDevice {
        try TunFailure.check(name: name)
        precondition((1...queueMaximum).contains(count), "a TUN device has between 1 and \(queueMaximum) queues")
        var queues = Array((reserve?.queues ?? []).prefix(count))
        while queues.count < count { queues.append(try TunQueue.open()) }
        return try TunDevice(name, queues, wish)
    }

    /// Makes the device anew, with the same queues, after somebody deleted it. Needs no right to open /dev/net/tun,
    /// only that to make a device. EBUSY and the like if it is still there.
    public func reopen() throws(TunFailure) -> TunDevice { try TunDevice(name, queues, wish) }

    /// Takes the device away at once, though its queues live on, in a reserve for instance. One that was there before
    /// stays.
    public func delete() throws(Errno) {
        if wasThere { return }
        guard let index = Int32(exactly: index) else { throw .noDevice }
        let result = clinux_interface_delete(index)
        if result < 0 { throw Errno(code: -result) }
    }

    /// Whether the device that the queues belong to is still there; a second one of the same name does not count.
    public var isPresent: Bool { (try? interface.index()) == index }

    private init(_ name: String, _ queues: [TunQueue], _ wish: OffloadWish) throws(TunFailure) {
        let interface = NetworkInterface(named: name)
        wasThere = (try? interface.index()) != nil
        try Self.attach(queues, to: interface, existing: wasThere)
        do throws(Errno) {
            offload = try TunOffload.negotiate(wish, on: queues[0].descriptor)
            index = try interface.index()
        } catch {
            throw .attaching(name, error, existing: wasThere, isTun: true)
        }
        self.name = name
        self.queues = queues
        self.wish = wish
    }

    private static func attach(_ queues: [TunQueue], to interface: NetworkInterface, existing: Bool)
        throws(TunFailure)
    {
        let isTun = existing && (try? interface.isTun()) == true
        // A device with one queue refuses a second reader with EBUSY; one with several lets in everybody.
        if isTun, queues.count > 1, (try? interface.flags())?.contains(.running) == true {
            throw .inUse(interface.name)
        }
        var flags = queues.count > 1 ? CLINUX_TUN_MULTI_QUEUE : 0
        if !existing { flags |= CLINUX_TUN_EXCLUSIVE }
        for queue in queues {
            let result = clinux_tun_attach(queue.descriptor, interface.name, flags)
            if result < 0 {
                throw .attaching(interface.name, Errno(code: -result), existing: existing, isTun: isTun)
            }
            flags &= ~CLINUX_TUN_EXCLUSIVE
        }
    }
}

/// /dev/net/tun, opened while this process may, for a device that comes later.
public struct TunReserve: Sendable {
    let queues: [TunQueue]

    /// Opens /dev/net/tun once for each queue that is to come.
    public init(queues count: Int = 1) throws(TunFailure) {
        var queues: [TunQueue] = []
        for _ in 0..<count { queues.append(try TunQueue.open()) }
        self.queues = queues
    }
}
