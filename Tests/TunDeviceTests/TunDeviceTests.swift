import Glibc
import LinuxIO
import NetAddress
import Testing

@testable import TunDevice

@Suite struct TunDeviceTests {
    private func failure(_ body: () throws(TunFailure) -> TunDevice) -> TunFailure? {
        do throws(TunFailure) {
            _ = try body()
            return nil
        } catch { return error }
    }

    @Test func aDeviceLivesAsLongAsItsOwner() throws {
        try Namespace.run {
            var device: TunDevice? = try TunDevice.open(name: "tuntest")
            #expect(device?.name == "tuntest" && device?.wasThere == false)
            #expect(device?.offload.isSuperset(of: [.checksum, .tcp4, .tcp6]) == true)
            let interface = NetworkInterface(named: "tuntest")
            #expect(try interface.index() == device?.index)
            #expect(device?.isPresent == true)
            #expect(try interface.isTun())
            #expect(try interface.flags() == [])
            try interface.set(mtu: 1520)
            try interface.set(queueLength: 1000)
            try interface.set(up: true)
            #expect(try interface.flags().contains(.up))
            #expect(try interface.mtu() == 1520)
            try interface.set(up: false)
            #expect(try !interface.flags().contains(.up))
            device = nil
            // A program that another test starts right now holds all descriptors for a moment.
            for _ in 0..<200 where (try? interface.index()) != nil { usleep(10_000) }
            #expect(throws: Errno(code: ENODEV)) { try interface.index() }
        }
    }

