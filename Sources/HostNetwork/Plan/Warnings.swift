// What may keep packets from passing, and is somebody else's: told, never touched.

internal import NAT64Backend
internal import NetAddress

struct Warnings {
    let request: HostRequest
    let state: HostState

    var all: [String] { droppingChains + strangeForwards }

    private var droppingChains: [String] {
        state.droppingChains.compactMap { chain in
            guard ["ip", "ip6", "inet"].contains(chain.family), !chain.words.contains(request.device) else {
                return nil
            }
            return """
                the nftables chain \(chain.family) \(chain.table) \(chain.name) drops what it does not know \
                (policy drop), and no rule of it names \(request.device); to let translated packets pass: \
                \(rules(chain).joined(separator: "; "))
                """
        }
    }

    private func rules(_ chain: HostState.DroppingChain) -> [String] {
        let device = request.device
        // iptables keeps its own order in tables that it made.
        if chain.table == "filter", chain.name == "FORWARD", chain.family != "inet" {
            let program = chain.family == "ip6" ? "ip6tables" : "iptables"
            return ["-i", "-o"].map { "\(program) -I FORWARD \($0) \(device) -j ACCEPT" }
        }
        return ["iifname", "oifname"].map { side in
            Command("nft", ["insert", "rule", chain.family, chain.table, chain.name, side, device, "accept"]).typed
        }
    }

    /// DNAT waits for packets to an address that nobody sends here.
    private var strangeForwards: [String] {
        let own = Set(state.addresses.map(\.address))
        return request.forwards.map(\.public.address).uniqued.filter {
            $0 != StaticBinding.hostAddress && !own.contains(.v4($0))
        }.map { address in
            "\(address) of a static binding is no address of this host now: what is sent to it does not arrive here"
        }
    }
}
