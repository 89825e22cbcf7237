// What the outside calls a static binding's public transport address, where this host's own address is shared: the
// translator knows it by a port of its inner address.

internal import NAT64Backend
internal import NetAddress
internal import Translator

/// From the translator's side to the outside's. Empty where both are the same.
struct OutsideNames: Sendable {
    private struct Place: Hashable {
        var proto: TableProtocol
        var address: IPv4Address
        var port: UInt16
    }

    private var names: [Place: TransportAddress4] = [:]

    init(_ inner: [StaticBinding: TransportAddress4]) {
        for (binding, inside) in inner where binding.public != inside {
            names[Place(proto: TableProtocol(binding.proto), address: inside.address, port: inside.port)] =
                binding.public
        }
    }

    func named(_ view: SessionView) -> SessionView {
        guard let name = name(view.proto, view.publicAddress, view.publicPort) else { return view }
        var view = view
        (view.publicAddress, view.publicPort) = (name.address, name.port)
        return view
    }

    func named(_ view: BindingView) -> BindingView {
        guard let name = name(view.proto, view.publicAddress, view.publicPort) else { return view }
        var view = view
        (view.publicAddress, view.publicPort) = (name.address, name.port)
        return view
    }

    private func name(_ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16) -> TransportAddress4? {
        names.isEmpty ? nil : names[Place(proto: proto, address: address, port: port)]
    }
}
