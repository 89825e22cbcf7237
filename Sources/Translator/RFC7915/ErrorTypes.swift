// The tables of RFC 7915 sections 4.2 and 5.2: ICMP error types, codes, pointers and MTUs. nil: "silently drop".

internal import Packet

/// The first eight octets of an ICMP error, but for its checksum.
struct ErrorHeader: Equatable {
    var type: UInt8
    var code: UInt8
    /// Octets 4 to 7: pointer, MTU or nothing. The length attribute of RFC 4884 is set apart.
    var rest: UInt32 = 0
}

enum ErrorTypes {
    // MARK: IPv6 to IPv4, section 5.2

    /// - Parameter isFragmented: the packet inside has a Fragment Header, which is 8 octets more that IPv4 does not have.
    static func sixToFour(type: UInt8, code: UInt8, rest: UInt32, isFragmented: Bool) -> ErrorHeader? {
        let unreachable = ICMPv4Type.destinationUnreachable
        switch type {
        case ICMPv6Type.destinationUnreachable:
            switch code {
            // No route, beyond scope of source address, address unreachable: host unreachable.
            case 0, 2, 3: return ErrorHeader(type: unreachable, code: 1)
            // Administratively prohibited.
            case 1: return ErrorHeader(type: unreachable, code: 10)
            case 4: return ErrorHeader(type: unreachable, code: 3)
            default: return nil
            }
        case ICMPv6Type.packetTooBig:
            // "minimum((MTU value in the Packet Too Big message)-20, MTU_of_IPv4_nexthop, (MTU_of_IPv6_nexthop)-20)":
            // what the next hops hold, the host says itself when the packet gets there.
            // "... taking into account whether or not the packet in error includes a Fragment Header".
            let difference: UInt32 = isFragmented ? 28 : 20
            let mtu = min(rest > 68 + difference ? rest - difference : 68, 65_535)
            return ErrorHeader(type: unreachable, code: 4, rest: mtu)
        case ICMPv6Type.timeExceeded:
            return ErrorHeader(type: ICMPv4Type.timeExceeded, code: code)
        case ICMPv6Type.parameterProblem:
            switch code {
            case 0:
                guard let pointer = pointerSixToFour(rest) else { return nil }
                return ErrorHeader(type: ICMPv4Type.parameterProblem, code: 0, rest: UInt32(pointer) << 24)
            // Unrecognized Next Header: protocol unreachable.
            case 1: return ErrorHeader(type: unreachable, code: 2)
            default: return nil
            }
        default: return nil
        }
    }

    /// Figure 6 of RFC 7915.
    static func pointerSixToFour(_ pointer: UInt32) -> UInt8? {
        switch pointer {
        case 0: 0
        case 1: 1
        case 4, 5: 2
        case 6: 9
        case 7: 8
        case 8...23: 12
        case 24...39: 16
        default: nil
        }
    }

    // MARK: IPv4 to IPv6, section 4.2

    /// - Parameter packetCount: the total length of the packet inside the error, for routers that tell no MTU.
    static func fourToSix(type: UInt8, code: UInt8, rest: UInt32, packetCount: Int) -> ErrorHeader? {
        switch type {
        case ICMPv4Type.destinationUnreachable:
            return unreachableFourToSix(code, mtu: rest & 0xffff, packetCount)
        case ICMPv4Type.timeExceeded: return ErrorHeader(type: ICMPv6Type.timeExceeded, code: code)
        case ICMPv4Type.parameterProblem:
            // Pointer indicates the error, or bad length; 1, a missing option, has no like.
            guard code == 0 || code == 2, let pointer = pointerFourToSix(UInt8(rest >> 24)) else { return nil }
            return ErrorHeader(type: ICMPv6Type.parameterProblem, code: 0, rest: UInt32(pointer))
        default: return nil
        }
    }

    private static func unreachableFourToSix(_ code: UInt8, mtu: UInt32, _ packetCount: Int) -> ErrorHeader? {
        let unreachable = ICMPv6Type.destinationUnreachable
        switch code {
        // Net, host, source route failed, unknown, isolated, for this type of service: no route.
        case 0, 1, 5, 6, 7, 8, 11, 12: return ErrorHeader(type: unreachable, code: 0)
        // Protocol: "Parameter Problem (Type 4, Code 1), and the Pointer ... Next Header field".
        case 2: return ErrorHeader(type: ICMPv6Type.parameterProblem, code: 1, rest: 6)
        case 3: return ErrorHeader(type: unreachable, code: 4)
        case 4:
            // "determine a likely path MTU and include that path MTU in the ICMPv6 packet"; one that was told grows by what
            // the headers differ in.
            let told = mtu == 0 ? plateau(below: packetCount) : mtu + 20
            // "If ... the resulting MTU is less than 1280, the translator ... set[s] it to 1280": the next packets may be
            // cut on their way in IPv4, for DF is not set in short ones.
            return ErrorHeader(type: ICMPv6Type.packetTooBig, code: 0, rest: max(told, 1280))
        case 9, 10, 13, 15: return ErrorHeader(type: unreachable, code: 1)
        default: return nil
        }
    }

    /// Figure 3 of RFC 7915.
    static func pointerFourToSix(_ pointer: UInt8) -> UInt8? {
        switch pointer {
        case 0: 0
        case 1: 1
        case 2, 3: 4
        case 8: 7
        case 9: 6
        case 12...15: 8
        case 16...19: 24
        default: nil
        }
    }

    /// RFC 1191 section 7: "the greatest plateau value that is less than the returned Total Length field".
    static func plateau(below count: Int) -> UInt32 {
        let plateaus: [UInt32] = [65_535, 32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68]
        return plateaus.first { Int($0) < count } ?? 68
    }
}
