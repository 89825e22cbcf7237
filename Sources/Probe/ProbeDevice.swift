// The client's end of the wire: a TUN device that is made, led to and taken away, and the packets that go through it.

internal import Glibc
internal import HostNetwork
internal import LinuxIO
internal import NetAddress
internal import Packet
internal import TunDevice

/// The network that the device is in.
enum ProbePlace: Hashable, Sendable {
    /// This process's own.
    case process
    /// A named network namespace, for tests.
    case namespace(String)

    var name: String? { if case .namespace(let name) = self { name } else { nil } }

    /// Runs `body` on a thread that sees this network, and may wait.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Result<Value, Errno> {
        await OwnThread.run("probe") { [name] in
            guard let name else { return .success(body()) }
            do throws(Errno) {
                return .success(try NetworkNamespaces.run(in: name, body))
            } catch {
                return .failure(error)
            }
        }
    }
}

final class ProbeDevice: Sendable {
    let device: TunDevice
    private let place: ProbePlace

    private init(_ device: TunDevice, _ place: ProbePlace) {
        self.device = device
        self.place = place
    }

    // MARK: there and away

    static func make(
        _ name: String, for client: IPv6Address, from reserve: TunReserve?, in place: ProbePlace
    ) async throws(ProbeFailure) -> ProbeDevice {
        let made = await place.run { () -> Result<TunDevice, ProbeFailure> in
            do throws(ProbeFailure) { return .success(try open(name, reserve)) } catch { return .failure(error) }
        }
        let device: TunDevice
        switch made {
        case .success(let result): device = try result.get()
        case .failure(let errno): throw ProbeFailure(.refused, "the network namespace can't be entered: \(errno)")
        }
        let probe = ProbeDevice(device, place)
        let route = ["-6", "route", "add", "\(client)/128", "dev", device.name]
        let added = await Programs.run(
            program: "ip", arguments: route, namespace: place.name, timeLimit: .seconds(2), outputLimit: 4096)
        guard added.termination == .exited(0) else {
            probe.remove()
            throw .route(added)
        }
        return probe
    }

    private static func open(_ name: String, _ reserve: TunReserve?) throws(ProbeFailure) -> TunDevice {
        // Somebody else's device of that name is not to be touched, and one that is prepared not to be taken.
        let names = [name] + (2...9).map { "\(name)\($0)" }
        var failure = ProbeFailure(.refused, "interfaces called \(name) to \(name)9 are all there already")
        for name in names where (try? NetworkInterface(named: name).index()) == nil {
            let device: TunDevice
            do throws(TunFailure) {
                device = try TunDevice.open(name: name, offload: .none, from: reserve)
            } catch {
                failure = ProbeFailure(error)
                // Between the look and the deed, somebody may have been faster.
                if error.kind == .inUse || error.kind == .taken { continue }
                throw failure
            }
            do throws(Errno) {
                quieten(name)
                try device.interface.set(up: true)
                return device
            } catch {
                try? device.delete()
                throw ProbeFailure(.refused, "the device \(name) can't be switched on: \(error)")
            }
        }
        throw failure
    }

    /// No address of its own, no solicitations, no advertisements taken. What is forbidden by a sandbox is left: what the
    /// kernel says there is not listened to.
    private static func quieten(_ name: String) {
        for (setting, value) in [
            ("addr_gen_mode", "1"), ("accept_ra", "0"), ("autoconf", "0"), ("router_solicitations", "0"),
        ] {
            let file = Glibc.open("/proc/sys/net/ipv6/conf/\(name)/\(setting)", O_WRONLY | O_CLOEXEC)
            guard file >= 0 else { continue }
            _ = Glibc.write(file, value, value.utf8.count)
            close(file)
        }
    }

    /// The route goes with it. At once, for a reserve's descriptor lives on.
    func remove() {
        let device = device
        let delete: @Sendable () -> Void = { if device.isPresent { try? device.delete() } }
        // An index means another interface elsewhere.
        if let name = place.name { try? NetworkNamespaces.run(in: name, delete) } else { delete() }
    }

    // MARK: packets

    /// Sends and listens until all has been found out. Waits: for a thread that may.
    func carryOut(_ inquiry: some Inquiry, for client: IPv6Address) throws(ProbeFailure) {
        let slots = PacketSlots(count: 1)
        let (slot, queue) = (slots[0], device.queues[0])
        drop(all: queue, slot)
        let began = ContinuousClock.now
        func time() -> Duration { began.duration(to: .now) }
        try send(inquiry.act(at: .zero), queue, slot)
        while let due = inquiry.due {
            let isReady: Bool
            do throws(Errno) {
                isReady = try Readiness.wait(queue.descriptor, for: .input, until: began + due)
            } catch {
                throw ProbeFailure(.lost, "the device \(device.name) can't be waited for: \(error)")
            }
            if isReady {
                switch queue.read(into: slot) {
                case .packet(let packet):
                    if let heard = HeardPacket(packet.bytes, for: client) {
                        try send(inquiry.receive(heard, at: time()), queue, slot)
                    }
                case .nothing, .dropped: break
                case .failed(let errno):
                    throw ProbeFailure(.lost, "the device \(device.name) can't be read: \(errno)")
                }
            }
            // Also when packets come without end.
            if time() >= due { try send(inquiry.act(at: time()), queue, slot) }
        }
        withExtendedLifetime(slots) {}
    }

    /// What waits from before is no answer.
    private func drop(all queue: TunQueue, _ slot: PacketSlot) {
        for _ in 0..<1000 {
            switch queue.read(into: slot) {
            case .packet, .dropped: continue
            case .nothing, .failed: return
            }
        }
    }

    private func send(_ packets: [[UInt8]], _ queue: TunQueue, _ slot: PacketSlot) throws(ProbeFailure) {
        for bytes in packets {
            guard
                var packet = PacketBuffer(
                    memory: slot.memory, capacity: slot.capacity, start: PacketBuffer.headroom, count: 0),
                bytes.withUnsafeBytes({ bytes in
                    bytes.baseAddress.map { packet.replace(with: $0, count: bytes.count) } ?? false
                })
            else { continue }
            switch queue.write(packet) {
            // What the kernel takes no more of is as good as lost on the way; the inquiry sends anew.
            case .wrote, .wouldBlock: break
            case .failed(let errno):
                throw ProbeFailure(.lost, "the device \(device.name) takes no packets: \(errno)")
            }
        }
    }
}
