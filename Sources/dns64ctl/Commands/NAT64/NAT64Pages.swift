// Page after page of what may be a million rows, until there are enough.

import ControlProtocol

extension Session {
    /// Entries that are asked for at a time.
    private static let pageSize = 1000

    /// Calls `fetch` with the mark of the page before and how many entries are wanted, until `limit` have come or there
    /// are no more. `fetch` returns how many came and the next mark.
    ///
    /// - Returns: the mark of what was not fetched; nil if that was all.
    func pages(
        upTo limit: Int,
        _ fetch: (ControlClient, _ after: String?, _ limit: Int) throws(CommandFailure) -> (Int, next: String?)
    ) throws(CommandFailure) -> String? {
        let client = try connect()
        var left = limit
        var mark: String?
        repeat {
            let (count, next) = try fetch(client, mark, min(left, Self.pageSize))
            if let next, next == mark { throw client.strange("its pages have no end") }
            left -= min(left, count)
            mark = next
        } while mark != nil && left > 0
        return mark
    }

    /// For an answer of another kind than the question: a refusal, or nonsense.
    func unexpected(_ reply: Reply, from client: ControlClient) -> CommandFailure {
        if case .refused(let refusal) = reply.response { return refused(refusal, by: reply) }
        return client.strange("it answered something else than was asked")
    }

    /// What stands below the rows that are shown.
    ///
    /// - Parameter total: all that there are, whatever the filters; nil where it is not known.
    static func remainder(
        shown: Int, next: String?, total: UInt64?, isFiltered: Bool, _ one: String, _ many: String
    ) -> [Line] {
        if shown == 0, next == nil { return [Line(isFiltered ? "no such \(many)" : "no \(many)")] }
        guard next != nil else { return [] }
        guard !isFiltered, let total, total > UInt64(shown) else { return ["  (there are more: --limit)"] }
        return [Line("  (\(Quantity.plural(total - UInt64(shown), "more \(one)", "more \(many)")): --limit)")]
    }
}
