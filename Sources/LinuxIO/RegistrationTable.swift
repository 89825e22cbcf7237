// Which handler belongs to which descriptor. The kernel hands back a tag of slot and generation, so that an event for a
// handler that is gone never reaches the one that came after it.

/// Names one registration of a descriptor at an EventLoop; means nothing once that is removed.
public struct Registration: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32

    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

struct RegistrationTable {
    private struct Slot {
        var handler: (any EventHandler)?
        var descriptor: Int32
        /// Counts up with each removal. Wraps after four billion of them; a stale event lives for one wake-up.
        var generation: UInt32
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    mutating func insert(_ handler: any EventHandler, descriptor: Int32) -> Registration {
        if let slot = free.popLast() {
            slots[Int(slot)].handler = handler
            slots[Int(slot)].descriptor = descriptor
            return Registration(slot: slot, generation: slots[Int(slot)].generation)
        }
        slots.append(Slot(handler: handler, descriptor: descriptor, generation: 0))
        return Registration(slot: UInt32(slots.count - 1), generation: 0)
    }

    /// Hands the handler out rather than letting it go in here: its end may lead back to this table.
    @discardableResult
    mutating func remove(_ registration: Registration) -> (descriptor: Int32, handler: (any EventHandler)?)? {
        guard let descriptor = descriptor(registration) else { return nil }
        let slot = Int(registration.slot)
        let handler = slots[slot].handler
        slots[slot].handler = nil
        slots[slot].generation &+= 1
        free.append(registration.slot)
        return (descriptor, handler)
    }

    func handler(tag: UInt64) -> (any EventHandler)? {
        let slot = slots[Int(UInt32(truncatingIfNeeded: tag))]
        return slot.generation == UInt32(truncatingIfNeeded: tag >> 32) ? slot.handler : nil
    }

    func descriptor(_ registration: Registration) -> Int32? {
        let slot = slots[Int(registration.slot)]
        return slot.generation == registration.generation && slot.handler != nil ? slot.descriptor : nil
    }
}
