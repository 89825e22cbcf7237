import NAT64Backend
import NetAddress
import Packet
import Synchronization
import Testing
import TunDevice

@testable import Translator
@testable import TunBackend

@Suite struct SmallPartsTests {
    @Test func cursorsAreReadBack() throws {
        #expect(try PageCursor(nil) == PageCursor(lane: 0, number: 0))
        #expect(try PageCursor("3.4096") == PageCursor(lane: 3, number: 4096))
        #expect(PageCursor(lane: 3, number: 4096).description == "3.4096")
        for text in ["", "1", "1.", ".1", "-1.0", "1.2.3", "1.4294967296", "a.b"] {
            #expect(throws: BackendFailure.self, "\(text)") { try PageCursor(text) }
        }
    }

    @Test func handedPacketsAreCopies() throws {
        let slots = PacketSlots(count: 2)
        let slot = slots[0]
        var offload = PacketOffload.none
        offload.needsChecksum = true
        for index in 0..<50 { (slot.memory + 128 + index).storeBytes(of: UInt8(index), as: UInt8.self) }
        let packet = try #require(
            PacketBuffer(memory: slot.memory, capacity: slot.capacity, start: 128, count: 50, offload: offload))
        let queue = HandoverQueue()
        guard case .first = queue.put(packet), case .queued = queue.put(packet) else {
            Issue.record("not queued")
            return
        }
        (slot.memory + 128).storeBytes(of: UInt8(99), as: UInt8.self)
        let taken = queue.takeAll()
        #expect(taken.count == 2 && queue.takeAll().isEmpty)
        let placed = try #require(taken[1].place(in: slots[1]))
        #expect(Array(placed.bytes) == (0..<50).map { UInt8($0) })
        #expect(placed.offload == offload && placed.start == PacketBuffer.headroom)
    }

    @Test func handoversAreBounded() throws {
        let slots = PacketSlots(count: 1)
        let packet = try #require(
            PacketBuffer(memory: slots[0].memory, capacity: slots[0].capacity, start: 128, count: 65000))
        let queue = HandoverQueue()
        var accepted = 0
        while accepted < 2000 {
            if case .full = queue.put(packet) { break }
            accepted += 1
        }
        #expect(accepted == (4 << 20) / 65000)
        #expect(queue.takeAll().count == accepted)
        if case .first = queue.put(packet) { return }
        Issue.record("not empty")
    }

    @Test func selectionsAreConditionsThatAllHold() {
        let view = BindingView(
            proto: .udp, client: IPv6Address("2001:db8::7")!, clientPort: 5, publicAddress: IPv4Address("192.0.2.1")!,
            publicPort: 99, isStatic: false, sessionCount: 1)
        #expect(EntrySelection.all.matches(view))
        var selection = EntrySelection()
        selection.proto = .udp
        selection.client = IPPrefix("2001:db8::/32")!
        selection.publicPrefix = IPPrefix("192.0.2.0/24")!
        selection.publicPort = 99
        #expect(selection.matches(view))
        for change in 0..<4 {
            var other = selection
            switch change {
            case 0: other.proto = .tcp
            case 1: other.client = IPPrefix("2001:db9::/32")!
            case 2: other.publicPrefix = IPPrefix("192.0.3.0/24")!
            default: other.publicPort = 98
            }
            #expect(!other.matches(view))
        }
    }

    @Test func healthIsToldInOrderAndOnce() {
        let board = HealthBoard(.bad([.notStarted]))
        let seen = Mutex<[BackendHealth]>([])
        board.observe { health in seen.withLock { $0.append(health) } }
        board.set(.good)
        board.set(.good)
        board.set(.bad([.stuck]))
        board.dismissObservers()
        board.set(.good)
        #expect(seen.withLock { $0 } == [.bad([.notStarted]), .good, .bad([.stuck])])
        #expect(board.health == .good)
    }
}
