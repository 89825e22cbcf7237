// Answers that this server gives of its own knowledge, in one place and in the order in which they are tried: names
// with a special
// use, zones from files, empty zones.

public import DNSMessage

/// All local data. Made anew at a reload.
public struct LocalData: Sendable {
    private var zones: [DomainName: LocalZone] = [:]
    private var emptyZones: Set<DomainName> = []
    /// A bit for each last label that leads to local data, by the sum of its letters: most names are turned away by it.
    private var lastLabels: [Bool] = Array(repeating: false, count: 256)

    /// - Parameters:
    ///   - zones: from files; where one lies in another, the inner one answers.
    /// - emptyZones: RFC 6303's and their like; those that touch a zone of their own or forwarded elsewhere are left
    ///   out by
    ///     the caller.
    public init(zones: [LocalZone] = [], emptyZones: [DomainName] = []) {
        for zone in zones + SpecialNames.zones { if self.zones[zone.apex] == nil { self.zones[zone.apex] = zone } }
        self.emptyZones = Set(emptyZones)
        for name in Array(self.zones.keys) + emptyZones { mark(name) }
    }

    private mutating func mark(_ name: DomainName) {
        guard !name.isRoot else {
            lastLabels = Array(repeating: true, count: 256)
            return
        }
        name.canonicalWire.withUnsafeBytes { lastLabels[Self.lastLabel(UnsafeRawBufferPointer($0))] = true }
    }

    /// Sums the letters of the last label of a lower-cased name.
    private static func lastLabel(_ name: UnsafeRawBufferPointer) -> Int {
        var start = 0
        while start < name.count {
            let next = start &+ Int(name[start]) &+ 1
            if next >= name.count &- 1 { break }
            start = next
        }
        var sum: UInt8 = 0
        while start < name.count &- 1 {
            sum = sum &+ name[start]
            start &+= 1
        }
        return Int(sum)
    }

    /// Whether `name`, lower-cased and in wire form, may be local. False is certain.
    func mayHold(_ name: UnsafeRawBufferPointer) -> Bool { lastLabels[Self.lastLabel(name)] }

    /// The answer to a question, or nil where nothing local holds its name. May end in an alias whose target is not
    /// looked at.
    func answer(_ name: DomainName, _ type: RecordType) -> LocalAnswer? {
        for ancestor in name.ancestors {
            if let zone = zones[ancestor] { return zone.answer(name, type) }
            if emptyZones.contains(ancestor) { return EmptyZones.answer(name, type, zone: ancestor) }
        }
        return nil
    }

    /// Whether a question is answered here; false for what lies below a delegation that is forwarded.
    func answers(_ name: DomainName, _ type: RecordType) -> Bool {
        guard holds(name), case .parts? = answer(name, type) else { return false }
        return true
    }

    /// Whether a zone from a file, or one with a special use, holds the name.
    func hasZone(for name: DomainName) -> Bool { name.ancestors.contains { zones[$0] != nil } }

    /// Whether the name belongs to local data.
    func holds(_ name: DomainName) -> Bool {
        name.ancestors.contains { zones[$0] != nil || emptyZones.contains($0) }
    }

    /// The zones from files and those with a special use, for `status`.
    public var apexes: [DomainName] { Array(zones.keys) }
}

/// What local data says.
public enum LocalAnswer: Sendable {
    case parts(LocalParts)
    /// A delegation that the zone's owner wants forwarded.
    case forward

    /// Which table it came from.
    public enum Origin: Sendable {
        case zone
        case empty
        case special
    }
}

/// A local answer in parts.
public struct LocalParts: Sendable {
    var parts: AnswerParts
    var origin: LocalAnswer.Origin
}
