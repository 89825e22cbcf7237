// Whether what the kernel says it left undone fits the packet. It comes with the packet, from outside of this program.

internal import Packet

extension TranslationCore {
    func offloadFits(_ packet: borrowing PacketBuffer, _ headerCount: Int, _ proto: UInt8) -> Bool {
        let offload = packet.offload
        if offload.needsChecksum {
            let field: UInt16
            switch proto {
            case ProtocolNumber.tcp: field = UInt16(TCPField.checksum)
            case ProtocolNumber.udp: field = UInt16(UDPField.checksum)
            case ProtocolNumber.icmp, ProtocolNumber.icmpv6: field = 2
            default: return false
            }
            guard Int(offload.checksumStart) == headerCount, offload.checksumOffset == field else { return false }
        }
        let count = packet.count
        guard offload.segmentation == .none || Int(offload.headerLength) <= count else { return false }
        switch offload.segmentation {
        case .none: return true
        // A segment's checksum is made from the whole's, so it has to be undone.
        case .tcp4, .tcp6: return proto == ProtocolNumber.tcp && offload.segmentSize > 0 && offload.needsChecksum
        case .udp: return proto == ProtocolNumber.udp && offload.segmentSize > 0 && offload.needsChecksum
        }
    }
}
