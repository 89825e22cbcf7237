// flush, lookup, dump and load.

internal import AnswerCache
internal import ControlProtocol
internal import DNSMessage
internal import LinuxIO
internal import Logging
internal import Resolver
internal import Telemetry

extension Daemon {
    // MARK: flush

    func flush(_ what: FlushRequest) -> ControlResponse {
        let removed: Int
        switch what {
        case .everything: removed = cache.removeAll()
        case .negative: removed = cache.removeNegative()
        case .zone(let text):
            guard let name = DomainName(text) else { return Self.noName(text) }
            removed = name.canonicalWire.withUnsafeBytes { cache.removeZone($0) }
        case .name(let text, let typeText):
            guard let name = DomainName(text) else { return Self.noName(text) }
            var type: RecordType?
            if let typeText {
                guard let known = RecordType(typeText) else { return Self.noType(typeText) }
                type = known
            }
            removed = name.canonicalWire.withUnsafeBytes { cache.remove(name: $0, type: type?.rawValue) }
        }
        log.info("flushed \(removed) answers")
        return .flush(FlushReport(removed: UInt64(removed)))
    }

    static func noName(_ text: String) -> ControlResponse {
        .refused(Refusal(code: .invalid, message: "\"\(text)\" is not a domain name"))
    }

    static func noType(_ text: String) -> ControlResponse {
        .refused(Refusal(code: .invalid, message: "\"\(text)\" is not a record type"))
    }

    // MARK: lookup

    func lookup(_ what: LookupRequest) -> ControlResponse {
        guard let name = DomainName(what.name) else { return Self.noName(what.name) }
        var type: RecordType?
        if let text = what.type {
            guard let known = RecordType(text) else { return Self.noType(text) }
            type = known
        }
        let now = MonotonicTime.read().seconds
        let stored = CacheText.answers(in: cache, of: name, type, now: now)
        return .lookup(LookupReport(entries: stored.map(\.lookup)))
    }

    // MARK: dump and load

    /// A page at a time. `after` is what the page before gave as `next`: `PART/PARTS`.
    func dump(_ what: DumpRequest) -> ControlResponse {
        var (part, parts) = (UInt64(0), UInt64(max(1, cache.statistics.entries / min(max(what.limit, 1), 1_000))))
        if let after = what.after {
            let numbers = after.split(separator: "/").compactMap { UInt64($0) }
            guard numbers.count == 2, numbers[1] > 0, numbers[0] < numbers[1] else {
                return .refused(Refusal(code: .invalid, message: "\"\(after)\" is no page of a dump"))
            }
            (part, parts) = (numbers[0], numbers[1])
        }
        let entries = CacheText.page(of: cache, part: part, parts: parts, now: MonotonicTime.read().seconds)
        return .dump(DumpPage(entries: entries, next: part + 1 < parts ? "\(part + 1)/\(parts)" : nil))
    }

    func load(_ what: LoadRequest) -> ControlResponse {
        var report = LoadReport(accepted: 0, rejected: 0)
        let now = MonotonicTime.read()
        let age = UInt32(clamping: what.ageSeconds)
        for entry in what.entries {
            do throws(TextError) {
                let isKept = try CacheText.store(entry, age: age, in: cache, settings: settings.resolver, now: now)
                if isKept { report.accepted += 1 } else { report.rejected += 1 }
            } catch {
                report.rejected += 1
                if report.problems.count < 20 { report.problems.append("\(entry.name) \(entry.type): \(error)") }
            }
        }
        return .load(report)
    }
}
