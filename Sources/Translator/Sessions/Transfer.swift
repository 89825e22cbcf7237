// Another pool or other prefixes: new tables, into which those bindings and sessions go over that are still true. Packets
// wait for that once, as long as it takes to move the table.

internal import NetAddress
internal import Packet
internal import Telemetry

extension TranslationCore {
    mutating func replaceTables(_ old: TranslatorSettings, _ new: TranslatorSettings) {
        var settings = new
        (settings.slice, settings.slices) = (old.slice, old.slices)
        (settings.sessionLimit, settings.portBlockSize) = (old.sessionLimit, old.portBlockSize)
        settings.quota.subscriberPrefixLength = old.quota.subscriberPrefixLength
        self.settings = settings
        var fresh = SessionTables(
            settings, seed: UInt64(nextIdentification) &* 0x9e37_79b9_7f4a_7c15 ^ now.nanoseconds, now: ticks,
            counters: counters)
        let oldPrefixes = prefixes
        prefixes = PrefixTable(settings)
        for binding in settings.staticBindings {
            _ = fresh.addStatic(
                binding.proto, binding.client, binding.clientPort, binding.publicAddress, binding.publicPort)
        }
        var lost: UInt64 = 0
        for number in 0..<UInt32(tables.sessions.highWater) where tables.sessions[number].pointee.isLive {
            let session = tables.sessions[number].pointee
            let name = oldPrefixes[session.prefix]
            guard let place = prefixes.number(of: name),
                let binding = fresh.adopt(tables.bindings[session.binding].pointee)
            else {
                lost += 1
                continue
            }
            let isKept = try? fresh.addSession(
                binding, remote: session.remote, remotePort: session.remotePort,
                prefix: place, difference: session.checksumDifference,
                state: session.state, expires: session.expires)
            if isKept == nil { lost += 1 }
        }
        counters.add(.sessionsDropped, lost)
        tables = fresh
    }
}

extension SessionTables {
    /// A binding of tables before these: its number here; nil if its public side is not the pool's any more, or if it was
    /// static and is so no longer.
    mutating func adopt(_ old: BindingRecord) -> UInt32? {
        if let number = binding6(old.proto, old.client, old.clientPort) {
            let mine = bindings[number].pointee
            let isSame = mine.publicAddress == old.publicAddress && mine.publicPort == old.publicPort
            return isSame ? number : nil
        }
        let prefix = old.client.keeping(bits: quota.subscriberPrefixLength)
        guard !old.isStatic, pool.contains(old.publicAddress),
            pool.take(
                old.proto, old.publicAddress, old.publicPort,
                subscriber: hash(prefix.high, prefix.low))
        else { return nil }
        // Blocks that the log knows of already.
        _ = pool.takeBlockEvents()
        return fileAdopted(old)
    }
}
