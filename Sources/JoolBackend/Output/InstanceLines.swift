// `jool instance display --csv` prints instances' names as they are: a comma or a quote in one is neither quoted nor
// doubled, and Jool takes any printable ASCII for a name. Other people's instances stand in this list too, so theirs must
// not make it unreadable: the name is what is left over when the other columns are taken from both ends of the line.

extension JoolOutput {
    /// `jool instance display --csv`: all network namespaces' instances.
    static func instances(_ output: [UInt8]) throws(OutputFailure) -> [InstanceRow] {
        let command = "jool instance display"
        let lineFeed = UInt8(ascii: "\n")
        guard let headerEnd = output.firstIndex(of: lineFeed) else {
            throw OutputFailure("`\(command)` printed no header line: \(OutputFailure.shown(output))")
        }
        // The header is read as for any other table.
        let header = try CSVTable(Array(output[...headerEnd]), of: command)
        let places = Places(
            namespace: try header.column("Namespace"), name: try header.column("Name"),
            framework: try header.column("Framework"), count: header.columns.count)
        var rows: [InstanceRow] = []
        var line = 1
        var start = headerEnd + 1
        while start < output.count {
            line += 1
            guard let end = output[start...].firstIndex(of: lineFeed) else {
                let shown = OutputFailure.shown(output[start...])
                throw OutputFailure(line: line, of: command, "cut off in the middle: \(shown)")
            }
            var text = output[start..<end]
            if text.last == UInt8(ascii: "\r") { text.removeLast() }
            rows.append(try row(text, line, places, of: command))
            start = end + 1
        }
        return rows
    }

    private struct Places {
        var namespace: Int
        var name: Int
        var framework: Int
        var count: Int
    }

    private static func row(_ text: ArraySlice<UInt8>, _ line: Int, _ places: Places, of command: String)
        throws(OutputFailure) -> InstanceRow
    {
        let comma = UInt8(ascii: ",")
        let parts = text.split(separator: comma, omittingEmptySubsequences: false)
        guard parts.count >= places.count else {
            throw OutputFailure(
                line: line, of: command,
                "expected \(places.count) fields, found \(parts.count): \(OutputFailure.shown(text))")
        }
        let surplus = parts.count - places.count
        func field(_ place: Int) -> String {
            String(decoding: parts[place < places.name ? place : place + surplus], as: UTF8.self)
        }
        let name = parts[places.name...places.name + surplus].joined(separator: [comma])
        guard let framework = JoolFramework(rawValue: field(places.framework)) else {
            throw OutputFailure(
                line: line, of: command, "`Framework` is neither netfilter nor iptables: \(OutputFailure.shown(text))")
        }
        return InstanceRow(
            namespace: field(places.namespace), name: String(decoding: Array(name), as: UTF8.self), framework: framework
        )
    }
}
