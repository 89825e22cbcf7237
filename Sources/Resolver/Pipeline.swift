// The resolver core. It is given bytes, a client and a time; it gives back a reply or what it wants done. It never
// touches a socket,
// a clock or a file.
//
//     query -> admit -> policy -> local -> cache -> (upstream) -> decide -> write -> reply
//
// `handle` is the table of contents. What the cache can answer is answered there and then, with no allocation;
// everything else
// becomes a PendingQuery (Lookup/), which waits for Resolutions and ends in the same `decide` and the same writer.

public import AnswerCache
internal import DNSMessage
internal import NetAddress
public import Telemetry

/// The resolver core of one worker. Not for use by several threads; the cache is shared.
public final class Resolver {
    /// Swapped whole at a reload, between two queries.
    public var settings: ResolverSettings {
        get { currentSettings }
        set {
            currentSettings = newValue
            cookies = ServerCookie(secret: newValue.values.cookieSecret)
        }
    }
    /// Unix time less the monotonic clock, in seconds: cookies carry the time of day.
    public var unixTimeOffset: Int64 {
        get { timeOffset }
        set { timeOffset = newValue }
    }
    /// Sees each question that is answered, while somebody watches.
    public var observer: (any QueryObserver)? {
        get { currentObserver }
        set { currentObserver = newValue }
    }

    /// Keeps the names of synthesized answers, where somebody will ask for them.
    public var synthesizedNames: SynthesizedNames? {
        get { currentNames }
        set { currentNames = newValue }
    }

    // Behind the properties above: what only this module can reach is read without a check for overlapping access.
    private var currentSettings: ResolverSettings
    private var timeOffset: Int64 = 0
    private var currentObserver: (any QueryObserver)?
    private var currentNames: SynthesizedNames?

    let cache: AnswerCache
    let counters: Counters
    let latency: LatencyHistogram
    var cookies: ServerCookie
    var refusals: RefusalLimiter
    /// What waits for upstream.
    var lookups = Lookups()
    var actions: [ResolverAction] = []
    private let scratch: UnsafeMutableRawBufferPointer
    let replyBuffer: UnsafeMutableRawBufferPointer

    /// - Parameter random: 64 unpredictable bits at each call.
    public init(
        settings: ResolverSettings, cache: AnswerCache, counters: Counters, latency: LatencyHistogram,
        random: () -> UInt64
    ) {
        currentSettings = settings
        self.cache = cache
        self.counters = counters
        self.latency = latency
        cookies = ServerCookie(secret: settings.values.cookieSecret)
        refusals = RefusalLimiter(key: random())
        scratch = .allocate(byteCount: 256, alignment: 8)
        replyBuffer = .allocate(byteCount: 65_535, alignment: 8)
    }

    deinit {
        scratch.deallocate()
        replyBuffer.deallocate()
    }

    /// Takes one query.
    ///
    /// - Parameter out: where the reply is written; at least 512 octets, 65,535 for streams.
    /// - Returns: the reply's length in `out`; nil where there is none, or none yet: it comes as an action then.
    public func handle(
        _ query: UnsafeRawBufferPointer, from client: Client, now: MonotonicTime,
        into out: UnsafeMutableRawBufferPointer
    ) -> Int? {
        counters.add(client.transport == .udp ? .queriesUDP : .queriesTCP)
        var view = QueryView()
        switch admit(query, client, &view, now: now) {
        case .accept: break
        case .drop(let reason):
            counters.add(reason)
            if client.transport == .stream { actions.append(.abandon(client)) }
            return nil
        case .answer(let code, let reason, let extendedError):
            counters.add(reason)
            return refuse(query, view, client, now, code, extendedError, out)
        }
        let policy = settings.policies.policy(for: client.source.address.unmapped)
        let name = lowercasedName(query, view)
        let form = replyForm(query, view, client, now, out)
        if view.recursionDesired, !settings.values.localData.mayHold(name),
            let length = answerFromCache(name, form, policy, client, now, out)
        {
            return length
        }
        return answerPending(name, form, policy, client, now, out)
    }

    /// What is to be done, in order; empties the list.
    public func takeActions() -> [ResolverAction] {
        defer { actions.removeAll(keepingCapacity: true) }
        return actions
    }

    public var hasActions: Bool { !actions.isEmpty }

    /// How many queries wait for an answer.
    public var pendingCount: Int { lookups.pendingCount }

    // MARK: pieces of the above

    /// The question's name in lower case, in this object's own buffer. The view has seen that the octets are there.
    private func lowercasedName(_ query: UnsafeRawBufferPointer, _ view: QueryView) -> UnsafeRawBufferPointer {
        var index = 0
        while index &+ 8 <= view.nameLength {
            let word = query.loadUnaligned(fromByteOffset: 12 &+ index, as: UInt64.self)
            scratch.storeBytes(of: Self.lower(word), toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        while index < view.nameLength {
            scratch[index] = DomainName.lower(query[12 &+ index])
            index &+= 1
        }
        return UnsafeRawBufferPointer(rebasing: scratch[0..<view.nameLength])
    }

    /// Eight octets at once: those from "A" to "Z" get bit 5. Length octets are under "A", octets above 127 are left
    /// alone.
    @inline(__always)
    private static func lower(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = word & (0x7f &* ones)
        let fromA = low &+ ((0x80 - 0x41) &* ones)
        let behindZ = low &+ ((0x80 - 0x5b) &* ones)
        return word | (fromA & ~behindZ & ~word & (0x80 &* ones)) >> 2
    }

    func replyForm(
        _ query: UnsafeRawBufferPointer, _ view: QueryView, _ client: Client, _ now: MonotonicTime,
        _ out: UnsafeMutableRawBufferPointer
    ) -> ReplyForm {
        let limit = client.transport == .udp ? Int(min(view.udpSize, max(512, settings.values.udpSize))) : 65_535
        return ReplyForm(
            query: query, view: view, limit: min(limit, out.count), ednsSize: settings.values.udpSize,
            client: client.source.address, cookie: cookie(query, view, client, now))
    }

    private func refuse(
        _ query: UnsafeRawBufferPointer, _ view: QueryView, _ client: Client, _ now: MonotonicTime,
        _ code: ResponseCode,
        _ extendedError: UInt16?, _ out: UnsafeMutableRawBufferPointer
    ) -> Int {
        let form = replyForm(query, view, client, now, out)
        var writer = ReplyWriter(out, form, ReplyHead(responseCode: code.rawValue, extendedError: extendedError))
        return finish(&writer, code.rawValue)
    }

    /// Ends a reply and counts it.
    func finish(_ writer: inout ReplyWriter, _ code: UInt16) -> Int {
        let length = writer.finish()
        if writer.isTruncated { counters.add(.repliesTruncated) }
        switch code {
        case 0: counters.add(.repliesNoError)
        case 1: counters.add(.repliesFormErr)
        case 2: counters.add(.repliesServFail)
        case 3: counters.add(.repliesNXDomain)
        case 4: counters.add(.repliesNotImp)
        case 5: counters.add(.repliesRefused)
        case 16: counters.add(.repliesBadVersion)
        default: counters.add(.repliesOther)
        }
        return length
    }
}

/// Watches what is asked and how it ends; for `dns64ctl top` and the query log.
public protocol QueryObserver: AnyObject {
    /// - Parameters:
    ///   - name: the question's name in wire form, lower-cased; valid during the call.
    ///   - outcome: what the answer came from.
    func observed(name: UnsafeRawBufferPointer, type: UInt16, client: Client, outcome: Counter, responseCode: UInt16)
}
