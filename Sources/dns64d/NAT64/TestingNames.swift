// From the name to the address that goes through the translator: dns64d is asked as a client asks it.

internal import ControlProtocol
internal import DNSMessage
internal import DaemonConfig
internal import NetAddress
internal import Probe

extension TranslatorTest {
    /// The steps `resolve` and `synthesize`; no address: the test ends there.
    func destination() async -> ([NAT64TestStep], TestedAddress?) {
        guard let prefix = configuration.allPrefixes.first else {
            return ([step("synthesize", false, "there is no prefix")], nil)
        }
        switch host {
        case .address4(let address):
            let target = embed(address, prefix)
            let finding = "\(address) is \(target.address6) behind the prefix \(prefix)"
            return ([step("synthesize", true, finding)], target)
        case .address6(let address):
            guard let target = extract(address) else {
                let prefixes = configuration.allPrefixes.map(\.description).joined(separator: ", ")
                let finding = "\(address) is not behind the prefix \(prefixes): it does not go through the translator"
                return ([step("synthesize", false, finding, "name a host, or its IPv4 address")], nil)
            }
            return ([synthesized(target)], target)
        case .name(let name):
            return await destination(of: name, prefix)
        }
    }

    private func destination(of name: DomainName, _ prefix: Pref64) async -> ([NAT64TestStep], TestedAddress?) {
        guard let server else {
            let remedy = "dns64ctl status shows what could not be listened on, and why"
            return ([step("resolve", false, "dns64d listens on no address that it could be asked at", remedy)], nil)
        }
        let answer: StubAnswer
        do throws(StubFailure) {
            answer = try await ask(server, name, .aaaa, .milliseconds(3_000))
        } catch {
            return ([unanswered(name, server, error)], nil)
        }
        let addresses = answer.records.compactMap { IPv6Address(data: $0.data) }
        guard answer.message.responseCode == .noError else { return ([negative(name, server, answer)], nil) }
        let list = addresses.isEmpty ? "no AAAA" : "AAAA " + addresses.map(\.description).joined(separator: ", ")
        let resolved = step("resolve", true, "\(name) \(list), from \(server)", after: answer.milliseconds)
        if let target = addresses.lazy.compactMap(extract).first { return ([resolved, synthesized(target)], target) }
        let (step, target) = await withoutSynthesis(name, server, prefix, native: addresses.first)
        return ([resolved, step], target)
    }

    /// No address of the answer goes through the translator; the test is of the translator.
    private func withoutSynthesis(
        _ name: DomainName, _ server: SocketAddress, _ prefix: Pref64, native: IPv6Address?
    ) async -> (NAT64TestStep, TestedAddress?) {
        let answer: StubAnswer
        do throws(StubFailure) {
            answer = try await ask(server, name, .a, .milliseconds(1_500))
        } catch {
            return (
                step("synthesize", false, "there is no AAAA to go through the translator, and for A, \(error)"), nil
            )
        }
        guard let address = answer.records.lazy.compactMap({ IPv4Address(data: $0.data) }).first else {
            if let native {
                let finding = "\(native) is native, and there is no A: clients never need the translator for \(name)"
                return (step("synthesize", false, finding, "name a host that has IPv4"), nil)
            }
            return (step("synthesize", false, "\(name) has neither AAAA nor A", "name a host that has IPv4"), nil)
        }
        let target = embed(address, prefix)
        if let native {
            let finding =
                "\(native) is native: clients go there without the translator. To test it, its A \(address) is taken "
                + "as \(target.address6)"
            return (step("synthesize", true, finding), target)
        }
        let finding =
            "\(name) has the A \(address), and no AAAA was made from it: clients can't reach it. To test the translator, "
            + "\(target.address6) is taken"
        return (step("synthesize", false, finding, "dns64ctl explain \(name) says why not"), target)
    }

    private func synthesized(_ target: TestedAddress) -> NAT64TestStep {
        step("synthesize", true, "\(target.address6) is the IPv4 address \(target.address4) behind \(target.prefix)")
    }

    private func embed(_ address: IPv4Address, _ prefix: Pref64) -> TestedAddress {
        let address6 = prefix.embed(address, suffix: configuration.dns64.suffix)
        return TestedAddress(address4: address, address6: address6, prefix: prefix)
    }

    func extract(_ address: IPv6Address) -> TestedAddress? {
        for prefix in configuration.allPrefixes {
            if let inner = prefix.extract(address) {
                return TestedAddress(address4: inner, address6: address, prefix: prefix)
            }
        }
        return nil
    }

    // MARK: asking

    private func ask(_ server: SocketAddress, _ name: DomainName, _ type: RecordType, _ limit: Duration)
        async throws(StubFailure) -> StubAnswer
    {
        // One attempt: nothing is lost on the way to a program of the same host, but it may itself have to wait.
        try await StubResolver(server: server, timeout: limit, attempts: 1).ask(Question(name, type))
    }

    /// Where a client on this host would ask; a wildcard's own address is the loopback one.
    private var server: SocketAddress? {
        let reachable = listening.map { address in
            var address = address
            switch address.address {
            case .v4(let v4) where v4.rawValue == 0: address.address = .v4(IPv4Address(127, 0, 0, 1))
            case .v6(let v6) where v6 == IPv6Address(high: 0, low: 0):
                address.address = .v6(IPv6Address(high: 0, low: 1))
            default: break
            }
            return address
        }
        func isLoopback(_ address: SocketAddress) -> Bool {
            switch address.address {
            case .v4(let v4): v4.rawValue >> 24 == 127
            case .v6(let v6): v6 == IPv6Address(high: 0, low: 1)
            }
        }
        return reachable.first(where: isLoopback) ?? reachable.first
    }

    private func unanswered(_ name: DomainName, _ server: SocketAddress, _ failure: StubFailure) -> NAT64TestStep {
        let remedy =
            switch failure {
            case .noAnswer: "dns64ctl upstreams shows which servers answer dns64d, and how fast"
            default: "dns64ctl status shows where dns64d listens"
            }
        return step("resolve", false, "asked at \(server) for \(name) AAAA: \(failure)", remedy)
    }

    private func negative(_ name: DomainName, _ server: SocketAddress, _ answer: StubAnswer) -> NAT64TestStep {
        let code = answer.message.responseCode
        let remedy =
            switch code {
            case .nxDomain: "there is no such name; is it spelled right?"
            case .refused: "this box may not ask: see server.allow in the configuration"
            default: "dns64ctl explain \(name) shows what dns64d did; dns64ctl upstreams, which servers answer it"
            }
        return step("resolve", false, "\(name) AAAA: \(code), from \(server)", remedy, after: answer.milliseconds)
    }

    func step(
        _ word: String, _ works: Bool, _ finding: String, _ remedy: String? = nil, after milliseconds: Double? = nil
    ) -> NAT64TestStep {
        NAT64TestStep(
            step: word, works: works, finding: finding,
            milliseconds: milliseconds.map { ($0 * 100).rounded() / 100 }, remedy: remedy)
    }
}

extension IPv6Address {
    /// RFC 3596 section 2.2: 128 bits.
    fileprivate init?(data: [UInt8]) {
        guard data.count == 16 else { return nil }
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(data[..<8]), low: word(data[8...]))
    }
}

extension IPv4Address {
    /// RFC 1035 section 3.4.1: 32 bits.
    fileprivate init?(data: [UInt8]) {
        guard data.count == 4 else { return nil }
        self.init(data[0], data[1], data[2], data[3])
    }
}
