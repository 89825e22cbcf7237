// Takes deeds back, the last one first, and keeps the record true on the way.

internal import NAT64Backend
internal import NetAddress

struct Undoer: Sendable {
    let machine: any Machine
    let file: RecordFile

    /// Undoes `deeds` in the order given, which are of `record`. One that fails stays in the record, and does not keep
    /// the others.
    ///
    /// - Returns: the commands that were needed.
    func undo(_ deeds: [Deed], of record: inout Record) async throws(BackendFailure) -> [String] {
        var scope = StateScope(device: record.device)
        scope.within = deeds.compactMap { deed in
            switch deed {
            case .route(let destination, _), .blackhole(let destination): destination
            default: nil
            }
        }
        let reader = StateReader(machine: machine)
        let state = try await reader.read(scope)
        // Another device of the name is somebody else's; ours took with it what was on it.
        let isDeviceOurs = state.link(record.device).map { $0.index == record.deviceIndex } ?? false
        let hand = Hand(machine: machine)
        var lines: [String] = []
        var failures: [BackendFailure] = []
        var left = Array(deeds.reversed())
        while let deed = left.popLast() {
            // Written down before the kernel does it, as everything.
            let aftermath = hand.aftermath(of: deed)
            if !aftermath.isEmpty {
                for each in aftermath { record.put(each) }
                try file.save(record)
                left += aftermath.reversed()
            }
            if isDeviceOurs || !deed.belongs(to: record.device) {
                do throws(BackendFailure) {
                    if let line = try await hand.undo(deed, in: state) { lines.append(line) }
                } catch {
                    // It may have gone on its own in between, with its device for example.
                    let now = try await reader.read(scope)
                    if deed.holds(in: now) {
                        failures.append(error)
                        continue
                    }
                }
            }
            record.remove(deed.identity)
            try file.save(record)
        }
        if let failure = BackendFailure.joined(failures) { throw failure }
        return lines
    }
}

extension BackendFailure {
    /// All of `failures` in one; nil if there are none.
    static func joined(_ failures: [BackendFailure]) -> BackendFailure? {
        guard var first = failures.first else { return nil }
        first.message = failures.map(\.message).joined(separator: "\n")
        return first
    }
}
