// Deeds as JSON objects, addresses and prefixes as text: a person should be able to read the state file, and to undo by
// hand what it says.

internal import NAT64Backend
internal import NetAddress

extension Deed: Codable {
    private enum Kind: String, Codable { case link, address, route, proxy, table, sysctl, blackhole, ports }

    private enum CodingKeys: CodingKey {
        case kind, device, mtu, before, address, length, destination, name, text, change, added, former, list
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try fields.decode(String.self, forKey: key) }
        func parsed<Value>(_ key: CodingKeys, _ parse: (String) -> Value?) throws -> Value {
            if let value = parse(try text(key)) { return value }
            throw DecodingError.dataCorruptedError(forKey: key, in: fields, debugDescription: "not a \(Value.self)")
        }
        switch try fields.decode(Kind.self, forKey: .kind) {
        case .link:
            self = .link(
                device: try text(.device), mtu: try fields.decode(Int.self, forKey: .mtu),
                before: try fields.decode(LinkBefore.self, forKey: .before))
        case .address:
            self = .address(
                device: try text(.device), address: try parsed(.address) { IPAddress($0) },
                length: try fields.decode(Int.self, forKey: .length))
        case .route: self = .route(destination: try parsed(.destination) { IPPrefix($0) }, device: try text(.device))
        case .proxy: self = .proxy(address: try parsed(.address) { IPAddress($0) }, device: try text(.device))
        case .table: self = .table(name: try text(.name), text: try text(.text))
        case .sysctl: self = .sysctl(try fields.decode(SysctlChange.self, forKey: .change))
        case .blackhole: self = .blackhole(destination: try parsed(.destination) { IPPrefix($0) })
        case .ports:
            self = .reservedPorts(
                PortReservation(
                    added: try parsed(.added) { PortSet($0) }, former: try parsed(.former) { PortSet($0) },
                    list: try parsed(.list) { PortSet($0) }))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .link(let device, let mtu, let before):
            try fields.encode(Kind.link, forKey: .kind)
            try fields.encode(device, forKey: .device)
            try fields.encode(mtu, forKey: .mtu)
            try fields.encode(before, forKey: .before)
        case .address(let device, let address, let length):
            try fields.encode(Kind.address, forKey: .kind)
            try fields.encode(device, forKey: .device)
            try fields.encode("\(address)", forKey: .address)
            try fields.encode(length, forKey: .length)
        case .route(let destination, let device):
            try fields.encode(Kind.route, forKey: .kind)
            try fields.encode("\(destination)", forKey: .destination)
            try fields.encode(device, forKey: .device)
        case .proxy(let address, let device):
            try fields.encode(Kind.proxy, forKey: .kind)
            try fields.encode("\(address)", forKey: .address)
            try fields.encode(device, forKey: .device)
        case .table(let name, let text):
            try fields.encode(Kind.table, forKey: .kind)
            try fields.encode(name, forKey: .name)
            try fields.encode(text, forKey: .text)
        case .sysctl(let change):
            try fields.encode(Kind.sysctl, forKey: .kind)
            try fields.encode(change, forKey: .change)
        case .blackhole(let destination):
            try fields.encode(Kind.blackhole, forKey: .kind)
            try fields.encode("\(destination)", forKey: .destination)
        case .reservedPorts(let reservation):
            try fields.encode(Kind.ports, forKey: .kind)
            try fields.encode("\(reservation.added)", forKey: .added)
            try fields.encode("\(reservation.former)", forKey: .former)
            try fields.encode("\(reservation.list)", forKey: .list)
        }
    }
}
