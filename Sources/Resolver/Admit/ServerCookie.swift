// DNS cookies: RFC 7873, with the interoperable server cookie of RFC 9018 section 4.

internal import DNSMessage
internal import Glibc
internal import NetAddress

/// Makes and checks server cookies.
struct ServerCookie {
    /// What goes into a reply's COOKIE option: client cookie, then the server cookie's two halves. All in network
    /// order's value.
    struct Reply {
        var client: UInt64
        /// Version 1, three reserved octets, and the timestamp.
        var head: UInt64
        var hash: UInt64
    }

    private let key0: UInt64
    private let key1: UInt64

    /// `secret`: 16 octets.
    init(secret: [UInt8]) {
        var bytes = secret
        bytes.append(contentsOf: repeatElement(0, count: max(0, 16 - bytes.count)))
        key0 = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        key1 = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) }
    }

    /// What to say to a query whose COOKIE option stands at `offset`, `length` octets long. `now` is Unix time, 32 bits
    /// of it.
    func reply(_ query: UnsafeRawBufferPointer, offset: Int, length: Int, client: IPAddress, now: UInt32) -> Reply {
        let clientCookie = UInt64(bigEndian: query.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        if length == 24 {
            let head = UInt64(bigEndian: query.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            let hash = UInt64(bigEndian: query.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
            // RFC 9018 section 4.3: a valid cookie is kept until it is half an hour old, and replaced after.
            if isFresh(head, now), Int32(truncatingIfNeeded: now &- UInt32(truncatingIfNeeded: head)) < 1800,
                hash == self.hash(clientCookie, head, client)
            {
                return Reply(client: clientCookie, head: head, hash: hash)
            }
        }
        let head = 1 << 56 | UInt64(now)
        return Reply(client: clientCookie, head: head, hash: hash(clientCookie, head, client))
    }

    /// Whether the query proves that its source address is not forged: it holds a server cookie of ours, not over an
    /// hour old
    /// and not over five minutes from the future (RFC 9018 section 4.3).
    func isValid(_ query: UnsafeRawBufferPointer, offset: Int, length: Int, client: IPAddress, now: UInt32) -> Bool {
        guard length == 24 else { return false }
        let clientCookie = UInt64(bigEndian: query.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let head = UInt64(bigEndian: query.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        let hash = UInt64(bigEndian: query.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
        return isFresh(head, now) && hash == self.hash(clientCookie, head, client)
    }

    private func isFresh(_ head: UInt64, _ now: UInt32) -> Bool {
        guard head >> 56 == 1 else { return false }
        let age = Int32(truncatingIfNeeded: now &- UInt32(truncatingIfNeeded: head))
        return age <= 3600 && age >= -300
    }

    /// RFC 9018 section 4.4: SipHash-2-4 over client cookie, version, reserved, timestamp and the client's address.
    private func hash(_ client: UInt64, _ head: UInt64, _ address: IPAddress) -> UInt64 {
        var state = SipHash24(key0, key1)
        state.absorb(client.byteSwapped)
        state.absorb(head.byteSwapped)
        switch address {
        case .v4(let v4):
            return state.finish(tail: UInt64(v4.rawValue.byteSwapped), length: 20).byteSwapped
        case .v6(let v6):
            state.absorb(v6.high.byteSwapped)
            state.absorb(v6.low.byteSwapped)
            return state.finish(tail: 0, length: 32).byteSwapped
        }
    }
}

/// SipHash-2-4 over words in little-endian order.
struct SipHash24 {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(_ key0: UInt64, _ key1: UInt64) {
        v0 = key0 ^ 0x736f_6d65_7073_6575
        v1 = key1 ^ 0x646f_7261_6e64_6f6d
        v2 = key0 ^ 0x6c79_6765_6e65_7261
        v3 = key1 ^ 0x7465_6462_7974_6573
    }

    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// `tail`: the last `length & 7` octets; `length`: of the whole input.
    mutating func finish(tail: UInt64, length: UInt64) -> UInt64 {
        absorb(length << 56 | tail)
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }
}
