// The provider's DHCP server: ISC's dhcpd, which has one address for the box, and can have another one.

import Foundation
import Testing

final class DHCPServer {
    private let world: WholeBox
    private let folder: String
    private var child: Child?
    private(set) var address: String

    init(_ world: WholeBox, address: String) throws {
        (self.world, self.address) = (world, address)
        folder = world.house.path("provider")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try world.house.write("provider/leases", "")
        try start()
    }

    private func start() throws {
        let file = try world.house.write(
            "provider/dhcpd.conf",
            """
            authoritative;
            default-lease-time 120;
            max-lease-time 120;
            subnet 192.168.1.0 netmask 255.255.255.0 {
              option routers \(WholeBox.providerAddress);
              option domain-name-servers \(WholeBox.serverAddress);
              # The client asks again soon, so that nobody waits long for what changes.
              option dhcp-renewal-time 3;
              option dhcp-rebinding-time 100;
            }
            host box {
              hardware ethernet \(WholeBox.boxHardware);
              fixed-address \(address);
            }

            """)
        let child = try world.start(
            world.provider, world.copy(of: "dhcpd") + " -4 -f -d -cf \(file) -lf \(folder)/leases --no-pid p0")
        let isReady = eventually(within: 20) { !child.isRunning || child.errors.contains("Server starting service") }
        guard isReady, child.isRunning else { throw HarnessError("dhcpd did not start: \(child.errors)") }
        self.child = child
    }

    /// From now on the box is to have this one.
    func give(_ address: String) throws {
        self.address = address
        child?.end()
        try start()
    }
}