    @Test func offloadFallsBackAndIsNamed() throws {
        #expect(
            TunOffload.steps(for: .full).map(\.description) == [
                "csum tso4 tso6 tso-ecn uso", "csum tso4 tso6 tso-ecn", "csum tso4 tso6", "csum", "none",
            ])
        #expect(TunOffload.steps(for: .withoutUDP).first?.contains(.udp) == false)
        #expect(TunOffload.steps(for: .none) == [[]])
        try Namespace.run {
            let none = try TunDevice.open(name: "tuntest1", offload: .none).offload
            #expect(none == [])
            let withoutUDP = try TunDevice.open(name: "tuntest2", offload: .withoutUDP).offload
            #expect(withoutUDP == [.checksum, .tcp4, .tcp6, .tcpECN])
        }
    }

    @Test func kernelsThatMangleLargeUDPAreSpared() {
        for (release, mangles) in [
            ("6.18.44-generic", false), ("7.0.0", true), ("7.0-rc3", true), ("7.1.4", true), ("7.1.5+deb", false),
            ("7.2", false), ("x", false),
        ] {
            let steps = TunOffload.steps(for: .automatic, on: KernelRelease(release))
            #expect(steps[0].contains(.udp) == !mangles, "\(release)")
            #expect(TunOffload.steps(for: .full, on: KernelRelease(release))[0].contains(.udp))
        }
    }

    @Test func routesAreLookedUp() throws {
        try Namespace.run {
            let device = try TunDevice.open(name: "tuntest")
            try device.interface.set(up: true)
            try Namespace.ip("address add 10.64.0.1/24 dev tuntest")
            try Namespace.ip("route add 64:ff9b::/96 dev tuntest")
            try Namespace.ip("route add unreachable 2001:db8::/32")
            let inside = try RouteLookup.interface(towards: IPAddress("10.64.0.9")!)
            #expect(inside == device.index)
            let prefix = try RouteLookup.interface(towards: IPAddress("64:ff9b::c000:9")!)
            #expect(prefix == device.index)
            for nowhere in ["192.0.0.9", "2001:db8::1", "2001::1"] {
                #expect(throws: Errno.self) { try RouteLookup.interface(towards: IPAddress(nowhere)!) }
            }
            let own = try RouteLookup.interface(towards: IPAddress("127.0.0.1")!)
            #expect(own == 1)
            #expect(NetworkInterface.all().contains(device.interface))
        }
    }

    @Test func namesThatNoInterfaceCanHave() {
        for name in ["", ".", "..", "a/b", "a b", "nat%d", "a:1", "sixteen-octets-x", "\u{7f}"] {
            #expect(failure { () throws(TunFailure) in try TunDevice.open(name: name) }?.kind == .badName, "\(name)")
        }
        let long = failure { () throws(TunFailure) in try TunDevice.open(name: "sixteen-octets-x") }
        #expect(long?.description.contains("16 octets, at most 15") == true)
    }

    @Test func somebodyElsesDeviceIsLeftAlone() throws {
        try Namespace.run {
            let held = try TunDevice.open(name: "tuntest")
            let second = failure { () throws(TunFailure) in try TunDevice.open(name: "tuntest") }
            #expect(second?.kind == .inUse && second?.message.contains("tuntest") == true)
            #expect(failure { () throws(TunFailure) in try TunDevice.open(name: "lo") }?.kind == .taken)
            #expect(held.isPresent)
            let several = try TunDevice.open(name: "tuntest2", queues: 2)
            try several.interface.set(up: true)
            let third = failure { () throws(TunFailure) in try TunDevice.open(name: "tuntest2", queues: 2) }
            #expect(third?.kind == .inUse)
            #expect(failure { () throws(TunFailure) in try TunDevice.open(name: "tuntest2") }?.kind == .taken)
        }
    }

    @Test func aPreparedDeviceIsUsedAndStays() throws {
        try Namespace.run {
            try Namespace.ip("tuntap add tuntest mode tun")
            var device: TunDevice? = try TunDevice.open(name: "tuntest")
            #expect(device?.wasThere == true)
            let index = device?.index
            device = nil
            #expect(try NetworkInterface(named: "tuntest").index() == index)
        }
    }

    @Test func aDeletedDeviceComesBackWithItsQueues() throws {
        try Namespace.run {
            let device = try TunDevice.open(name: "tuntest", queues: 2)
            try device.interface.set(up: true)
            try Namespace.ip("link delete tuntest")
            #expect(!device.isPresent)
            let slots = PacketSlots(count: 1)
            guard case .failed(let errno) = device.queues[0].read(into: slots[0]) else {
                Issue.record("read from a deleted device")
                return
            }
            #expect(errno.code == EBADFD)
            let again = try device.reopen()
            #expect(again.isPresent && !device.isPresent)
            #expect(again.offload == device.offload && again.queues.count == 2)
            try again.interface.set(up: true)
            guard case .failed = again.queues[0].read(into: slots[0]) else { return }
            Issue.record("read from a device that came back")
        }
    }

    @Test func aReserveOutlivesItsDevice() throws {
        try Namespace.run {
            let reserve = try TunReserve()
            for _ in 0..<2 {
                let device = try TunDevice.open(name: "tuntest", from: reserve)
                #expect(device.isPresent)
                try device.delete()
                #expect(!device.isPresent)
                #expect(throws: Errno.self) { try device.delete() }
            }
        }
    }

    @Test func rightsThatAreMissingAreNamed() async throws {
        guard geteuid() == 0, access("/dev/net/tun", R_OK | W_OK) == 0 else {
            notRun("rightsThatAreMissingAreNamed: not run, needs root and /dev/net/tun")
            return
        }
        await #expect(processExitsWith: .success) {
            let reserve = try TunReserve()
            try Privileges.drop(toUser: "nobody")
            do throws(TunFailure) {
                _ = try TunDevice.open(name: "tuntest", from: reserve)
                exit(2)
            } catch {
                try #require(error.kind == .notPermitted)
                try #require(error.remedy?.contains("AmbientCapabilities=CAP_NET_ADMIN") == true)
            }
        }
        await #expect(processExitsWith: .success) {
            try Namespace.run {
                let reserve = try TunReserve(queues: 2)
                // The namespace is root's; what nobody keeps is enough to make a device in it.
                try Privileges.drop(toUser: "nobody", keeping: [.networkAdministration])
                let device = try TunDevice.open(name: "tuntest", queues: 2, from: reserve)
                try device.interface.set(up: true)
                try Namespace.ip("link show tuntest")
                exit(0)
            }
        }
    }

    @Test func failuresSayWhatMendsThem() {
        #expect(TunFailure.opening(.noSuchFile).description.contains("modprobe tun"))
        #expect(TunFailure.opening(.permissionDenied).kind == .notPermitted)
        let denied = TunFailure.attaching("nat64", .notPermitted, existing: false, isTun: false)
        #expect(denied.description.contains("CAP_NET_ADMIN") && denied.message.contains("nat64"))
        #expect(TunFailure.attaching("nat64", .busy, existing: true, isTun: true).kind == .inUse)
        #expect(TunFailure.attaching("nat64", .noMemory, existing: false, isTun: false).description.contains("ENOMEM"))
    }
}
