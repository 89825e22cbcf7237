// JSON as it came, with line breaks. Strings and numbers are copied, not read and written again, so that nothing is
// lost: no key that this version does not know, no digit of a number.

enum JSONLayout {
    /// The value of the only key of an object: the payload in an answer's frame. All of it if there is no such thing.
    static func payload(of body: [UInt8]) -> ArraySlice<UInt8> {
        guard let open = body.firstIndex(of: UInt8(ascii: "{")), let close = body.lastIndex(of: UInt8(ascii: "}")),
            let keyStart = body[(open + 1)...].firstIndex(of: UInt8(ascii: "\"")),
            let colon = body[endOfString(body[...], from: keyStart)...].firstIndex(of: UInt8(ascii: ":")), colon < close
        else { return body[...] }
        return body[(colon + 1)..<close]
    }

    /// Two spaces a level, a key or an element a line.
    static func indented(_ json: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var depth = 0
        var index = json.startIndex
        func breakLine() {
            result.append(UInt8(ascii: "\n"))
            result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
        }
        while index < json.endIndex {
            let octet = json[index]
            var next = index + 1
            switch octet {
            case UInt8(ascii: "\""):
                next = endOfString(json, from: index)
                result.append(contentsOf: json[index..<next])
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                result.append(octet)
                next = skipSpace(json, from: next)
                if next < json.endIndex, json[next] == octet + 2 {
                    result.append(json[next])
                    next += 1
                } else {
                    depth += 1
                    breakLine()
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth = max(0, depth - 1)
                breakLine()
                result.append(octet)
            case UInt8(ascii: ","):
                result.append(octet)
                breakLine()
            case UInt8(ascii: ":"): result.append(contentsOf: ": ".utf8)
            case 0x20, 0x09, 0x0A, 0x0D: break
            default: result.append(octet)
            }
            index = next
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// As it came, on one line.
    static func line(_ json: ArraySlice<UInt8>) -> String { String(decoding: json, as: UTF8.self) }

    /// Behind the closing quotation mark of the string that opens at `start`.
    private static func endOfString(_ json: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while index < json.endIndex {
            if json[index] == UInt8(ascii: "\"") { return index + 1 }
            index += json[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return json.endIndex
    }

    private static func skipSpace(_ json: ArraySlice<UInt8>, from start: Int) -> Int {
        json[start...].firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? json.endIndex
    }
}
