// As many answers as fit one request.

import ControlProtocol

struct LoadBatch {
    enum Outcome {
        case added
        /// Its time is over.
        case expired
        /// It does not fit any request.
        case tooLarge
        /// It does not fit this one: send it, then add again.
        case full
    }

    let ageSeconds: UInt64
    private var entries: [DumpEntry] = []
    private var size = 0
    /// What surrounds the entries: `{"load":{"ageSeconds":...,"entries":[...]}}`.
    private static let room = Frame.requestLimit - 128

    init(ageSeconds: UInt64) { self.ageSeconds = ageSeconds }

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ entry: DumpEntry) throws(CommandFailure) -> Outcome {
        guard UInt64(entry.ttlSeconds) > ageSeconds else { return .expired }
        let length: Int
        do throws(ControlMessageError) {
            length = try ControlMessage.json(entry).count + 1
        } catch {
            throw .file(error.description)
        }
        if length > Self.room { return .tooLarge }
        if size + length > Self.room { return .full }
        entries.append(entry)
        size += length
        return .added
    }

    /// The request; the batch is empty afterwards.
    mutating func take() -> LoadRequest {
        defer {
            entries = []
            size = 0
        }
        return LoadRequest(ageSeconds: ageSeconds, entries: entries)
    }
}
